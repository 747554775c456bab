// htmx's own needs: the CSRF token on every change, and a word when an answer never came.
(() => {
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
  document.addEventListener("htmx:config:request", (event) => {
    const request = event.detail.ctx.request;
    if (!["GET", "HEAD"].includes(request.method.toUpperCase())) request.headers["X-CSRF-Token"] = meta("csrf-token");
  });
  // An element that a swap took away cannot bubble its own htmx:after:swap, so the other scripts listen to this instead.
  htmx.registerExtension("guildhall", {
    htmx_after_swap: (element, { ctx }) => {
      document.dispatchEvent(new CustomEvent("swapped", { detail: { status: ctx.response?.status ?? 200 } }));
    },
  });
  document.addEventListener("htmx:error", (event) => {
    const source = event.detail.ctx?.sourceElement;
    if (source?.hasAttribute("hx-sse:connect") || event.detail.ctx?.response) return;
    if (event.detail.error?.name === "AbortError") return;
    const changing = !["GET", "HEAD"].includes(event.detail.ctx?.request?.method?.toUpperCase() ?? "GET");
    window.guildhall.toast(changing ? "No answer from the server. Check the page before you try again." : "That part of the page did not load. Check your connection.", "bad");
  });
})();
