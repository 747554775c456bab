// Keys of the queue: j and k move between posts, a, h, w and b decide about the one that is current.
(() => {
  const cases = () => [...document.querySelectorAll("[data-case]")];
  let current = null;
  const mark = (one) => {
    if (!one || one === current) return;
    cases().forEach((other) => {
      other.classList.toggle("is-current", other === one);
      other.querySelectorAll("[data-key]").forEach((button) => {
        if (other === one) button.dataset.hotkey = button.dataset.key;
        else delete button.dataset.hotkey;
      });
    });
    current = one;
  };
  const again = () => {
    const kept = current && document.getElementById(current.id);
    current = null;
    mark(kept ?? document.querySelector("[data-case]:target") ?? cases()[0]);
  };
  document.addEventListener("focusin", (event) => mark(event.target.closest?.("[data-case]")));
  document.addEventListener("keydown", (event) => {
    if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('meta[name="hotkeys"][content="off"], dialog:modal') || event.target.closest("input, select, textarea")) return;
    const all = cases(), next = all[all.indexOf(current) + (event.key === "j" ? 1 : -1)];
    const to = current?.contains(document.activeElement) ? next : current; // the first press goes to the current one
    if (!to) return;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("swapped", again);
  again();
})();
