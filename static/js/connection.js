// Says so when live news stop for 5 s, and asks the server every 15 s instead. Blocks opt in with hx-trigger="…, poll from:body".
(() => {
  const GRACE_MS = 5000, POLL_MS = 15000;
  let timer = null, poll = null, gone = false;
  const bar = () => document.getElementById("connection");
  const listening = () => document.querySelector("[hx-sse\\:connect]");
  const ask = () => { if (!document.hidden) document.body.dispatchEvent(new CustomEvent("poll")); };
  const lost = () => {
    if (timer || poll || gone || document.hidden) return;
    timer = setTimeout(() => {
      timer = null;
      if (bar()) bar().hidden = false;
      poll = setInterval(ask, POLL_MS);
    }, GRACE_MS);
  };
  const found = () => {
    clearTimeout(timer);
    const missed = poll !== null;
    clearInterval(poll);
    timer = poll = null;
    if (bar()) bar().hidden = true;
    if (missed) ask();
  };
  document.addEventListener("htmx:sse:error", lost);
  document.addEventListener("htmx:sse:close", lost);
  document.addEventListener("htmx:sse:after:connection", found);
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.sourceElement === listening()) lost();
  });
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx?.sourceElement === listening()) lost();
  });
  document.body.addEventListener("live.gone", () => {
    gone = true;
    if (document.querySelector("[data-merged]")) return; // the page says already where to go
    window.guildhall.toast("News no longer reach this page: you were signed out here, or you may not see it any more. Reload it.", "warn");
  });
  window.addEventListener("offline", lost);
  window.addEventListener("online", () => { if (!listening()) found(); });
  // A tab that slept for a minute may have missed more than the stream repeats.
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt > 60000) ask();
  });
})();
