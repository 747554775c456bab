// <div data-countdown="ISO time"> with an <output>; said aloud once at two minutes, then marked over and told to htmx.
(() => {
  const WARN_S = 120;
  const words = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const tick = () => document.querySelectorAll("[data-countdown]:not([data-over])").forEach((box) => {
    const left = Math.max(0, Math.round((Date.parse(box.dataset.countdown) - Date.now()) / 1000));
    const output = box.querySelector("output");
    if (output) output.textContent = words(left);
    if (left <= WARN_S && !box.dataset.warned) {
      box.dataset.warned = "1";
      box.classList.replace("tone-neutral", "tone-warn");
      const live = box.querySelector("[aria-live]");
      if (live) live.textContent = box.dataset.warning ?? "Two minutes left.";
    }
    if (left === 0) {
      box.dataset.over = "1";
      box.dispatchEvent(new CustomEvent("time-up", { bubbles: true }));
    }
  });
  setInterval(tick, 1000);
  tick();
})();
