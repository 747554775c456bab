// <form data-tus="address">: its files go in pieces by tus (vendor/tus.min.js), so that a lost connection or a reload costs nothing.
// Without this script the form sends as any form does. The server's own list says what is unfinished; no browser storage is used.
(() => {
  const PIECE = 8 * 1024 * 1024;
  const DELAYS = [500, 1000, 2000, 4000, 8000, 15000, 30000];
  const active = new Map();
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const size = (bytes) => {
    const step = Math.min(3, Math.floor(Math.log2(bytes || 1) / 10));
    return `${(bytes / 1024 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${["bytes", "KB", "MB", "GB"][step]}`;
  };
  const refresh = () => document.body.dispatchEvent(new CustomEvent("catalogue.UploadSettled"));
  const cleaned = (url) => new URL(url, location.href).pathname;

  // What this tab sends is not shown a second time as unfinished.
  const hide = () => {
    const here = new Set([...active.values()].map((one) => one.upload.url && cleaned(one.upload.url)));
    for (const row of document.querySelectorAll("#arriving [data-upload-url]")) row.hidden = here.has(row.dataset.uploadUrl);
  };
  document.addEventListener("htmx:after:swap", hide);
  document.addEventListener("htmx:after:settle", hide);

  const unfinished = (file, replaces) => [...document.querySelectorAll("#arriving [data-upload-url]")].find((row) =>
    Number(row.dataset.size) === file.size && row.dataset.mark === `${file.lastModified}` && row.dataset.replaces === replaces);

  const row = (file) => {
    const made = document.getElementById("transfer-template").content.firstElementChild.cloneNode(true);
    made.querySelector("[data-transfer-name]").textContent = file.name;
    made.querySelector("[data-transfer-bar]").setAttribute("aria-label", file.name);
    for (const [name, words] of [["pause", "Pause"], ["cancel", "Cancel"]]) made.querySelector(`[data-transfer-${name}]`).setAttribute("aria-label", `${words} ${file.name}`);
    document.getElementById("sending").append(made);
    return made;
  };

  const say = (one, words, stopped = false) => {
    one.row.querySelector("[data-transfer-text]").textContent = words;
    one.row.classList.toggle("is-stopped", stopped);
    const button = one.row.querySelector("[data-transfer-pause]");
    button.textContent = stopped ? "Go on" : "Pause";
    button.setAttribute("aria-label", `${button.textContent} ${one.file.name}`);
    one.stopped = stopped;
  };
  const over = (one) => { active.delete(one.row); one.row.remove(); };

  const failed = (one, error) => {
    const answer = error.originalResponse, status = answer?.getStatus() ?? 0;
    if (status === 0 || status >= 500 || status === 423) { one.lost = true; say(one, "The connection is lost. It goes on by itself when it is back.", true); return; }
    const words = answer.getHeader("Content-Type")?.startsWith("text/plain") ? answer.getBody() : "The upload was refused. Reload the page and try again.";
    say(one, words, true);
    one.row.querySelector("[data-transfer-text]").classList.replace("muted", "tone-bad");
    one.row.querySelector("[data-transfer-pause]").hidden = true;
    one.refused = true;
  };

  const progress = (one, sent, total) => {
    const bar = one.row.querySelector("[data-transfer-bar]");
    [bar.max, bar.value] = [total, sent];
    if (!one.stopped) say(one, `${Math.floor((sent / total) * 100)} % of ${size(total)}`);
  };

  const start = (one) => { one.lost = false; say(one, one.words ?? "Starting…"); one.upload.start(); };

  const send = (form, file) => {
    const replaces = form.dataset.replaces ?? "", known = unfinished(file, replaces);
    const metadata = { filename: file.name, mark: `${file.lastModified}`, notes: form.querySelector("textarea[name=notes]")?.value ?? "" };
    if (replaces) metadata.replaces = replaces;
    const one = { file, row: row(file), stopped: false, words: known ? "Going on from where it was…" : null };
    one.upload = new tus.Upload(file, {
      endpoint: form.dataset.tus, uploadUrl: known?.dataset.uploadUrl ?? null, chunkSize: PIECE, retryDelays: DELAYS, metadata,
      storeFingerprintForResuming: false, headers: { "X-CSRF-Token": token() },
      onProgress: (sent, total) => progress(one, sent, total),
      onUploadUrlAvailable: hide,
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0, again = status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
        if (again && !one.stopped) one.row.querySelector("[data-transfer-text]").textContent = "The connection is lost. Trying again…";
        return again && !one.stopped;
      },
      onError: (error) => failed(one, error),
      onSuccess: () => { over(one); form.dispatchEvent(new CustomEvent("uploaded", { bubbles: true })); refresh(); },
    });
    active.set(one.row, one);
    start(one);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches?.("form[data-tus]") || !window.tus?.isSupported) return;
    const input = form.querySelector("input[type=file]"), files = [...(input?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    form.removeAttribute("data-sent"); // the next files may be chosen while these are on their way
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    const most = Number(form.dataset.largest), large = files.filter((file) => file.size > most), empty = files.filter((file) => !file.size);
    for (const file of large) window.guildhall.toast(`${file.name} is ${size(file.size)}; the most is ${size(most)}. It was not sent.`, "bad");
    for (const file of empty) window.guildhall.toast(`${file.name} is empty, so it was not sent.`, "bad");
    files.filter((file) => file.size && file.size <= most).forEach((file) => send(form, file));
    if (form.dataset.replaces) input.value = ""; // the notes stay until the release is out: it may be refused yet
    else form.reset();
    const names = form.querySelector("[data-file-names]");
    if (names) names.textContent = "";
    form.closest("details")?.removeAttribute("open");
  }, { capture: true });

  document.addEventListener("click", async (event) => {
    const one = active.get(event.target.closest?.("#sending .transfer"));
    if (!one) return;
    if (event.target.closest("[data-transfer-pause]")) {
      if (one.stopped) { start(one); return; }
      say(one, "Paused.", true);
      await one.upload.abort();
    }
    if (event.target.closest("[data-transfer-cancel]")) {
      one.stopped = true;
      await one.upload.abort(!one.refused).catch(() => undefined);
      over(one);
      refresh();
    }
  });
  window.addEventListener("online", () => { for (const one of active.values()) if (one.lost) start(one); });
  // Several at once: only with this script, so a form without it never promises more than it sends.
  const several = () => {
    for (const input of document.querySelectorAll("form[data-tus]:not([data-replaces]) input[type=file]")) {
      input.multiple = true;
      const words = input.closest(".dropzone")?.querySelector("[data-drop-words]");
      if (words) words.textContent = words.dataset.ofSeveral;
    }
  };
  several();
  document.addEventListener("htmx:after:swap", several);
})();
