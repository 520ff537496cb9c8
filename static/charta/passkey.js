// Signing in with a key: asks the browser for it and sends its answer with the form.
(() => {
  "use strict";
  const { webauthnJSON } = window;

  // The options of the ceremony: in the page, or asked for on the click, so that they are not spent by waiting.
  const optionsOf = async (form) => {
    const stored = form.dataset.chartaPasskeyOptions;
    if (stored) return JSON.parse(document.getElementById(stored).textContent);
    const response = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };

  const answer = async (form) => {
    const options = await optionsOf(form);
    if (form.dataset.chartaPasskey !== "add") return webauthnJSON.get(options.request_options);
    const wanted = options.creation_options;
    const selection = wanted.publicKey.authenticatorSelection;
    const passwordless = form.elements.passwordless.checked;
    selection.residentKey = passwordless ? "required" : "discouraged";
    selection.requireResidentKey = passwordless;
    if (passwordless) selection.userVerification = "required";
    return webauthnJSON.create(wanted);
  };

  for (const form of document.querySelectorAll("[data-charta-passkey]")) {
    const alert = form.querySelector("[data-charta-passkey-error]");
    if (webauthnJSON?.supported()) form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      alert.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await answer(form));
        form.submit();
      } catch {
        alert.querySelector("p").textContent =
          "Der Schlüssel hat nicht geantwortet, oder er passt nicht zu diesem Konto. Bitte versuchen Sie es noch einmal.";
        alert.hidden = false;
      }
    });
  }
})();
