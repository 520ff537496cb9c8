// What the question page keeps on this device belongs to one person: it goes when somebody else signs in, and on sign-out.
(() => {
  "use strict";
  const { chartaPerson: person, chartaSignedOut: signedOut } = document.body.dataset;
  const mine = `charta-text:${person}:`;
  let kept = [];
  try {
    kept = Object.keys(localStorage).filter((key) => key.startsWith("charta-text:"));
    for (const key of kept) if (signedOut !== undefined || !key.startsWith(mine)) localStorage.removeItem(key);
  } catch { return; } // this browser keeps nothing

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-charta-sign-out]") || !Object.keys(localStorage).some((key) => key.startsWith(mine))) return;
    const question = "Auf diesem Gerät stehen noch Eingaben, die nicht gespeichert sind. Beim Abmelden werden sie gelöscht. Trotzdem abmelden?";
    if (!confirm(question)) event.preventDefault();
  });
})();
