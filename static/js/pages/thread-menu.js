// The menu of a post is fetched when it is opened for the first time; without scripts its link leads to a page of the same items.
(() => {
  const page = () => document.querySelector("script[nonce]")?.nonce ?? "";
  const opened = async (link) => {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
    const answer = await fetch(link.href, { headers }).catch(() => null);
    if (!answer?.ok || answer.headers.get("HX-Redirect")) return location.assign(link.href);
    const theirs = answer.headers.get("Content-Security-Policy")?.match(/'nonce-([^']+)'/)?.[1], text = await answer.text();
    const post = link.closest(".post"), held = document.activeElement === link || document.activeElement === document.body;
    if (!link.isConnected) return;
    await htmx.swap({ text: theirs ? text.replaceAll(theirs, page()) : text, target: link, swap: "outerHTML", sourceElement: link, response: { status: 200 } });
    const menu = post?.querySelector(":scope > .post-foot > details.menu");
    if (!menu) return;
    menu.open = true;
    if (held) menu.querySelector("summary").focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-post-more]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.hasAttribute("aria-busy")) return;
    link.setAttribute("aria-busy", "true");
    opened(link).finally(() => link.removeAttribute("aria-busy"));
  });
})();
