// data-hotkey="g o" or "/" on a link, button or field. Single letters obey <meta name="hotkeys" content="off"> (WCAG 2.1.4).
(() => {
  const PAUSE_MS = 1200;
  let typed = [], timer = null;
  const writing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  const off = () => document.querySelector('meta[name="hotkeys"]')?.content === "off";
  const visible = (element) => element.checkVisibility?.() ?? true;
  // One thing may have several: data-hotkey="g h|1".
  const candidates = () => [...document.querySelectorAll("[data-hotkey]")].flatMap((element) => element.dataset.hotkey.split("|").map((keys) => [element, keys.split(" ")]));
  const run = (element) => {
    if (element.matches("input, textarea, select")) return element.focus();
    element.click();
    if (element.matches("summary")) (element.parentElement.open ? element.parentElement.querySelector("a, input:not([type=hidden]), button") ?? element : element).focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
      const field = [...document.querySelectorAll("[data-palette]")].find(visible);
      if (field) { event.preventDefault(); run(field); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || off() || writing(event.target)) return;
    if (event.key === "Shift" || document.querySelector("dialog:modal")) return;
    typed.push(event.key);
    clearTimeout(timer);
    timer = setTimeout(() => { typed = []; }, PAUSE_MS);
    const matching = candidates().filter(([, keys]) => typed.every((key, index) => keys[index] === key));
    const exact = matching.find(([element, keys]) => keys.length === typed.length && visible(element))
      ?? matching.find(([, keys]) => keys.length === typed.length);
    if (exact) { typed = []; event.preventDefault(); run(exact[0]); }
    else if (!matching.length) typed = [];
  });

  // Escape clears the filters of a list, unless it has something nearer to do: close what is open, or empty a field.
  document.addEventListener("keydown", (event) => {
    const clear = event.key === "Escape" && !event.defaultPrevented && document.querySelector("[data-clear-filters]");
    if (!clear || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], details.menu[open], :popover-open")) return;
    const field = writing(event.target);
    if (field && (field.value ?? field.textContent)) return;
    clear.click();
  });

  // The `?` list is read from the page, so it cannot name a key that does nothing.
  document.addEventListener("toggle", (event) => {
    const list = event.target.querySelector?.("[data-shortcut-list]");
    if (!list || event.newState !== "open") return;
    const rows = candidates().filter(([element]) => !element.closest("dialog")).map(([element, keys]) => {
      const term = document.createElement("dt"), words = document.createElement("dd");
      keys.forEach((key) => { const kbd = document.createElement("kbd"); kbd.textContent = key; term.append(kbd, " "); });
      words.textContent = element.dataset.hotkeyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim();
      return [keys.join(" "), term, words];
    });
    const unique = new Map(rows.map(([key, term, words]) => [key, [term, words]]));
    list.replaceChildren(...[...unique.values()].flat());
  }, true);
})();
