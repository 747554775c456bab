// Forms: one submit per click, focus on the error summary, a guard for unsaved words, a draft kept in this tab.
(() => {
  const busy = (form, submitter, on) => {
    const button = submitter ?? form.querySelector("button[type=submit], button:not([type])");
    if (!button) return;
    button.toggleAttribute("aria-busy", false);
    if (on) button.setAttribute("aria-busy", "true");
    form.toggleAttribute("data-sent", on);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" && !form.hasAttribute("hx-post")) return;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (!event.submitter?.hasAttribute("data-download")) busy(form, event.submitter, true);
    form.removeAttribute("data-changed");
    if (!form.hasAttribute("hx-post")) forget(form);
  }, true);
  const release = (root) => root.querySelectorAll("form[data-sent]").forEach((form) => busy(form, form.querySelector("[aria-busy]"), false));
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.detail.ctx?.sourceElement?.closest("form");
    if (form) busy(form, form.querySelector("[aria-busy]"), false);
  });
  window.addEventListener("pageshow", () => release(document));

  const focusErrors = (root) => {
    root.querySelector("[data-error-summary]")?.focus();
  };
  document.addEventListener("swapped", (event) => {
    if (event.detail.status >= 400) focusErrors(document);
    restore(document);
  });
  focusErrors(document);

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) form.setAttribute("data-changed", "");
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-guard][data-changed]")) event.preventDefault();
  });

  const draftKey = (field) => `draft:${location.pathname}:${field.dataset.draft}`;
  const forget = (form) => form.querySelectorAll("textarea[data-draft]").forEach((field) => sessionStorage.removeItem(draftKey(field)));
  const restore = (root) => root.querySelectorAll("textarea[data-draft]").forEach((field) => {
    const kept = sessionStorage.getItem(draftKey(field));
    if (kept && !field.value) field.value = kept;
  });
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.draft) sessionStorage.setItem(draftKey(event.target), event.target.value);
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.response?.raw?.ok && ctx.sourceElement) forget(ctx.sourceElement);
  });
  restore(document);
})();
