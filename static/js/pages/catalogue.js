// The editor: arrows and pasting in the variants' grid, one value for a column, and pictures that can be dragged.
(() => {
  const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));
  const cells = (name, root) => [...root.querySelectorAll(`[data-column="${name}"]:not([readonly])`)];
  const below = (input, step) => {
    const column = cells(input.dataset.column, input.form);
    return column[column.indexOf(input) + step];
  };
  const beside = (input, step) => {
    const row = [...input.closest("tr").querySelectorAll("[data-column]:not([readonly])")];
    return row[row.indexOf(input) + step];
  };
  const go = (event, cell) => { if (cell) { event.preventDefault(); cell.focus(); cell.select(); } };
  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches?.("[data-grid] [data-column]") || event.metaKey || event.altKey) return;
    if (event.ctrlKey && event.key.toLowerCase() === "d") {
      const above = below(input, -1);
      if (above) { event.preventDefault(); input.value = above.value; changed(input); }
      return;
    }
    if (event.ctrlKey) return;
    const all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    if (event.key === "ArrowDown" || event.key === "Enter") go(event, below(input, 1));
    else if (event.key === "ArrowUp") go(event, below(input, -1));
    else if (event.key === "ArrowRight" && (all || input.selectionStart === input.value.length)) go(event, beside(input, 1));
    else if (event.key === "ArrowLeft" && (all || input.selectionEnd === 0)) go(event, beside(input, -1));
  });
  document.addEventListener("paste", (event) => {
    const input = event.target;
    const text = event.clipboardData?.getData("text") ?? "";
    if (!input.matches?.("[data-grid] [data-column]") || !/[\n\t]/.test(text.trim())) return;
    event.preventDefault();
    let first = input;
    for (const line of text.replace(/\r/g, "").replace(/\n$/, "").split("\n")) {
      let cell = first;
      for (const value of line.split("\t")) {
        if (!cell) break;
        cell.value = value.trim();
        changed(cell);
        cell = beside(cell, 1);
      }
      first = first && below(first, 1);
      if (!first) break;
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-fill]");
    if (!button) return;
    event.preventDefault();
    const value = button.previousElementSibling.value;
    const column = cells(button.dataset.fill, button.form);
    column.forEach((cell) => { cell.value = value; changed(cell); });
    window.guildhall.toast(`Filled in ${column.length} rows. Save the variants to keep it.`, "info");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.(".grid-all .input")) return;
    event.preventDefault();
    event.target.nextElementSibling.click();
  });

  let dragged = null;
  const shots = (list) => [...list.querySelectorAll(".shot")];
  document.addEventListener("dragstart", (event) => {
    const shot = event.target.closest?.(".shot[draggable]");
    if (!shot || event.target.closest("input, button")) return;
    dragged = shot;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", shot.dataset.id);
    shot.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest?.(".shot");
    if (!over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const all = shots(over.parentElement);
    over[all.indexOf(dragged) < all.indexOf(over) ? "after" : "before"](dragged);
  });
  document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("is-dragged");
    const form = document.querySelector(dragged.parentElement.dataset.sortable);
    const ids = shots(dragged.parentElement).map((shot) => shot.dataset.id).join(" ");
    dragged = null;
    if (!form || form.elements.ids.value.trim() === ids) return;
    form.elements.ids.value = ids;
    form.querySelector("[data-order-bar]").hidden = false;
    form.querySelector("[data-order-bar] button").focus();
  });
})();
