// The result of a finalised assessment: what was typed on this device and never confirmed by the server, to be copied.
(() => {
  "use strict";
  const place = document.querySelector("[data-charta-unsent]");
  if (!place) return;
  const LABELS = { comment: "Erläuterung", reason: "Begründung", evidence: "Beleg", competent_body: "Zuständig", demand: "Forderung" };
  const mine = `charta-text:${document.body.dataset.chartaPerson}:${place.dataset.chartaUnsent}`;
  const list = place.querySelector("dl");
  const show = (key) => {
    const [, row] = key.slice(mine.length).split("/"); // antworten/1.1-1/speichern/
    const { values } = JSON.parse(localStorage.getItem(key));
    for (const [name, text] of values) {
      if (!LABELS[name] || !text.trim()) continue;
      const item = document.createElement("div");
      item.append(document.createElement("dt"), document.createElement("dd"));
      item.firstChild.textContent = `${row}: ${LABELS[name]}`;
      item.lastChild.className = "charta-pre";
      item.lastChild.textContent = text;
      list.append(item);
    }
  };
  try {
    Object.keys(localStorage).filter((key) => key.startsWith(mine)).sort().forEach(show);
  } catch { /* this browser keeps nothing, or nothing legible */ }
  place.hidden = !list.children.length;
})();
