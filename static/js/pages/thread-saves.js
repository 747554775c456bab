// The bookmark of a thread or a post answers at once, and is taken back when the server refuses it.
(() => {
  const show = (button, saved) => {
    button.setAttribute("aria-pressed", String(saved));
    button.value = saved ? 0 : 1;
    const words = button.querySelector("[data-save-words]");
    if (words) words.textContent = saved ? "Saved" : "Save";
  };
  const reason = { 401: "Sign in to save this.", 404: "This is gone; it cannot be saved any more.", 429: "That was a lot in a short time. Wait a minute." };
  const send = async (button, wanted) => {
    const answer = await fetch(button.formAction, {
      method: "POST",
      headers: { "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]')?.content ?? "", "HX-Request": "true", "HX-Request-Type": "partial" },
      body: new URLSearchParams({ value: wanted }),
    }).catch(() => null);
    const away = answer?.headers.get("HX-Redirect");
    if (away?.includes("/sign-in")) location.assign(away);
    if (!answer?.ok || away) throw new Error(reason[answer?.status] ?? "No answer from the server. Nothing was changed; try again.");
  };
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.id !== "saves" || !button?.hasAttribute("data-save") || event.defaultPrevented) return;
    event.preventDefault();
    event.target.removeAttribute("data-sent");
    button.removeAttribute("aria-busy");
    if (button.hasAttribute("data-busy")) return;
    const wanted = Number(button.value), saved = wanted === 1;
    button.setAttribute("data-busy", "");
    show(button, saved);
    send(button, wanted).then(() => window.guildhall.toast(saved ? "Saved. You find it under «Saved» in your account's menu." : "No longer saved.")).catch((error) => {
      show(button, !saved);
      window.guildhall.toast(error.message, "bad");
    }).finally(() => button.removeAttribute("data-busy"));
  });
  // `s` saves the post that has the focus, else the thread.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-save-here]")) return;
    const post = document.activeElement?.closest?.("[data-post]");
    (post?.querySelector("[data-save]") ?? document.querySelector('[data-save="thread"]'))?.click();
  });
})();
