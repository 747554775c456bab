// Passkeys. <form data-passkey="get|create" data-options="/url" hidden> is shown where the browser can; its button asks the
// server what to sign, the authenticator for the answer, and sends the form. With a field autocomplete="… webauthn" on the
// page, passkeys are offered among its suggestions too. Needs no library: binary fields travel as base64url.
const REFRESH_MS = 240_000; // a challenge lives five minutes
const LONGEST_WAIT = 12; // rounds: a page that is left open for an hour stops asking
const WORDS = {
  get: {
    NotAllowedError: "No passkey was used: you closed the window, or this device has none for Guildhall. Sign in with your password or a code instead.",
    other: "The passkey could not be read. Nothing was changed; sign in with your password or a code instead.",
  },
  create: {
    NotAllowedError: "No passkey was added: you closed the window, or it took too long. Nothing was changed.",
    InvalidStateError: "This device holds a passkey for your account already. Nothing was changed.",
    NotSupportedError: "This device cannot make a passkey that we can use. Try another device.",
    ConstraintError: "This device has no screen lock, fingerprint or PIN, which a passkey needs. Set one up first.",
    other: "The passkey could not be made. Nothing was changed; try again.",
  },
};
const AWAY = "No answer from the server. Nothing was changed; try again in a moment.";
const forms = [...document.querySelectorAll("form[data-passkey]")];
const able = "PublicKeyCredential" in window && window.isSecureContext;

class Told extends Error {}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const letters = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const listed = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

const readable = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && { excludeCredentials: listed(options.excludeCredentials) }),
  ...(options.allowCredentials && { allowCredentials: listed(options.allowCredentials) }),
});

const written = (credential) => {
  const { response } = credential, fields = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) fields[name] = letters(response[name]);
  }
  if (response.getTransports) fields.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: letters(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    response: fields,
  });
};

// What the server says in words stays its own: a page of it instead of options is gone to.
const ask = async (form) => {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "X-CSRF-Token": form.elements.csrf_token.value, Accept: "application/json" },
  }).catch(() => null);
  if (answer?.redirected) {
    location.assign(answer.url);
    return null;
  }
  if (answer?.status === 429) throw new Told("That was a lot of tries in a short time. Wait a few minutes, then try again.");
  if (answer?.status === 409) throw new Told("You have as many passkeys as an account may have. Remove one first.");
  if (answer?.status === 403) throw new Told("This page is too old. Reload it and try again; nothing was changed.");
  if (!answer?.ok) throw new Told(AWAY);
  return answer.json();
};

const send = (form, challenge, credential) => {
  form.elements.challenge.value = challenge;
  form.elements.answer.value = written(credential);
  form.submit();
};

let waiting = null; // the question that is open among a field's suggestions: a browser takes one at a time

const press = async (form) => {
  const button = form.querySelector("[data-passkey-start]"), words = form.querySelector("[data-passkey-words]"), kind = form.dataset.passkey;
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  words.textContent = "";
  waiting?.abort();
  try {
    const asked = await ask(form);
    if (!asked) return;
    send(form, asked.challenge, await navigator.credentials[kind]({ publicKey: readable(asked.publicKey) }));
  } catch (error) {
    words.textContent = error instanceof Told ? error.message : WORDS[kind][error.name] ?? WORDS[kind].other;
    button.removeAttribute("aria-busy");
    suggest();
  }
};

const suggest = async (round = 1) => {
  const form = forms.find((one) => one.dataset.passkey === "get");
  if (!form || !document.querySelector('input[autocomplete~="webauthn"]') || round > LONGEST_WAIT) return;
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const mine = waiting = new AbortController();
  const late = setTimeout(() => { mine.abort(); suggest(round + 1); }, REFRESH_MS);
  try {
    const asked = await ask(form);
    if (!asked || mine.signal.aborted) return;
    const found = await navigator.credentials.get({ publicKey: readable(asked.publicKey), mediation: "conditional", signal: mine.signal });
    if (found) send(form, asked.challenge, found);
  } catch {
    // Nobody pressed anything yet, so there is nobody to tell: the button says what is wrong when it is pressed.
  } finally {
    clearTimeout(late);
  }
};

if (able) {
  for (const form of forms) {
    form.hidden = false;
    form.querySelector("[data-passkey-start]").addEventListener("click", () => press(form));
  }
  document.querySelectorAll("[data-passkey-missing]").forEach((one) => { one.hidden = true; });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) forms.forEach((form) => form.querySelector("[data-passkey-start]").removeAttribute("aria-busy"));
  });
  suggest();
}
