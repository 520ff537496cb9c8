// While a document is being made: asks now and then, and shows the new state when it has changed.
(() => {
  "use strict";
  const EVERY = 2000; // milliseconds
  const box = document.querySelector("[data-charta-progress]");
  const parser = new DOMParser();

  const look = async () => {
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (response.redirected) return; // signed out: the link in the page leads to the sign-in
      const page = parser.parseFromString(await response.text(), "text/html");
      const now = page.querySelector("[data-charta-progress]");
      if (response.ok && now && now.textContent !== box.textContent) {
        box.replaceChildren(...now.childNodes);
        box.dataset.chartaProgress = now.dataset.chartaProgress;
      }
    } catch {
      // no connection: the next try may have one
    }
    wait();
  };

  const wait = () => {
    if (box.dataset.chartaProgress === "wait") setTimeout(look, EVERY);
  };

  wait();
})();
