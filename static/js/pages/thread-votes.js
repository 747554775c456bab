// Votes count at once and are taken back when the server refuses them.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const state = (votes) => [...votes.querySelectorAll("form[data-vote]")].map((form) => [form, form.querySelector("button").getAttribute("aria-pressed"), form.elements.value.value]);
  const show = (votes, vote, score) => {
    for (const form of votes.querySelectorAll("form[data-vote]")) {
      const value = Number(form.dataset.vote);
      form.querySelector("button").setAttribute("aria-pressed", String(value === vote));
      form.elements.value.value = value === vote ? 0 : value;
    }
    votes.querySelector("[data-score]").textContent = score;
  };
  const reason = { 401: "Sign in to vote.", 429: "That were a lot of votes in a short time. Wait a minute." };
  const send = async (form, votes, wanted) => {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "X-CSRF-Token": token(), "HX-Request": "true", "HX-Request-Type": "partial" },
      body: new URLSearchParams({ value: wanted }),
    }).catch(() => null);
    const away = answer?.headers.get("HX-Redirect");
    if (away?.includes("/sign-in")) location.assign(away);
    if (!answer?.ok || away) throw new Error(reason[answer?.status] ?? (answer ? await words(answer) : "No answer from the server. Your vote was taken back; try again."));
  };
  const words = async (answer) => {
    const { thread } = window.guildhall;
    let said = "";
    const text = await answer.text();
    await thread.inTurn(async () => {
      await thread.draw(text);
      said = thread.arrivals.textContent.trim();
      thread.arrivals.replaceChildren();
    });
    return said || "Your vote was not counted.";
  };
  document.addEventListener("submit", (event) => {
    const form = event.target, votes = form.closest?.("[data-votes]");
    if (!votes || !form.hasAttribute("data-vote") || event.defaultPrevented) return;
    event.preventDefault();
    form.removeAttribute("data-sent");
    form.querySelector("button").removeAttribute("aria-busy");
    if (votes.hasAttribute("data-busy")) return;
    const before = state(votes), score = votes.querySelector("[data-score]").textContent, wanted = Number(form.elements.value.value);
    const mine = before.reduce((sum, [one, pressed]) => sum + (pressed === "true" ? Number(one.dataset.vote) : 0), 0);
    votes.setAttribute("data-busy", "");
    show(votes, wanted, Number(score) + wanted - mine);
    send(form, votes, wanted).catch((error) => {
      show(votes, mine, score);
      window.guildhall.toast(error.message, "bad");
    }).finally(() => votes.removeAttribute("data-busy"));
  });
})();
