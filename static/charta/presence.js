// Says who else has these questions open, while the page is visible.
(() => {
  "use strict";
  const place = document.querySelector("[data-charta-presence]");
  if (!place) return;
  const EVERY = 30_000; // milliseconds
  let timer;

  const tell = (others) => {
    const names = new Intl.ListFormat("de").format(others);
    const text = others.length ? `Gerade auch hier: ${names}` : "";
    if (place.textContent !== text) place.textContent = text; // a status is read out only when it changes
  };

  const ask = async () => {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (!token) return; // the browser has forgotten who we are
    try {
      const answer = await fetch(place.dataset.chartaPresence, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
      if (answer.ok) tell((await answer.json()).others);
      else if (answer.status !== 503) return; // signed out, or not ours any more: nobody asks again
    } catch { /* no connection: once more in half a minute */ }
    timer = setTimeout(ask, EVERY);
  };

  document.addEventListener("visibilitychange", ask);
  ask();
})();
