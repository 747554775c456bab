// A list to choose from below a field of words: arrows move between both, Enter takes the first or the one in focus.
(() => {
  const around = (one) => one.closest?.("[data-picker]");
  document.addEventListener("keydown", (event) => {
    const picker = around(event.target);
    if (!picker || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const words = picker.querySelector("[data-picker-words]"), all = [words, ...picker.querySelectorAll("[data-pick]")];
    const at = all.indexOf(event.target), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0) return;
    if (step) {
      event.preventDefault();
      all[Math.min(Math.max(at + step, 0), all.length - 1)].focus();
    } else if (event.key === "Escape" && at > 0) words.focus();
    else if (at > 0 && event.key.length === 1) words.focus(); // goes on typing
  });
})();
