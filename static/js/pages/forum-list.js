// A list of threads: counts follow at once, rows move only when the reader asks for it by the pill.
(() => {
  const place = document.getElementById("list-pill"), template = document.getElementById("list-news");
  if (!place || !template) return;
  const drawn = document.getElementById("live")?.dataset.since ?? "";
  const news = new Set();
  const rows = () => [...document.querySelectorAll("#threads [data-row]")];
  const renew = async (id, here) => {
    const target = document.getElementById(id);
    if (!target) return;
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": `${target.localName}#${id}` };
    const answer = await fetch(here, { headers }).catch(() => null);
    if (!answer?.ok) return location.reload();
    const theirs = answer.headers.get("Content-Security-Policy")?.match(/'nonce-([^']+)'/)?.[1], text = await answer.text();
    const ours = document.querySelector("script[nonce]")?.nonce ?? "";
    await htmx.swap({ text: theirs ? text.replaceAll(theirs, ours) : text, target, swap: "outerHTML", sourceElement: target, response: { status: 200 } });
  };
  const show = async (event) => {
    event.preventDefault();
    const here = location.pathname + location.search;
    news.clear();
    place.replaceChildren();
    document.title = document.title.replace(/^\(\d+ new\) /, "");
    for (const id of ["threads", "shelves"]) await renew(id, here);
    rows()[0]?.querySelector(".row-link")?.focus({ preventScroll: true });
  };
  const offer = () => {
    const copy = template.content.cloneNode(true), one = news.size === 1;
    copy.querySelector("[data-words]").textContent = `${news.size} ${one ? "thread" : "threads"} with news — show`;
    copy.querySelector("a").addEventListener("click", show);
    place.replaceChildren(copy);
    document.title = document.title.replace(/^(\(\d+ new\) )?/, `(${news.size} new) `);
  };
  // The row stays where it is; its number says that somebody wrote.
  const count = (told) => {
    const badge = document.querySelector(`[data-row="${CSS.escape(told.thread_id)}"] .thread-count`);
    if (!badge || Number(badge.dataset.number) >= told.number) return false;
    badge.dataset.number = told.number;
    badge.dataset.replies = Number(badge.dataset.replies) + 1;
    const shown = badge.querySelector(".count") ?? badge;
    const text = [...shown.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (text) text.textContent = badge.dataset.replies;
    if (badge.querySelector(".count")) badge.closest("[data-row]").classList.add("is-unread");
    return true;
  };
  const hear = (name) => document.body.addEventListener(name, (event) => {
    const { id, data } = event.detail ?? {};
    if (id && id < drawn) return;
    const told = JSON.parse(data || "{}"), listed = document.querySelector(`[data-row="${CSS.escape(told.thread_id ?? "")}"]`);
    if (listed && !count(told)) return; // this list has it
    news.add(told.thread_id);
    offer();
  });
  hear("forum.PostWritten");
  hear("forum.ThreadStarted");
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step-row]");
    if (!step) return;
    const links = rows().map((row) => row.querySelector(".row-link"));
    links[Math.max(links.indexOf(document.activeElement) + Number(step.dataset.stepRow), 0)]?.focus();
  });
})();
