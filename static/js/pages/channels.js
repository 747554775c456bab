// Lists of channels without the mouse: j and k walk the rows, e opens what a listing is.
(() => {
  const off = (event) => event.ctrlKey || event.metaKey || event.altKey || document.querySelector('meta[name="hotkeys"][content="off"]') || event.target.closest("input, select, textarea, dialog");
  document.addEventListener("keydown", (event) => {
    if (!["j", "k", "e"].includes(event.key) || off(event)) return;
    const rows = [...document.querySelectorAll("[data-rows] > *")];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    if (event.key !== "e") rows[at + (event.key === "j" ? 1 : -1)]?.querySelector(".row-link")?.focus();
    else rows[at]?.querySelector("[data-edit]")?.click();
  });
})();
