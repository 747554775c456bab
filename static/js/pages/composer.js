// Writing Markdown: buttons above the box, quotes, people after an @, pictures, and a draft that the server keeps.
(() => {
  const SAVE_MS = 3000, ASK_MS = 150, POLL_MS = 1000, MOST_POLLS = 60;
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const tools = () => document.querySelector("[data-composer-tools]");
  const formOf = (element) => element.closest("form");
  const boxOf = (form) => form.querySelector("textarea[name=body]");
  const say = (form, words, bad = false) => {
    const place = form.querySelector("[data-composer-said]");
    if (!place) return;
    place.textContent = words;
    place.classList.toggle("is-bad", bad);
  };
  const send = (url, body, options = {}) => fetch(url, { method: "POST", body, headers: { "X-CSRF-Token": token() }, ...options });

  // The text: what is typed this way can be undone with Ctrl Z.
  const put = (box, from, to, text, start = text.length, end = start) => {
    box.focus();
    box.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, text)) {
      box.setRangeText(text, from, to, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    box.setSelectionRange(from + start, from + end);
  };
  const around = (box, mark, words) => {
    const { selectionStart: from, selectionEnd: to, value } = box;
    const chosen = value.slice(from, to);
    const inside = value.slice(from - mark.length, from) === mark && value.slice(to, to + mark.length) === mark;
    if (chosen && inside) return put(box, from - mark.length, to + mark.length, chosen, 0, chosen.length);
    const text = chosen || words;
    return put(box, from, to, mark + text + mark, mark.length, mark.length + text.length);
  };
  const before = (box, mark) => {
    const { value } = box;
    const from = value.lastIndexOf("\n", box.selectionStart - 1) + 1;
    const next = value.indexOf("\n", box.selectionEnd);
    const to = next < 0 ? value.length : next;
    const lines = value.slice(from, to).split("\n");
    const marked = lines.every((line) => line.startsWith(mark));
    put(box, from, to, lines.map((line) => (marked ? line.slice(mark.length) : mark + line)).join("\n"));
  };
  const code = (box) => box.value.slice(box.selectionStart, box.selectionEnd).includes("\n") ? fence(box) : around(box, "`", "code");
  const fence = (box) => {
    const { selectionStart: from, selectionEnd: to, value } = box;
    put(box, from, to, "```\n" + value.slice(from, to) + "\n```\n");
  };
  const link = (box) => {
    const { selectionStart: from, selectionEnd: to, value } = box;
    const chosen = value.slice(from, to);
    if (/^https?:\/\/\S+$/.test(chosen)) return put(box, from, to, `[words](${chosen})`, 1, 6);
    const words = chosen || "words";
    return put(box, from, to, `[${words}](https://)`, words.length + 3, words.length + 11);
  };
  const FORMATS = {
    bold: (box) => around(box, "**", "bold"), italic: (box) => around(box, "_", "italic"), link, code,
    quote: (box) => before(box, "> "), list: (box) => before(box, "- "),
    picture: (box) => formOf(box).querySelector("[data-picture-file]").click(),
  };
  const KEYS = { b: "bold", i: "italic", k: "link", e: "code" };
  const SHIFTED = { Digit9: "quote", Digit8: "list" };

  document.querySelectorAll("[data-toolbar]").forEach((bar) => { bar.hidden = false; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-format]");
    if (button) FORMATS[button.dataset.format](boxOf(formOf(button)));
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!box.matches?.("textarea[name=body]") || !formOf(box)?.querySelector("[data-composer-tools]")) return;
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const verb = event.shiftKey ? SHIFTED[event.code] : KEYS[event.key.toLowerCase()];
    if (!verb) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    FORMATS[verb](box);
  }, true);
  document.addEventListener("keydown", (event) => {
    const bar = event.target.closest?.("[data-toolbar]");
    if (!bar) return;
    const all = [...bar.querySelectorAll("button")], at = all.indexOf(event.target);
    const to = { ArrowRight: (at + 1) % all.length, ArrowLeft: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.forEach((button, index) => { button.tabIndex = index === to ? 0 : -1; });
    all[to].focus();
  });

  // Quotes: what is selected in the post, else all of it.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-quote]");
    const form = tools() && formOf(tools());
    if (!opener || !form) return;
    event.preventDefault();
    const post = opener.closest("article"), text = post.querySelector(".post-text");
    const chosen = getSelection();
    const some = chosen.rangeCount && !chosen.isCollapsed && text.contains(chosen.anchorNode) && text.contains(chosen.focusNode);
    const words = (some ? chosen.toString() : text.innerText).trim().split(/\n+/).map((line) => `> ${line}`).join("\n");
    opener.closest("details")?.removeAttribute("open");
    const box = boxOf(form), parent = form.querySelector("[data-parent]");
    if (parent && !parent.value) parent.value = post.dataset.post ?? "";
    const lead = box.value && !box.value.endsWith("\n\n") ? "\n\n" : "";
    put(box, box.value.length, box.value.length, `${lead}@${opener.dataset.quote}\n\n${words}\n\n`);
    form.scrollIntoView({ block: "nearest" });
  });

  // The draft.
  const saves = new WeakMap();
  const fields = (form) => {
    const data = new FormData();
    for (const name of ["place", "title", "body", "tags", "category", "key", "csrf_token"]) {
      const field = form.elements.namedItem(name);
      if (field) data.set(name, field.value);
    }
    return data;
  };
  const draftsOf = (form) => form.querySelector("[data-drafts]")?.dataset.drafts;
  const save = async (form, options = {}) => {
    const state = saves.get(form);
    if (!state?.changed || form.hasAttribute("data-sent")) return;
    clearTimeout(state.timer);
    state.changed = false;
    state.request = new AbortController();
    try {
      const answer = await send(draftsOf(form), fields(form), { signal: options.keepalive ? undefined : state.request.signal, ...options });
      if (answer.ok && boxOf(form).value.trim()) say(form, "Draft kept.");
      else if (!answer.ok) state.changed = true;
    } catch { state.changed = true; }
  };
  const stop = (form) => {
    const state = saves.get(form);
    if (!state) return;
    clearTimeout(state.timer);
    state.changed = false;
    state.request?.abort();
  };
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!event.isTrusted && !event.target.matches?.("textarea[name=body]")) return;
    if (!form || !draftsOf(form) || !event.target.name) return;
    const state = saves.get(form) ?? {};
    saves.set(form, state);
    state.changed = true;
    say(form, "");
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(form), SAVE_MS);
  });
  const leave = () => document.querySelectorAll("form").forEach((form) => { if (saves.get(form)?.changed) save(form, { keepalive: boxOf(form).value.length < 15000 }); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  window.addEventListener("pagehide", leave);
  document.addEventListener("submit", (event) => { if (!event.submitter?.hasAttribute("data-preview")) stop(event.target); }, true);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-draft-discard]");
    if (!button) return;
    event.preventDefault();
    const form = formOf(button), data = fields(form);
    stop(form);
    const answer = await send(`${draftsOf(form)}/discard`, data);
    if (!answer.ok) return say(form, "The draft could not be discarded. Try again.", true);
    for (const name of ["body", "title", "tags"]) { const field = form.elements.namedItem(name); if (field) field.value = ""; }
    form.removeAttribute("data-changed");
    Object.keys(sessionStorage).filter((key) => key.startsWith(`draft:${location.pathname}:`)).forEach((key) => sessionStorage.removeItem(key));
    form.querySelector("[data-draft-note]")?.remove();
    say(form, "Draft discarded.");
    boxOf(form).focus();
  });
  // Sent: nothing of it stays above the box.
  document.addEventListener("reply-sent", ({ target: form }) => {
    const preview = form.querySelector(".preview"), panel = panelOf(form);
    if (preview) { preview.hidden = true; preview.replaceChildren(); }
    if (panel) panel.hidden = true;
    form.querySelector("[data-draft-note]")?.remove();
    say(form, "");
  });
  document.querySelectorAll("form[data-composer] [data-key]").forEach((field) => { field.value ||= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`; });

  // People after an @.
  const CALLED = /(?:^|[\s(>])@([A-Za-z0-9-]{1,30})$/;
  let list = null, asked = 0, waiting = null;
  const close = () => {
    if (!list) return;
    list.box.removeAttribute("aria-activedescendant");
    list.root.remove();
    list = null;
  };
  const choose = (option) => {
    const { box, length } = list, at = box.selectionStart;
    close();
    put(box, at - length, at, `${option.dataset.handle} `);
  };
  const move = (by) => {
    const all = [...list.root.children], now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const to = all[(now + by + all.length) % all.length];
    all.forEach((one) => one.setAttribute("aria-selected", String(one === to)));
    list.box.setAttribute("aria-activedescendant", to.id);
    to.scrollIntoView({ block: "nearest" });
  };
  const show = (box, people, length) => {
    close();
    if (!people.length) return;
    const root = document.createElement("ul");
    root.className = "people-list";
    root.id = "people-list";
    root.setAttribute("role", "listbox");
    root.setAttribute("aria-label", "People");
    people.forEach((person, index) => {
      const option = document.createElement("li"), name = document.createElement("bdi"), handle = document.createElement("span");
      option.id = `people-${index}`;
      option.className = "people-option";
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", String(index === 0));
      option.dataset.handle = person.handle;
      name.textContent = person.name;
      handle.className = "muted small";
      handle.textContent = `@${person.handle}${person.team ? " · Seller" : ""}`;
      option.append(name, " ", handle);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(option); });
      root.append(option);
    });
    box.after(root);
    box.setAttribute("aria-controls", root.id);
    box.setAttribute("aria-activedescendant", "people-0");
    list = { box, root, length };
    say(formOf(box), `${people.length} ${people.length === 1 ? "person" : "people"}. Use the arrow keys, Enter to choose.`);
  };
  const ask = async (box, tool) => {
    const found = box.value.slice(0, box.selectionStart).match(CALLED);
    const number = ++asked;
    if (!found) return close();
    const query = new URLSearchParams({ q: found[1], thread: tool.dataset.threadId ?? "" });
    const answer = await fetch(`${tool.dataset.people}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (number !== asked) return;
    show(box, answer?.ok ? (await answer.json()).people : [], found[1].length);
  };
  document.addEventListener("input", (event) => {
    const box = event.target, tool = box.form?.querySelector("[data-composer-tools]");
    if (!tool || !box.matches("textarea[name=body]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(box, tool), ASK_MS);
  });
  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== list.box) return;
    const act = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Escape: close,
      Enter: () => choose(list.root.querySelector('[aria-selected="true"]')), Tab: () => choose(list.root.querySelector('[aria-selected="true"]')) }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }, true);
  document.addEventListener("focusout", (event) => { if (list && event.target === list.box) close(); });

  // Pictures: chosen, pasted or dropped; words for those who cannot see them come first.
  const panelOf = (form) => form.querySelector("[data-picture-panel]");
  const offer = (form, file) => {
    const panel = panelOf(form);
    if (!panel || !file) return;
    panel.file = file;
    panel.hidden = false;
    panel.querySelector("[data-picture-name]").textContent = file.name || "Picture";
    const alt = panel.querySelector("[data-picture-alt]");
    alt.value = "";
    alt.focus();
  };
  const ready = async (url) => {
    for (let tries = 0; tries < MOST_POLLS; tries += 1) {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      const found = answer.ok ? await answer.json() : { state: "refused", error: "The picture could not be kept. Try again." };
      if (found.state !== "waiting") return found;
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    }
    return { state: "refused", error: "The picture takes too long. Try again in a few minutes." };
  };
  const upload = async (form, panel, alt) => {
    const url = form.querySelector("[data-pictures]").dataset.pictures, data = new FormData();
    data.set("picture", panel.file);
    panel.hidden = true;
    say(form, "Sending the picture…");
    try {
      const answer = await send(url, data, { headers: { "X-CSRF-Token": token(), Accept: "application/json" } });
      const sent = await answer.json().catch(() => ({ error: answer.status === 413 ? "This picture is larger than 10 MB. Make it smaller and send it again." : "The picture could not be sent. Try again." }));
      const found = answer.ok ? await ready(`${url}/${sent.id}`) : sent;
      if (found.state !== "ready") return say(form, found.error, true);
      const box = boxOf(form), at = box.selectionEnd;
      put(box, at, at, `![${alt.replace(/[[\]\\]/g, " ").trim()}](${found.path})\n`);
      return say(form, "The picture is in your text.");
    } catch { return say(form, "The picture could not be sent. Look at your connection and try again.", true); }
  };
  const add = (panel) => {
    const field = panel.querySelector("[data-picture-alt]"), form = formOf(panel);
    if (field.value.trim().length < 2) {
      say(form, "Say what the picture shows first; those who cannot see it read that.", true);
      return field.focus();
    }
    return upload(form, panel, field.value.trim());
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-picture-file]")) return;
    offer(formOf(event.target), event.target.files[0]);
    event.target.value = "";
  });
  document.addEventListener("click", (event) => {
    const panel = event.target.closest?.("[data-picture-panel]");
    if (!panel) return;
    if (event.target.closest("[data-picture-add]")) add(panel);
    if (event.target.closest("[data-picture-cancel]")) { panel.hidden = true; boxOf(formOf(panel)).focus(); }
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-picture-alt]")) return;
    if (event.key === "Enter") { event.preventDefault(); add(event.target.closest("[data-picture-panel]")); }
    if (event.key === "Escape") { event.target.closest("[data-picture-panel]").hidden = true; boxOf(event.target.form).focus(); }
  });
  const pictureIn = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
  for (const [kind, from] of [["paste", "clipboardData"], ["drop", "dataTransfer"]]) {
    document.addEventListener(kind, (event) => {
      const box = event.target, file = box.matches?.("textarea[name=body]") && pictureIn(event[from]);
      if (!file || !panelOf(box.form)) return;
      event.preventDefault();
      offer(box.form, file);
    });
  }
})();
