// The stock list without the mouse: j and k walk the rows, e opens a row's form, Escape closes it, and after saving the place is kept.
(() => {
  let last = "";
  const off = (event) => event.ctrlKey || event.metaKey || event.altKey || document.querySelector('meta[name="hotkeys"][content="off"]') || event.target.closest("input, select, textarea, dialog");
  const links = () => [...document.querySelectorAll("[data-rows] .row-link")];
  const close = (but) => document.querySelectorAll(".stock-change[open]").forEach((one) => { if (one !== but) one.open = false; });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest?.(".stock-change[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); return; }
    if (off(event)) return;
    if (event.key === "j" || event.key === "k") {
      const all = links();
      const at = all.findIndex((link) => link.closest("tr").contains(document.activeElement));
      all[at + (event.key === "j" ? 1 : -1)]?.focus();
    }
    const details = event.key === "e" && document.activeElement.closest?.("tr")?.querySelector(".stock-change");
    if (details) { event.preventDefault(); details.open = true; }
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".stock-change") || !event.target.open) return;
    close(event.target);
    event.target.querySelector("[name=quantity]").focus();
  }, true);
  document.addEventListener("click", (event) => { if (!event.target.closest(".stock-change")) close(null); });
  document.addEventListener("submit", (event) => { last = event.target.closest("tr")?.id ?? ""; });
  document.addEventListener("swapped", (event) => {
    const row = last && document.getElementById(last);
    if (!row || row.contains(document.activeElement)) return;
    (event.detail.status >= 400 ? row.querySelector("[name=quantity]") : row.querySelector("summary"))?.focus();
    last = "";
  });
})();
