// Saves each answer while its author goes on typing. The form works without it.
//
// What was typed stays on the device until the server has confirmed it. A row has at most one save under way; a save
// whose outcome is unknown is sent again under its old name (key), so that it is stored once, before anything newer.
(() => {
  "use strict";
  const form = document.querySelector("[data-charta-autosave]");
  if (!form) return;

  const PAUSE = { input: 1_500, change: 400 }; // milliseconds after the last key, after a choice
  const LONGEST_PAUSE = 10_000; // of somebody who types without one
  const PATIENCE = 30_000; // with a slow server
  const LONGEST_WAIT = 30_000; // between two tries
  const KEEPALIVE = 10_000; // characters; browsers let all rows of a leaving page together send 64 KiB

  const person = document.body.dataset.chartaPerson;
  const line = form.querySelector("[data-charta-save-state]");
  let sendingForm = false;

  // The device

  const device = {
    read(key) {
      try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
    },
    write(key, entry) {
      try { localStorage.setItem(key, JSON.stringify(entry)); return true; } catch { return false; }
    },
    remove(key) {
      try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
    },
  };

  const keep = (row) => {
    row.kept = device.write(row.key, { version: row.base, values: values(row), pending: row.pending, at: Date.now() });
  };

  // Another tab may have kept something newer under the same name.
  const forget = (row, text) => {
    const entry = device.read(row.key);
    if (!entry || JSON.stringify(entry.values) === text) device.remove(row.key);
  };

  // Rows: the answers of this page and its target

  const values = (row) =>
    [...new FormData(form)]
      .filter(([name]) => name.startsWith(`${row.prefix}-`) && name !== row.version.name)
      .map(([name, value]) => [name.slice(row.prefix.length + 1), value]);
  const text = (row) => JSON.stringify(values(row));
  const isUnsaved = (row) => row.pending !== null || text(row) !== row.saved;

  const fill = (row, entries) => {
    for (const [name, value] of entries) {
      const field = form.elements[`${row.prefix}-${name}`];
      if (!field) continue;
      if (value === "" && field instanceof RadioNodeList) for (const card of field) card.checked = false;
      else field.value = value;
    }
    form.dispatchEvent(new Event("charta:filled"));
  };

  // What an answer needs before it can be saved: the fields beside its card, and texts within their limits.
  const missing = (row) => {
    const choice = form.elements[`${row.prefix}-choice`]?.value;
    const needed = Array.from(row.element.querySelectorAll("[data-charta-when]"))
      .filter((part) => part.dataset.chartaWhen === choice)
      .flatMap((part) => [...part.querySelectorAll("textarea, input")]);
    const blank = needed.find((field) => !field.value.trim());
    if (blank) return [blank, "fehlt noch"];
    const unread = Array.from(row.element.querySelectorAll("input")).find((field) => field.validity.badInput);
    if (unread) return [unread, "ist keine Zahl"];
    const long = Array.from(row.element.querySelectorAll("[data-charta-limit]"))
      .find((field) => field.value.length > Number(field.dataset.chartaLimit));
    return long ? [long, "ist zu lang"] : null;
  };
  const labelOf = (field) => field.labels[0].firstChild.textContent.trim();

  // Sending

  const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1] ?? "";
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const post = async (row) => {
    const { key, version, values: sent } = row.pending;
    const body = new URLSearchParams([["person", person], ...sent.map(([name, value]) => [`${row.prefix}-${name}`, value])]);
    const response = await fetch(row.address, {
      method: "POST",
      headers: { "If-Match": `"${version}"`, "Idempotency-Key": key, "X-CSRFToken": cookie("csrftoken") },
      body,
      redirect: "manual",
      keepalive: body.toString().length < KEEPALIVE,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const told = await response.json().catch(() => ({}));
    // Not ours: a page of the network in between, such as the sign-in of a Wi-Fi
    const status = response.status === 200 && !Number.isInteger(told.version) ? 0 : response.status;
    return { status, told, wait: Number(response.headers.get("Retry-After")) * 1_000 };
  };

  // The cookie against forged forms is gone or outdated: any page brings a new one, or leads to the sign-in.
  const renewCookie = async () => (await fetch(location.pathname, { redirect: "manual" })).ok;

  const flush = (row, evenUnchanged = false) => {
    clearTimeout(row.timer);
    row.busy ??= work(row, evenUnchanged).finally(() => { row.busy = null; show(); });
    return row.busy;
  };

  const work = async (row, evenUnchanged) => {
    while (!row.halted && (evenUnchanged || isUnsaved(row))) {
      if (!row.pending) {
        if (row.refused === text(row)) return false;
        const lack = missing(row);
        if (lack) return say(row, "incomplete", `„${labelOf(lack[0])}“ ${lack[1]}`, lack[0].id);
        row.pending = { key: newKey(), version: row.base, values: values(row) };
        keep(row);
        evenUnchanged = false;
      }
      let answer;
      try { answer = await post(row); } catch { return tryLater(row, navigator.onLine ? "away" : "offline"); }
      if (!(await take(row, answer))) return undefined;
    }
    return undefined;
  };

  // Acts on the server's answer; whether to go on sending.
  const take = async (row, { status, told, wait }) => {
    if (status === 200) return accept(row, told);
    if (status === 403 && told.kind === "csrf" && !row.renewed) {
      row.renewed = true;
      try { if (await renewCookie()) return true; } catch { return tryLater(row, "offline"); }
      return say(row, "signed-out");
    }
    if (status === 401) return say(row, "signed-out");
    if (status === 0 || status >= 500 || status === 429 || status === 408) return tryLater(row, "away", wait);
    const sent = JSON.stringify(row.pending.values);
    row.pending = null;
    keep(row);
    if (status === 409 && text(row) !== sent) return true; // what is compared is what stands in the fields now
    if (status === 409) return showConflict(row, told);
    if (status === 422) return showErrors(row, told.errors);
    row.halted = true;
    return say(row, "halted", told.message ?? "Der Server nimmt diese Eingabe nicht an.");
  };

  const accept = (row, told) => {
    const sent = JSON.stringify(row.pending.values);
    row.pending = null;
    row.tries = 0;
    row.renewed = false;
    row.since = null;
    if (told.values) {
      // Somebody else saved, this person had changed nothing then. If they have since, the next save tells of both.
      if (text(row) !== sent) return true;
      fill(row, Object.entries(told.values));
      note(row, "Inzwischen hat jemand anderes gespeichert. Sie sehen die neue Fassung.");
    }
    row.base = row.version.value = String(told.version);
    row.saved = told.values ? text(row) : sent;
    row.savedAt = told.saved_at;
    tellOfChange(row, told);
    markAnswered(row, told.open);
    if (text(row) === row.saved) forget(row, row.saved);
    else keep(row);
    say(row, text(row) === row.saved ? "saved" : "unsaved");
    return true;
  };

  const tryLater = (row, kind, wait = 0) => {
    row.tries += 1;
    const delay = Math.max(wait || 0, Math.min(1_000 * 2 ** (row.tries - 1), LONGEST_WAIT));
    row.timer = setTimeout(() => flush(row), delay);
    return say(row, kind);
  };

  // Conflicts: both texts in place; the author chooses one, or merges them in the fields

  const showConflict = (row, told) => {
    row.halted = true;
    row.conflict = told;
    row.version.value = told.version; // saving the whole form is a decision, too
    row.version.insertAdjacentHTML("beforebegin", `<div data-charta-conflict tabindex="-1">${told.html}</div>`);
    return say(row, "conflict");
  };

  const decide = (row, button) => {
    if (button.name === "take") fill(row, Object.entries(row.conflict.values));
    row.base = row.version.value;
    if (button.name === "take") {
      row.saved = text(row);
      device.remove(row.key);
      note(row, "Die gespeicherte Fassung gilt.");
      say(row, "clean");
    }
    row.halted = false;
    row.conflict = null;
    const place = row.element.querySelector("[data-charta-conflict]");
    const heading = row.element.querySelector("h2");
    place.remove();
    heading.focus();
    return flush(row, button.name !== "take");
  };

  // Errors, field by field, as the page itself would show them

  const showErrors = (row, errors = {}) => {
    for (const [name, messages] of Object.entries(errors)) {
      const field = form.elements[`${row.prefix}-${name}`];
      const place = field?.closest?.(".charta-field") ?? row.element.querySelector("[data-charta-levels]");
      const error = document.createElement("p");
      error.className = "kern-error charta-error";
      error.dataset.chartaError = "";
      error.id = `${row.prefix}-${name}-fehler`;
      error.textContent = messages.join(" ");
      place.append(error);
      if (!(field instanceof HTMLElement)) continue;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", [field.getAttribute("aria-describedby"), error.id].filter(Boolean).join(" "));
    }
    row.refused = text(row);
    return say(row, "refused", "", row.element.querySelector("[aria-invalid]")?.id);
  };

  const clearErrors = (row) => {
    for (const error of row.element.querySelectorAll("[data-charta-error]")) {
      for (const field of row.element.querySelectorAll(`[aria-describedby~="${error.id}"]`)) {
        field.removeAttribute("aria-invalid");
        field.setAttribute("aria-describedby", field.getAttribute("aria-describedby").replace(error.id, "").trim());
      }
      error.remove();
    }
  };

  // What the person sees

  const STATES = [ // the gravest first
    ["halted", "danger", (row) => `${row.words} ${safe(row)}.`],
    ["conflict", "warning", () => "Inzwischen hat jemand anderes gespeichert. Bitte entscheiden Sie."],
    ["signed-out", "warning", (row) => `Ihre Anmeldung ist abgelaufen, ${safe(row, true)}.`],
    ["refused", "warning", (row) => `Bitte prüfen Sie Ihre Angaben. Noch nicht gespeichert, ${safe(row, true)}.`],
    ["offline", "warning", (row) => `Keine Verbindung, ${safe(row, true)}`],
    ["away", "warning", (row) => `Der Server ist gerade nicht erreichbar, ${safe(row, true)}`],
    ["incomplete", "info", (row) => `Noch nicht vollständig, ${row.words}. ${safe(row)}.`],
    ["unsaved", "info", () => "Noch nicht gespeichert"],
    ["saved", "success", () => `Gespeichert ${savedAt()}`],
    ["clean", "success", () => "Alles ist gespeichert"],
  ];
  const safe = (row, within = false) => {
    if (row.kept) return `${within ? "Text" : "Ihr Text"} ist auf diesem Gerät gesichert`;
    return `${within ? "bitte" : "Bitte"} lassen Sie diese Seite offen`;
  };
  const savedAt = () => rows.map((row) => row.savedAt ?? "").sort().at(-1).slice(11, 16);

  const say = (row, state, words = "", place = row.prefix) => {
    Object.assign(row, { state, words, place });
    show();
    return false;
  };

  const show = () => {
    const [, icon, sentence, row] = STATES
      .map((state) => [...state, rows.find((one) => one.state === state[0])])
      .find((state) => state[3]) ?? [];
    if (!row) return;
    const words = `${isAtRow(row) ? `${row.name}: ` : ""}${sentence(row)}`;
    if (line.dataset.chartaSaid === words) return;
    line.dataset.chartaSaid = words;
    line.dataset.chartaState = row.state;
    const sign = document.createElement("span");
    sign.className = `kern-icon kern-icon--${icon}`;
    sign.setAttribute("aria-hidden", "true");
    line.replaceChildren(sign, document.createTextNode(words), ...wayOut(row));
  };

  const isAtRow = (row) => ["halted", "conflict", "refused", "incomplete"].includes(row.state);

  const wayOut = (row) => {
    if (row.state !== "signed-out" && !isAtRow(row)) return [];
    const link = document.createElement("a");
    if (row.state === "signed-out") {
      link.href = `${form.dataset.chartaSignIn}?next=${encodeURIComponent(location.pathname)}`;
      link.target = "_blank";
      link.textContent = "Neu anmelden (in einem neuen Tab)";
    } else {
      link.href = `#${row.place}`;
      link.textContent = "Zur Stelle";
    }
    return [document.createTextNode(" "), link];
  };
  
  const note = (row, words, ...more) => {
    const place = row.element.querySelector("[data-charta-note]") ?? document.createElement("div");
    place.dataset.chartaNote = "";
    place.className = "charta-note";
    place.setAttribute("role", "status");
    const paragraph = document.createElement("p");
    paragraph.textContent = words;
    place.replaceChildren(paragraph, ...more);
    row.element.querySelector("h2").after(place);
  };

  const tellOfChange = (row, { by, saved_at: at }) => {
    const place = row.element.querySelector("[data-charta-changed]");
    if (!place || !at) return;
    const day = at.slice(0, 10).split("-").reverse().join(".");
    [by, day, at.slice(11, 16)].forEach((told, n) => { place.children[n].textContent = told; });
    place.hidden = false;
  };

  const markAnswered = (row, isOpen) => {
    row.element.querySelector("[data-charta-unconfirmed]")?.remove();
    if (isOpen === null || isOpen === row.element.hasAttribute("data-charta-open")) return;
    row.element.toggleAttribute("data-charta-open", isOpen);
    row.element.dispatchEvent(new Event("charta:answered", { bubbles: true }));
  };

  // The rows of this page, with what the device still holds of them

  const rows = Array.from(form.querySelectorAll("[data-charta-save]"), (element) => {
    const prefix = element.dataset.chartaRow;
    const version = form.elements[`${prefix}-version`];
    const address = new URL(element.dataset.chartaSave, location.href).pathname;
    const row = {
      element, prefix, version, address,
      key: `charta-text:${person}:${address}`,
      name: element.dataset.chartaName,
      base: version.value,
      pending: null, busy: null, timer: null, tries: 0, renewed: false, since: null,
      halted: false, conflict: null, kept: true, state: "", words: "", place: prefix, savedAt: null, refused: null,
    };
    row.saved = text(row);
    return row;
  });

  const moment = (at) =>
    `${new Date(at).toLocaleString("de-DE", { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" })} Uhr`;

  // What never arrived, on a page that takes no change any more: to be read and copied.
  const showUnsent = (row, entry) => {
    const texts = document.createElement("dl");
    texts.className = "charta-facts";
    for (const [name, value] of entry.values) {
      const field = form.elements[`${row.prefix}-${name}`];
      if (!field || field.value === value) continue;
      const option = Array.from(field.options ?? []).find((one) => one.value === value);
      const card = field instanceof RadioNodeList && Array.from(field).find((one) => one.value === value);
      const item = document.createElement("div");
      item.append(document.createElement("dt"), document.createElement("dd"));
      item.firstChild.textContent = field instanceof RadioNodeList ? "Antwort" : labelOf(field);
      item.lastChild.textContent = (card ? card.labels[0].textContent.trim() : option?.text ?? value) || "– leer –";
      texts.append(item);
    }
    if (!texts.children.length) { device.remove(row.key); return; }
    note(row, `Diese Eingaben vom ${moment(entry.at)} wurden nicht gespeichert, und hier lässt sich zurzeit nichts ändern. Kopieren Sie, was Sie noch brauchen: Beim Abmelden werden sie gelöscht.`, texts);
  };

  const bringBack = (row) => {
    if (row.element.querySelector(".charta-compare, .charta-error")) { // the page itself shows what was typed
      row.saved = null;
      row.halted = row.element.querySelector(".charta-compare") !== null;
      row.refused = text(row);
      return;
    }
    const entry = device.read(row.key);
    if (!entry) return;
    if (row.element.querySelector("fieldset:disabled")) { showUnsent(row, entry); return; }
    const shown = text(row);
    fill(row, entry.values);
    if (text(row) === shown) {
      device.remove(row.key);
      return;
    }
    row.base = row.version.value = entry.version;
    row.pending = entry.pending;
    note(row, `Diese Eingaben vom ${moment(entry.at)} waren noch nicht gespeichert. Sie stehen wieder in den Feldern.`);
    say(row, "unsaved");
    flush(row);
  };

  const rowOf = (target) => rows.find((row) => row.element.contains(target));

  const touched = (event) => {
    const row = event.target.name && rowOf(event.target);
    if (!row) return;
    if (row.refused !== null && text(row) !== row.refused) {
      row.refused = null;
      clearErrors(row);
    }
    if (!isUnsaved(row)) {
      forget(row, row.saved);
      if (["unsaved", "incomplete"].includes(row.state)) say(row, row.savedAt ? "saved" : "clean");
      return;
    }
    keep(row);
    if (row.halted) return;
    if (!["signed-out", "offline", "away"].includes(row.state)) say(row, "unsaved");
    row.since ??= Date.now();
    const pause = Math.min(PAUSE[event.type], Math.max(0, row.since + LONGEST_PAUSE - Date.now()));
    if (row.tries && row.pending) return; // the next try is due anyway
    clearTimeout(row.timer);
    row.timer = setTimeout(() => flush(row), pause);
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);

  const flushAll = () => Promise.all(rows.filter(isUnsaved).map((row) => flush(row)));
  addEventListener("online", flushAll);
  addEventListener("focus", flushAll);
  document.addEventListener("visibilitychange", flushAll); // back again, or about to leave
  addEventListener("pagehide", flushAll);
  addEventListener("beforeunload", (event) => {
    if (!sendingForm && rows.some((row) => !row.kept && isUnsaved(row))) event.preventDefault();
  });

  // Buttons

  const goOn = (button) => {
    if (!button?.value) {
      if (!rows.some((row) => row.savedAt)) say(rows[0], "clean");
      return;
    }
    location.assign(button.value === "liste" ? "../" : `../${button.value}/`);
  };

  form.addEventListener("submit", async (event) => {
    if (sendingForm) return;
    const button = event.submitter;
    const row = button && rowOf(button);
    if (row && !row.conflict) { // both texts came with the page; the server has the other one
      if (button.name === "take") device.remove(row.key);
      sendingForm = true;
      return;
    }
    event.preventDefault();
    if (row) { decide(row, button); return; }
    await Promise.all(rows.map((one) => flush(one, one.element.querySelector("[data-charta-unconfirmed]") !== null)));
    const open = rows.filter(isUnsaved);
    if (!open.length) { goOn(button); return; }
    if (open.every((one) => one.pending === null && !one.conflict)) { // the page says what is missing, and where
      sendingForm = true;
      setTimeout(() => form.requestSubmit(button)); // within the event it would be ignored
      return;
    }
    const conflict = open.find((one) => one.conflict);
    if (conflict) conflict.element.querySelector("[data-charta-conflict]").focus();
    else line.scrollIntoView({ block: "center" });
  });

  let triedBefore = false; // signing out removes what the device holds: save it first
  document.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-charta-sign-out]") || triedBefore || !rows.some(isUnsaved)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    triedBefore = true;
    await flushAll();
    setTimeout(() => event.target.requestSubmit());
  }, true);

  rows.forEach(bringBack);
})();
