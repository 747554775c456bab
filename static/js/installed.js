// Guildhall as an app: its service worker, the number on its icon, the offer to install it.
(() => {
  const WORKER = "/service-worker.js", NO_FOR = 34560000;
  const wanted = document.querySelector('meta[name="service-worker"]')?.content !== "off";
  const cookie = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const remember = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=${NO_FOR}; samesite=lax`; };

  // Two addresses may become workers, and no other: the app's own, and the one that reads PDFs.
  const PDF = /^\/static\/dist\/vendor\/pdfjs\/pdf\.worker\.min\.[0-9a-f]{12}\.mjs$/;
  const trusted = window.trustedTypes?.createPolicy("guildhall", {
    createScriptURL: (url) => { if (url === WORKER || PDF.test(url)) return url; throw new TypeError("not a worker of ours"); },
  });
  const script = (url) => trusted?.createScriptURL(url) ?? url;
  const worker = () => navigator.serviceWorker.register(script(WORKER), { scope: "/", updateViaCache: "none" });
  window.guildhall = { ...window.guildhall, worker, script };
  if (navigator.serviceWorker) window.addEventListener("load", () => {
    // A browser may refuse (private windows do): pages then work as they do without.
    if (wanted) worker().catch(() => undefined);
    else navigator.serviceWorker.getRegistrations().then((all) => all.forEach((one) => one.unregister()));
  });

  // Shortcuts of the app lead to the workspace that was looked at last.
  const place = window.location.pathname.match(/^\/w\/([\w-]+)/)?.[1];
  if (place) remember("workspace", place);

  // The icon's number is the bell's.
  let marked = null;
  const mark = () => {
    const bell = document.querySelector("#inbox-link .inbox-count");
    const count = bell ? parseInt(bell.textContent, 10) || 0 : document.querySelector('form[action="/sign-in"]') ? 0 : marked;
    if (!navigator.setAppBadge || count === null || count === marked) return;
    marked = count;
    (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
  };
  const bell = document.getElementById("inbox-link");
  if (bell) new MutationObserver(mark).observe(bell, { childList: true, subtree: true, characterData: true });
  mark();

  // The offer: once the browser says that it can, until somebody says yes or no.
  const offer = document.getElementById("install");
  const installed = window.matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  let prompt = null;
  const settle = (words) => { remember("install", words); if (offer) offer.hidden = true; };
  const show = (apple) => {
    if (!offer || installed || cookie("install")) return;
    offer.querySelector("[data-install-apple]").hidden = !apple;
    offer.querySelector("[data-install-ready]").hidden = apple;
    offer.querySelector("[data-install-yes]").hidden = apple;
    offer.hidden = false;
  };
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event;
    show(false);
  });
  window.addEventListener("appinstalled", () => settle("yes"));
  if (navigator.standalone === false && /iPhone|iPad|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1) show(true);
  offer?.addEventListener("click", async (event) => {
    if (event.target.closest("[data-install-no]")) settle("no");
    if (!event.target.closest("[data-install-yes]") || !prompt) return;
    prompt.prompt();
    const { outcome } = await prompt.userChoice;
    settle(outcome === "accepted" ? "yes" : "no");
  });
})();
