// Small manners: theme choice, copy buttons, menus that close, a dialog opened by its server, steppers, select-all, row counts.
(() => {
  const YEAR = 31536000;
  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-set-theme]")?.dataset.setTheme;
    if (theme) {
      document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
      if (theme === "auto") document.documentElement.removeAttribute("data-theme");
      else document.documentElement.dataset.theme = theme;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(document.querySelector(copy.dataset.copy)?.textContent.trim() ?? "").then(
      () => window.guildhall.toast("Copied."), () => window.guildhall.toast("The browser did not allow copying. Select the text instead.", "bad"));
    const step = event.target.closest("[data-step]");
    if (step) {
      const input = step.closest(".quantity").querySelector("input");
      Number(step.dataset.step) > 0 ? input.stepUp() : input.stepDown();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (event.target.closest("[data-print]")) window.print();
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  // A browser without command/commandfor still opens dialogs.
  if (!("command" in HTMLButtonElement.prototype)) document.addEventListener("click", (event) => {
    const button = event.target.closest("[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog?.showModal) return;
    button.getAttribute("command") === "close" ? dialog.close() : dialog.open || dialog.showModal();
  });
  const openAsked = () => document.querySelectorAll("dialog[data-open]:not([open])").forEach((dialog) => {
    dialog.removeAttribute("data-open");
    dialog.showModal();
  });
  document.addEventListener("swapped", openAsked);
  openAsked();
  const counted = (form) => form.querySelectorAll("[data-selected-count]").forEach((place) => {
    place.textContent = form.querySelectorAll(".row-check:checked").length;
  });
  const countAll = () => document.querySelectorAll("form:has([data-selected-count])").forEach(counted);
  document.addEventListener("swapped", countAll);
  countAll();
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form");
    if (event.target.matches("[data-check-all]")) form.querySelectorAll(".row-check").forEach((box) => { box.checked = event.target.checked; });
    if (form && event.target.matches(".row-check, [data-check-all]")) counted(form);
    if (event.target.closest("[data-autosubmit]")) event.target.form.requestSubmit();
  });
})();
