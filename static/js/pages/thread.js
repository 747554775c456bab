// An open thread: posts arrive, change and go while it is read. The reader's place, focus and typed words stay where they are.
// What is pushed looks the same to everybody; this reader's controls come from <template id="post-controls">.
(() => {
  const posts = document.getElementById("posts"), arrivals = document.getElementById("arrivals");
  if (!posts || !arrivals) return;
  const MOST = 300, NEAR_PX = 100, ASK_MS = 300, SPREAD_MS = 700, FLASH_MS = 1000, QUIET_MS = 5000, DAY_MS = 86400000;
  const drawn = document.getElementById("live")?.dataset.since ?? "";
  const page = document.querySelector("script[nonce]")?.nonce ?? "";
  const find = (number) => posts.querySelector(`:scope > .post[data-number="${Number(number)}"]`);
  const all = () => [...posts.querySelectorAll(":scope > .post[data-number]")];
  const last = () => Number(posts.dataset.last);
  const newest = () => !posts.hasAttribute("data-more");
  const box = (element) => element.getBoundingClientRect();
  const nearEnd = () => {
    const end = posts.lastElementChild;
    return !end || box(end).bottom <= innerHeight + NEAR_PX;
  };

  // What the reader looks at, or types in, keeps its place on the screen whatever happens above it.
  const held = () => {
    const focus = document.activeElement;
    if (focus && focus !== document.body && box(focus).bottom > 0 && box(focus).top < innerHeight) return focus;
    return [...posts.children, document.getElementById("reply")].find((one) => one && box(one).bottom > 0);
  };
  const still = (change) => {
    const anchor = held(), before = anchor && box(anchor).top;
    change();
    if (!anchor?.isConnected) return;
    const moved = box(anchor).top - before;
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
  };
  const flash = (element) => {
    element.classList.add("is-fresh");
    setTimeout(() => element.classList.remove("is-fresh"), FLASH_MS);
  };

  const filled = (node, values) => {
    for (const element of node.querySelectorAll("*")) for (const { name, value } of [...element.attributes]) {
      if (value.includes("POST-")) element.setAttribute(name, value.replace(/POST-(ID|NUMBER)/g, (_, key) => values[key]));
    }
    return node;
  };
  const equip = (post) => {
    const foot = post.querySelector("[data-score-now]"), template = document.getElementById("post-controls");
    if (!foot || !template) return;
    foot.replaceChildren(filled(template.content.cloneNode(true), { ID: post.dataset.post, NUMBER: post.dataset.number }));
    const score = foot.querySelector("[data-score]");
    if (score) score.textContent = foot.dataset.scoreNow;
  };

  // A poll keeps a choice that was not sent yet, unless it was closed meanwhile.
  const renewPoll = (old, post) => {
    const [before, after] = [old, post].map((one) => one.querySelector(":scope > .poll"));
    if (!after || !before) return after && old.querySelector(":scope > .post-text").after(after);
    const typing = before.querySelector("form :checked") || before.contains(document.activeElement);
    const facts = [before, after].map((one) => one.querySelector("[data-poll-facts]"));
    if (typing && after.querySelector("form") && facts[0] && facts[1]) return facts[0].replaceWith(facts[1]);
    return before.replaceWith(after);
  };
  // A post that is there keeps its element, and its foot while somebody uses it: only what was said changes.
  const renew = (old, post) => {
    for (const part of [".post-head", ".post-text"]) {
      const before = old.querySelector(`:scope > ${part}`), after = post.querySelector(`:scope > ${part}`);
      if (before && after && !before.contains(document.activeElement)) before.replaceWith(after);
    }
    renewPoll(old, post);
    const foot = old.querySelector(":scope > .post-foot"), busy = foot?.contains(document.activeElement) || foot?.querySelector("[open]");
    if (!busy && !post.hasAttribute("data-pushed")) foot?.replaceWith(post.querySelector(":scope > .post-foot"));
    const under = old.classList.contains("post-under");
    old.className = post.className;
    old.classList.toggle("post-under", under);
    for (const [name, value] of Object.entries(post.dataset)) if (name !== "pushed") old.dataset[name] = value;
    return old;
  };
  const join = (post) => {
    const { number, branch } = post.dataset, family = all().filter((one) => one.dataset.branch === branch);
    const under = branch !== number && family.some((one) => one.dataset.number === branch);
    post.classList.toggle("post-under", under);
    if (under && post.querySelector("[data-answers]")?.dataset.answers === branch) post.querySelector("[data-answers]").remove();
    const later = all().find((one) => !one.classList.contains("post-under") && Number(one.dataset.number) > Number(number));
    if (under) family.at(-1).after(post);
    else if (later) later.before(post);
    else (posts.querySelector(":scope > [data-sending]:not([data-under])")?.before(post), post.parentElement === posts || posts.append(post));
    posts.dataset.last = Math.max(last(), Number(number));
  };
  const trim = () => {
    const over = all().slice(0, Math.max(all().length - MOST, 0));
    if (!over.length) return;
    if (over.some((one) => box(one).bottom > 0 || one.contains(document.activeElement))) return stop();
    over.forEach((one) => one.remove());
    link("earlier", `before=${Math.min(...all().map((one) => Number(one.dataset.number)))}`);
  };
  const link = (id, query) => {
    const nav = document.getElementById(id);
    nav.hidden = false;
    nav.querySelector("a").href = `/threads/${posts.dataset.thread}?${query}`;
  };
  const stop = () => {
    posts.setAttribute("data-more", "");
    link("later", `after=${last()}`);
  };

  const pill = document.getElementById("thread-pill");
  let waiting = [], saidAt = 0;
  const offer = (fresh) => {
    waiting.push(...fresh);
    const copy = document.getElementById("new-replies").content.cloneNode(true), where = waiting[0];
    copy.querySelector("[data-words]").textContent = `${waiting.length} new ${waiting.length === 1 ? "reply" : "replies"}`;
    copy.querySelector("a").href = `#${where.id}`;
    copy.querySelector("a").addEventListener("click", (event) => {
      event.preventDefault();
      settle();
      where.focus({ preventScroll: true });
      where.scrollIntoView({ block: "start" });
    });
    pill.replaceChildren(copy);
  };
  const settle = () => { waiting = []; pill.replaceChildren(); };
  const tell = (post) => {
    if (Date.now() - saidAt < QUIET_MS) return;
    saidAt = Date.now();
    const words = document.createElement("span");
    words.className = "visually-hidden";
    words.textContent = `New reply by ${post.querySelector(".post-badges strong")?.textContent.trim() ?? "somebody"}`;
    pill.replaceChildren(words);
  };
  addEventListener("scroll", () => { if (waiting.length && nearEnd()) settle(); }, { passive: true });

  // One HTML at a time goes through the hidden box, where htmx makes elements of it; then each finds its place.
  let queue = Promise.resolve();
  const inTurn = (work) => (queue = queue.then(work, work));
  const draw = (text) => htmx.swap({ text, target: arrivals, swap: "innerHTML", sourceElement: arrivals, response: { status: 200 } });
  const take = (mark) => {
    const incoming = [...arrivals.querySelectorAll(".post[data-number]")], near = nearEnd();
    const fresh = incoming.filter((post) => !find(post.dataset.number));
    still(() => incoming.forEach((post) => {
      equip(post);
      const old = find(post.dataset.number), number = Number(post.dataset.number);
      if (old) { renew(old, post); if (mark) flash(old); }
      else if (newest() || post.hasAttribute("data-mine")) join(post);
      if (number && post.dataset.key) document.dispatchEvent(new CustomEvent("post-arrived", { detail: post.dataset.key }));
    }));
    const others = fresh.filter((post) => post.isConnected && posts.contains(post) && !post.hasAttribute("data-mine"));
    if (others.length) still(() => near ? tell(others.at(-1)) : offer(others));
    if (fresh.length) { still(trim); document.dispatchEvent(new CustomEvent("posts-joined", { detail: fresh })); }
    const line = arrivals.querySelector("#thread-facts");
    if (line) still(() => document.querySelector("#thread-head #thread-facts")?.replaceWith(line));
    arrivals.replaceChildren();
  };
  const facts = ({ title, locked, accepted }) => {
    if (title) document.getElementById("thread-title").textContent = title;
    const note = document.querySelector("[data-locked-note]");
    if (note) still(() => { note.hidden = !locked; });
    for (const one of all()) if (one.dataset.post !== accepted && one.classList.contains("is-accepted")) {
      one.classList.remove("is-accepted");
      one.querySelector("[data-accepted-mark]")?.remove();
    }
  };

  // Asking: what changed while the page was away, or looks different to this reader.
  const wanted = new Map();
  let timer = null, gone = false;
  const taken = (number) => {
    const post = find(number);
    if (!post) return;
    still(() => {
      post.classList.add("is-deleted");
      post.querySelector(".post-text").textContent = "This post was taken away.";
      post.querySelectorAll(".post-foot, .poll").forEach((part) => part.remove());
    });
  };
  const asked = async (path) => {
    const answer = await fetch(`/threads/${posts.dataset.thread}/${path}`, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (!answer?.ok) return answer?.status;
    const theirs = answer.headers.get("Content-Security-Policy")?.match(/'nonce-([^']+)'/)?.[1], text = await answer.text();
    await draw(theirs ? text.replaceAll(theirs, page) : text);
    return answer.status;
  };
  const fetched = async () => {
    timer = null;
    if (gone) return;
    const only = [...wanted.keys()], query = new URLSearchParams();
    wanted.clear();
    if (only.length) query.set("only", only.join(","));
    if (newest()) query.set("after", last());
    const looking = [...posts.querySelectorAll(":scope > .post > .poll[data-looking]")].map((one) => one.parentElement.dataset.post);
    if (looking.length) query.set("results", looking.join(","));
    const status = await asked(`news?${query}`);
    if (status === 404) return arranged();
    const news = arrivals.querySelector("[data-news]");
    if (status !== 200 || !news) return;
    if (Number(news.dataset.numbers) < last()) return arranged({ change: "parted" });
    const there = new Set([...arrivals.querySelectorAll(".post[data-number]")].map((post) => Number(post.dataset.number)));
    const { title, accepted, locked, more } = news.dataset;
    take(only.length > 0);
    only.filter((number) => !there.has(number)).forEach(taken);
    facts({ title, accepted, locked: locked !== undefined });
    if (more !== undefined) stop();
  };
  // The team put posts elsewhere: the way there, or this thread as it stands now. What is typed and on its way stays.
  const say = (words) => still(() => document.getElementById("thread-news").replaceChildren(...words));
  const swap = (from, name) => {
    const [old, fresh] = [document.querySelector(name), from.querySelector(name)];
    if (old && fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
  };
  const redraw = (made) => {
    const onTop = all().filter((one) => box(one).bottom > 0), { list, title, numbers, more, earlier, last: until } = made.dataset;
    const fresh = [...made.querySelectorAll("[data-posts] > .post")], ids = new Map(fresh.map((one) => [one.dataset.post, one]));
    const anchor = onTop.find((one) => ids.has(one.dataset.post)), before = anchor && box(anchor).top;
    const focused = document.activeElement?.closest?.("[data-post]")?.dataset.post;
    posts.replaceChildren(...fresh, ...posts.querySelectorAll(":scope > [data-sending]"));
    posts.dataset.last = until;
    posts.toggleAttribute("data-more", more !== undefined);
    earlier ? link("earlier", `before=${earlier}`) : document.getElementById("earlier").hidden = true;
    more !== undefined ? link("later", `after=${until}`) : document.getElementById("later").hidden = true;
    for (const name of [".breadcrumbs", "#thread-facts", ".thread-side"]) swap(made, name);
    document.querySelector('[data-hotkey="u"]').href = list;
    length(Number(numbers), true);
    facts({ title });
    if (anchor) scrollBy({ top: box(ids.get(anchor.dataset.post)).top - before, behavior: "instant" });
    ids.get(focused)?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("posts-joined", { detail: fresh }));
    document.dispatchEvent(new CustomEvent("posts-rearranged"));
  };
  const arranged = async ({ change = "", there_id: there = "" } = {}) => {
    const top = all().find((one) => box(one).bottom > 0)?.dataset.post ?? "", status = await asked(`arrangement?${new URLSearchParams({ change, there, top })}`);
    if (status === 404) return window.guildhall.toast("You cannot read this thread any more. What you typed is still in the box.", "bad");
    const made = arrivals.querySelector("[data-arrangement]");
    if (status !== 200 || !made) return;
    gone = made.hasAttribute("data-merged");
    const words = gone ? [made] : [...made.querySelector("[data-words]").children];
    if (!gone) redraw(made);
    if (words.length) say(words);
    arrivals.replaceChildren();
  };
  const ask = (number) => {
    if (number) wanted.set(Number(number), true);
    timer ??= setTimeout(() => inTurn(fetched), ASK_MS + Math.random() * SPREAD_MS);
  };
  const askNow = (number) => {
    if (number) wanted.set(Number(number), true);
    clearTimeout(timer);
    return inTurn(fetched);
  };

  const hear = (name, act, passing) => document.body.addEventListener(name, (event) => {
    const { id, data } = event.detail ?? {};
    if (!passing && id && id < drawn) return; // told again by the stream; this page was drawn later
    const told = JSON.parse(data || "{}");
    if (told.thread_id === posts.dataset.thread) act(told);
  });
  const pushed = (told, mark) => inTurn(async () => {
    await draw((told.html ?? "") + (told.facts ?? ""));
    if (told.key) arrivals.querySelector(".post")?.setAttribute("data-key", told.key);
    take(mark);
    facts(told);
  });
  const tellProgress = (which, number) => document.querySelectorAll(`[data-progress-${which}]`).forEach((one) => { one.textContent = number; });
  const length = (number, shorter) => {
    const bar = document.querySelector("[data-progress-bar]");
    if (!bar || !(number > bar.max || shorter)) return;
    bar.max = number;
    tellProgress("all", number);
  };
  const reached = (number) => {
    const bar = document.querySelector("[data-progress-bar]");
    if (!bar || bar.value === number) return;
    length(number);
    bar.value = number;
    tellProgress("now", number);
    if (number >= bar.max) document.querySelector("[data-jump-unread]")?.remove();
  };
  hear("forum.PostWritten", (told) => {
    if (find(told.number)) return;
    if (told.html && newest()) pushed(told, false);
    else if (newest()) ask();
    length(told.number);
  });
  hear("forum.PostChanged", (told) => {
    if (told.ask || !told.html) ask(find(told.number) ? told.number : 0);
    else if (find(told.number)) pushed(told, true);
    else if (told.number > last() && newest()) pushed(told, false);
    else pushed({ ...told, html: "" }, false);
  });
  hear("forum.PostVoted", (told) => {
    const votes = find(told.number)?.querySelector(".votes");
    if (!votes || votes.hasAttribute("data-busy")) return;
    votes.querySelector("[data-score]").textContent = told.score;
    flash(votes);
  });
  hear("forum.ThreadRearranged", (told) => told.change === "joined" ? ask() : inTurn(() => arranged(told)));
  document.body.addEventListener("poll", () => ask());
  for (const one of posts.querySelectorAll(".poll[data-closes]")) {
    const left = new Date(one.dataset.closes) - Date.now();
    if (left > 0 && left < DAY_MS) setTimeout(() => ask(one.closest(".post")?.dataset.number), left + 1000);
  }
  window.guildhall.thread = { posts, find, all, last, newest, still, hear, askNow, draw, inTurn, arrivals, reached };
})();
