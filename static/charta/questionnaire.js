// What makes the questionnaire quicker. Every page works without it.
(() => {
  "use strict";
  const form = document.querySelector("[data-charta-questionnaire]");
  if (!form) return;
  document.querySelector("[data-charta-alert]")?.focus();

  // Fields that only one answer needs: shown with it, or while they hold an error.
  for (const answer of form.querySelectorAll("[data-charta-answer]")) {
    const parts = answer.querySelectorAll("[data-charta-when]");
    const reveal = () => {
      const chosen = answer.querySelector("[data-charta-levels] input:checked")?.value;
      for (const part of parts) part.hidden = part.dataset.chartaWhen !== chosen && !part.querySelector(".charta-error");
    };
    answer.addEventListener("change", reveal);
    form.addEventListener("charta:filled", reveal);
    reveal();
  }

  // How much room a text has left, told once it gets short.
  for (const field of form.querySelectorAll("[data-charta-limit]")) {
    const limit = Number(field.dataset.chartaLimit);
    const note = document.createElement("p");
    note.className = "charta-hint";
    note.setAttribute("role", "status");
    field.after(note);
    const count = () => {
      const left = limit - field.value.length;
      if (left >= limit / 5) note.textContent = "";
      else if (left >= 0) note.textContent = `Noch ${left.toLocaleString("de-DE")} Zeichen`;
      else note.textContent = `${(-left).toLocaleString("de-DE")} Zeichen zu viel: so lässt sich der Text nicht speichern`;
    };
    field.addEventListener("input", count);
    form.addEventListener("charta:filled", count);
    count();
  }

  // How far one has come, while answers save themselves.
  form.addEventListener("charta:answered", (event) => {
    const isOpen = event.target.hasAttribute("data-charta-open");
    const takeBack = event.target.querySelector("[data-charta-take-back]");
    if (takeBack) takeBack.hidden = false;
    const progress = document.querySelector("[data-charta-progress] progress");
    progress.value += isOpen ? -1 : 1;
    const label = document.querySelector("[data-charta-progress] label");
    label.textContent = label.textContent.replace(/· \d+ von/, `· ${progress.value} von`);
    const answers = Array.from(form.querySelectorAll("[data-charta-answer]"));
    const open = answers.filter((answer) => answer.hasAttribute("data-charta-open")).length;
    const [sign, words] = open === 0 ? ["done", "beantwortet"] : open < answers.length ? ["partly", "begonnen"] : ["open", "offen"];
    const step = document.querySelector(".charta-step[aria-current]");
    step.className = `charta-step charta-step--${sign}`;
    const name = step.querySelector(".kern-sr-only");
    name.textContent = name.textContent.replace(/: [^:]*$/, `: ${words}`);
    const count = step.closest("ol").previousElementSibling.querySelector("span");
    count.textContent = count.textContent.replace(/^\d+/, (number) => Number(number) + (isOpen ? -1 : 1));
  });

  const editable = form.querySelector("[data-charta-save-next]");
  if (!editable) return;

  // Keys. A digit chooses a level where nobody types; it can be switched off (WCAG 2.1.4), and the browser remembers.
  const digits = document.querySelector("[data-charta-digits]");
  const remembered = "charta-zifferntasten";
  try { digits.checked = localStorage.getItem(remembered) !== "aus"; } catch { digits.checked = true; }
  digits.addEventListener("change", () => {
    try { localStorage.setItem(remembered, digits.checked ? "an" : "aus"); } catch { /* only not remembered */ }
  });
  document.querySelector("[data-charta-keys]").hidden = !matchMedia("(any-pointer: fine)").matches;

  const isTyping = (element) =>
    element.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && (event.target.closest("form") ?? form) === form) {
      event.preventDefault();
      form.requestSubmit(editable);
      return;
    }
    if (!digits.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!/^[0-4]$/.test(event.key) || isTyping(event.target)) return;
    const answer = event.target.closest("[data-charta-answer]") ?? form.querySelector("[data-charta-answer]");
    const card = answer?.querySelector(`[data-charta-levels] input[value="${event.key}"]`);
    if (!card) return;
    event.preventDefault();
    card.focus();
    card.click();
  });
})();
