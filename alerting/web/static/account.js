// Passkeys: hands what the server asks to the browser, and the browser's answer to the form.
// Also puts back what was typed when a session ended, into the form it was typed in.
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const asked = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const one of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])]) {
      one.id = bytes(one.id);
    }
    return options;
  };
  const answered = (made) => {
    const said = { clientDataJSON: text(made.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) said[name] = text(made.response[name]);
    }
    return JSON.stringify({
      id: made.id, rawId: text(made.rawId), type: made.type, response: said,
      clientExtensionResults: made.getClientExtensionResults(),
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    const problem = form.querySelector("[data-problem]");
    form.addEventListener("submit", async (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      problem.hidden = true;
      try {
        const answer = await fetch(form.dataset.ask, { method: "POST", redirect: "error" });
        if (!answer.ok) throw new Error(answer.status);
        const { options, one_time_token } = await answer.json();
        const publicKey = asked(options);
        const made = form.dataset.passkey === "make"
          ? await navigator.credentials.create({ publicKey })
          : await navigator.credentials.get({ publicKey });
        form.elements.answer.value = answered(made);
        form.elements.one_time_token.value = one_time_token;
        form.submit();
      } catch {
        problem.hidden = false;
      }
    });
  }

  const kept = document.getElementById("restored");
  if (kept) {
    for (const [name, typed] of Object.entries(JSON.parse(kept.dataset.fields))) {
      for (const field of document.querySelectorAll("main form [name]")) {
        if (field.name !== name || field.type === "hidden") continue;
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === typed;
        else field.value = typed;
      }
    }
  }
})();
