// Votes count at once and are taken back when the server refuses them.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const buttons = (votes) => [...votes.querySelectorAll("[data-vote]")];
  const mine = (votes) => buttons(votes).reduce((sum, one) => sum + (one.getAttribute("aria-pressed") === "true" ? Number(one.dataset.vote) : 0), 0);
  const show = (votes, vote, score) => {
    for (const button of buttons(votes)) {
      const value = Number(button.dataset.vote);
      button.setAttribute("aria-pressed", String(value === vote));
      button.value = value === vote ? 0 : value;
    }
    votes.querySelector("[data-score]").textContent = score;
  };
  const reason = { 401: "Sign in to vote.", 429: "That were a lot of votes in a short time. Wait a minute." };
  const send = async (url, wanted) => {
    const answer = await fetch(url, {
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
    const button = event.submitter, votes = button?.closest?.("[data-votes]");
    if (event.target.id !== "votes" || !votes || event.defaultPrevented) return;
    event.preventDefault();
    event.target.removeAttribute("data-sent");
    button.removeAttribute("aria-busy");
    if (votes.hasAttribute("data-busy")) return;
    const before = mine(votes), score = votes.querySelector("[data-score]").textContent, wanted = Number(button.value);
    votes.setAttribute("data-busy", "");
    show(votes, wanted, Number(score) + wanted - before);
    send(button.formAction, wanted).catch((error) => {
      show(votes, before, score);
      window.guildhall.toast(error.message, "bad");
    }).finally(() => votes.removeAttribute("data-busy"));
  });
})();
