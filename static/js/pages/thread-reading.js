// How far somebody has read, who else is here, who writes, and j, k and Shift r.
(() => {
  const { thread } = window.guildhall;
  if (!thread) return;
  const SAY_MS = 3000, WRITING_MS = 6000, SAY_WRITING_MS = 4000;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const path = `/threads/${thread.posts.dataset.thread}`;
  const post = (place, values) => fetch(`${path}/${place}`, { method: "POST", keepalive: true, headers: { "X-CSRF-Token": token() }, body: new URLSearchParams(values) }).catch(() => null);

  let seen = thread.last(), said = seen, timer = null;
  const say = () => {
    clearTimeout(timer);
    timer = null;
    if (seen <= said) return;
    said = seen;
    post("readings", { number: seen });
  };
  // Which post is in sight, for the line of progress.
  const sight = new Set();
  const pass = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) isIntersecting ? sight.add(target) : sight.delete(target);
    if (sight.size) thread.reached(Math.max(...[...sight].map((one) => Number(one.dataset.number))));
  }, { threshold: 0.2 });
  thread.all().forEach((one) => pass.observe(one));
  document.addEventListener("posts-joined", (event) => event.detail.forEach((one) => pass.observe(one)));
  if (thread.posts.hasAttribute("data-reads")) {
    const watch = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || document.hidden) continue;
        watch.unobserve(target);
        seen = Math.max(seen, Number(target.dataset.number));
      }
      if (seen > said) timer ??= setTimeout(say, SAY_MS);
    }, { threshold: 0.2 });
    document.addEventListener("posts-joined", (event) => event.detail.forEach((one) => watch.observe(one)));
    document.addEventListener("posts-rearranged", () => { seen = said = Math.min(seen, thread.last()); });
    addEventListener("pagehide", say);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) say();
      else thread.all().slice(-50).forEach((one) => { if (Number(one.dataset.number) > seen) { watch.unobserve(one); watch.observe(one); } });
    });
  }
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step-post]");
    if (step) {
      const list = thread.all(), here = list.indexOf(document.activeElement?.closest?.(".post"));
      const first = list.findIndex((one) => one.getBoundingClientRect().bottom > 80);
      const next = here < 0 ? list[Math.max(first, 0)] : list[here + Number(step.dataset.stepPost)];
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: "nearest" });
    }
    if (event.target.closest("[data-mark-read]")) {
      seen = thread.last();
      said = seen - 1;
      say();
      window.guildhall.toast("Marked read up to the newest post on this page.");
    }
  });

  const presence = document.getElementById("thread-presence");
  thread.hear("forum.reading", ({ readers, about }) => {
    thread.still(() => { presence.hidden = readers < 2; });
    presence.querySelector("[data-presence]").textContent = `${about ? "About " : ""}${readers} people are reading`;
  }, true);

  const me = Math.random().toString(36).slice(2), writers = new Map(), line = document.getElementById("thread-writing");
  const show = () => {
    const names = [...new Set([...writers.values()].map((one) => one.name))];
    line.textContent = !names.length ? "" : names.length > 2 ? "Several people are writing…" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} writing…`;
  };
  thread.hear("forum.writing", ({ name, page }) => {
    if (page === me) return;
    clearTimeout(writers.get(page)?.timer);
    writers.set(page, { name, timer: setTimeout(() => { writers.delete(page); show(); }, WRITING_MS) });
    show();
  }, true);
  thread.hear("forum.PostWritten", () => { writers.clear(); show(); });
  const field = document.querySelector("#reply-form textarea");
  let wrote = 0;
  field?.addEventListener("input", () => {
    if (Date.now() - wrote < SAY_WRITING_MS || !field.value.trim()) return;
    wrote = Date.now();
    post("writing", { page: me });
  });
})();
