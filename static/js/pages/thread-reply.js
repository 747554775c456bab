// A reply appears at once as «Sending…». One that fails stays with its reason and can be sent again: its key makes it one post.
(() => {
  const form = document.getElementById("reply-form"), { thread } = window.guildhall;
  if (!thread) return;
  const PATIENCE_MS = 20000, KEPT = `sending:${thread.posts.dataset.thread}`;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  const keep = (entry) => sessionStorage.setItem(KEPT, JSON.stringify([...kept().filter((one) => one.key !== entry.key), entry]));
  const drop = (key) => sessionStorage.setItem(KEPT, JSON.stringify(kept().filter((one) => one.key !== key)));
  const shown = (key) => thread.posts.querySelector(`[data-sending="${key}"]`);
  const away = (key) => { drop(key); thread.still(() => shown(key)?.remove()); };
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const field = form?.elements.body;

  // To whom.
  const aim = (id, words) => {
    form.elements.parent.value = id;
    const line = form.querySelector("[data-parent-words]");
    line.hidden = !id;
    form.querySelector("[data-parent-text]").textContent = words;
  };
  document.addEventListener("click", (event) => {
    if (!form || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const reply = event.target.closest("[data-reply]");
    if (reply) {
      event.preventDefault();
      const post = reply.closest(".post");
      aim(reply.dataset.reply, `In reply to #${post.dataset.number} by ${post.querySelector(".post-badges strong")?.textContent.trim() ?? "somebody"}.`);
      field.focus();
    }
    if (event.target.closest("[data-parent-clear]")) {
      event.preventDefault();
      aim("", "");
      field.focus();
    }
  });

  // What was to be answered went to another thread; the words stay.
  document.addEventListener("posts-rearranged", () => {
    const to = form?.elements.parent.value;
    if (to && thread.newest() && !thread.posts.querySelector(`[data-post="${CSS.escape(to)}"]`)) aim("", "");
  });

  // On its way.
  const put = (entry) => {
    const old = shown(entry.key);
    if (old) return old;
    const copy = document.getElementById("post-sending").content.cloneNode(true).firstElementChild;
    copy.dataset.sending = entry.key;
    copy.querySelector("[data-sending-text]").textContent = entry.body;
    const family = thread.all().filter((one) => entry.branch && one.dataset.branch === entry.branch);
    thread.still(() => {
      if (!family.length) return thread.posts.append(copy);
      copy.dataset.under = "";
      copy.classList.add("post-under");
      family.at(-1).after(copy);
    });
    return copy;
  };
  const mark = (entry, failed) => {
    const article = put(entry);
    article.classList.toggle("is-sending", !failed);
    article.classList.toggle("is-failed", Boolean(failed));
    article.querySelector("[data-sending-words]").textContent = failed ? "Not posted" : "Sending…";
    article.querySelector(".post-failed").hidden = !failed;
    article.querySelector("[data-failed-words]").textContent = failed ?? "";
    return article;
  };
  const there = (key) => thread.posts.querySelector(`:scope > .post[data-key="${CSS.escape(key)}"]`);
  const fail = (entry, words, unsure) => {
    if (there(entry.key)) return away(entry.key);
    keep({ ...entry, failed: words, unsure: Boolean(unsure) });
    mark(entry, words);
  };
  const words = async (answer) => {
    let said = "";
    const text = await answer.text();
    await thread.inTurn(async () => {
      await thread.draw(text);
      const { arrivals } = thread, listed = [...arrivals.querySelectorAll("[data-error-summary] li")].map((one) => one.textContent.trim());
      said = listed.join(" ") || (arrivals.querySelector("[data-error-summary], .notice") ?? document.createElement("p")).textContent.trim();
      arrivals.replaceChildren();
    });
    return said || "The server did not take it. Nothing was posted.";
  };
  const send = async (entry) => {
    keep({ ...entry, failed: "", unsure: true });
    mark(entry);
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "X-CSRF-Token": token(), "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#reply" },
      body: new URLSearchParams({ body: entry.body, parent: entry.parent, key: entry.key }),
      signal: AbortSignal.timeout?.(PATIENCE_MS),
    }).catch(() => null);
    if (!answer) return fail(entry, "No answer came. Try again: it will not be posted twice.", true);
    if (answer.status >= 500) return fail(entry, "The server is out of reach for a moment. Try again: it will not be posted twice.", true);
    if (!answer.ok) return fail(entry, await words(answer));
    const place = new URL(answer.headers.get("HX-Redirect") ?? "", location.href);
    if (!place.searchParams.get("at")) return fail(entry, "You are signed out. Sign in in another tab, then try again.");
    if (!place.pathname.endsWith(thread.posts.dataset.thread)) { drop(entry.key); return location.assign(place); } // merged meanwhile
    if (!thread.newest()) { drop(entry.key); return location.assign(place); }
    await thread.askNow(place.searchParams.get("at"));
    away(entry.key);
  };

  document.addEventListener("submit", (event) => {
    if (event.target !== form || event.defaultPrevented || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    form.removeAttribute("data-sent");
    form.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
    const body = field.value.trim();
    if (!body) return field.focus();
    const above = thread.posts.querySelector(`[data-post="${CSS.escape(form.elements.parent.value || "none")}"]`);
    const entry = { key: newKey(), body, parent: form.elements.parent.value, branch: above && above.dataset.number !== "1" ? above.dataset.branch : "" };
    field.value = "";
    aim("", "");
    form.removeAttribute("data-changed");
    form.dispatchEvent(new CustomEvent("reply-sent", { bubbles: true }));
    send(entry);
    shown(entry.key)?.scrollIntoView({ block: "nearest" });
  });
  const entryOf = (button) => kept().find((one) => one.key === button.closest("[data-sending]").dataset.sending);
  const restore = async (entry) => {
    if (entry.unsure) await thread.askNow();
    if (there(entry.key)) {
      away(entry.key);
      return window.guildhall.toast("It had been posted after all. You can edit it there.", "info");
    }
    away(entry.key);
    field.value = field.value.trim() ? `${entry.body}\n\n${field.value}` : entry.body;
    aim(entry.parent, entry.parent ? "In reply to one post." : "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  document.addEventListener("click", (event) => {
    const again = event.target.closest("[data-again]"), edit = event.target.closest("[data-edit-again]");
    if (again) send(entryOf(again));
    if (edit) restore(entryOf(edit));
  });
  // The stream may be quicker than the answer.
  document.addEventListener("post-arrived", (event) => away(event.detail));
  if (form) for (const entry of kept()) {
    fail(entry, entry.failed || "The page was loaded again before an answer came. Try again: it will not be posted twice.", entry.unsure);
  }
})();
