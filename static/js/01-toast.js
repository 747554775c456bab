// Toasts: server ones are in the page already; scripts and HX-Trigger {"toast": {...}} add more. Errors stay until closed.
(() => {
  const SHOWN_MS = 7000;
  const region = () => document.getElementById("toasts");
  const dismissLater = (toast) => {
    if (toast.dataset.tone === "bad" || toast.querySelector("form, a")) return;
    setTimeout(() => toast.matches(":hover, :focus-within") ? dismissLater(toast) : toast.remove(), SHOWN_MS);
  };
  const toast = (text, tone = "good") => {
    const template = document.getElementById("toast-template");
    if (!template || !region()) return;
    const copy = template.content.cloneNode(true).firstElementChild;
    copy.dataset.tone = tone;
    copy.classList.add(`tone-${tone}`);
    copy.setAttribute("role", tone === "bad" ? "alert" : "status");
    copy.querySelector("[data-text]").textContent = text;
    region().append(copy);
    dismissLater(copy);
  };
  window.guildhall = { ...window.guildhall, toast };
  document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-dismiss]");
    if (close) close.closest(".toast, .notice, .new-pill")?.remove();
  });
  document.querySelectorAll("#toasts .toast").forEach(dismissLater);
})();
