// How far somebody is in a recording, a film or a chapter: kept by the server, told every ten seconds and when the page is left.
(() => {
  const EVERY_MS = 10000;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const tell = (address, where) => navigator.sendBeacon(address, new URLSearchParams({ ...where, csrf_token: token() }));
  const keep = (address, where, drawn) => {
    let said = JSON.stringify(drawn), at = 0, later;
    const now = (force) => {
      clearTimeout(later);
      const found = where();
      if (!found || JSON.stringify(found) === said) return;
      const wait = EVERY_MS - (Date.now() - at);
      if (!force && wait > 0) { later = setTimeout(now, wait); return; }
      [said, at] = [JSON.stringify(found), Date.now()];
      tell(address, found);
    };
    document.addEventListener("visibilitychange", () => { if (document.hidden) now(true); });
    window.addEventListener("pagehide", () => now(true));
    window.addEventListener("pageshow", (event) => { if (event.persisted) { said = ""; now(true); } });
    return now;
  };

  const media = document.querySelector("[data-media]");
  if (media) {
    const over = () => media.ended || (media.duration && media.duration - media.currentTime < 10);
    const now = keep(media.dataset.positions, () => media.readyState && { spot: over() ? 0 : Math.floor(media.currentTime) });
    media.addEventListener("timeupdate", () => now(false));
    media.addEventListener("pause", () => now(true));
    media.addEventListener("ended", () => { now(true); if (media.dataset.after) location.assign(media.dataset.after); });
    media.addEventListener("error", () => { document.querySelector("[data-media-error]").hidden = false; });
  }

  const book = document.querySelector("[data-book]");
  if (book) {
    const room = () => Math.max(book.offsetHeight - window.innerHeight / 2, 1);
    const top = () => book.getBoundingClientRect().top + window.scrollY;
    const [chapter, part] = [Number(book.dataset.chapter), Number(book.dataset.part)];
    const here = () => Math.round(Math.min(Math.max((window.scrollY - top()) / room(), 0), 1) * 1000);
    let left = false;
    window.addEventListener("pageshow", () => { left = false; });
    const now = keep(book.dataset.positions, () => !left && { spot: chapter, part: here() }, { spot: chapter, part });
    // The next page of this book says by its address where one is; a word sent on leaving would arrive after it and undo it.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      if (!link || link.pathname !== location.pathname || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (link.hash && link.search === location.search) return;
      const wanted = new URLSearchParams(link.search);
      if (!link.hash && Number(wanted.get("chapter")) === chapter) { wanted.set("part", here()); link.search = wanted; }
      left = true;
    });
    if (location.search && !location.hash) history.replaceState(null, "", `?chapter=${chapter}`);
    if (part && !location.hash) window.addEventListener("load", () => window.scrollTo(0, top() + (room() * part) / 1000));
    window.addEventListener("scroll", () => now(false), { passive: true });
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, textarea, select")) return;
      const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
      if (way) document.querySelector(`a[rel="${way}"]`)?.click();
    });
  }
})();
