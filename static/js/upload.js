// <form data-upload> with a <progress data-upload-progress>: htmx sends by fetch, which tells no progress, so this one sends by XHR.
(() => {
  const show = (form, done, total) => {
    const bar = form.querySelector("[data-upload-progress]");
    if (!bar) return;
    bar.closest("[hidden]")?.removeAttribute("hidden");
    bar.max = total || 1;
    bar.value = done;
    const text = form.querySelector("[data-upload-text]");
    if (text) text.textContent = done === total ? "Checking the file…" : `${Math.floor((done / (total || 1)) * 100)} % of ${size(total)}`;
  };
  const size = (bytes) => {
    const step = Math.min(3, Math.floor(Math.log2(bytes || 1) / 10));
    return `${(bytes / 1024 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${["bytes", "KB", "MB", "GB"][step]}`;
  };
  const failed = (form, words = "The upload stopped. Nothing was saved; try again.") => {
    form.removeAttribute("data-sent");
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    form.querySelector(".progress")?.setAttribute("hidden", "");
    window.guildhall.toast(words, "bad");
  };
  // A refused upload answers with the form and its errors (422), as for htmx; anything else that failed gets a sentence.
  const answered = (form, request) => {
    if (request.status === 422) {
      htmx.swap({ text: request.responseText, target: document.getElementById(form.dataset.swap) ?? form, swap: "outerHTML", sourceElement: form, response: { status: 422 } });
      return;
    }
    if (request.status === 413) { failed(form, "This file is larger than we take. Nothing was saved; choose a smaller one."); return; }
    if (request.status >= 400) { failed(form); return; }
    form.dispatchEvent(new CustomEvent("uploaded", { bubbles: true }));
    location.assign(request.getResponseHeader("HX-Redirect") || request.responseURL || location.href);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]") || event.defaultPrevented) return;
    event.preventDefault();
    const file = form.querySelector("input[type=file]")?.files[0];
    if (file && form.dataset.largest && file.size > Number(form.dataset.largest)) {
      failed(form, `${file.name} is ${size(file.size)}; the most is ${size(Number(form.dataset.largest))}. Nothing was sent.`);
      return;
    }
    const request = new XMLHttpRequest();
    form.querySelector("[data-upload-cancel]")?.addEventListener("click", () => request.abort(), { once: true });
    request.addEventListener("abort", () => failed(form, "The upload was cancelled. Nothing was saved."));
    request.upload.addEventListener("progress", (news) => show(form, news.loaded, news.total));
    request.addEventListener("error", () => failed(form));
    request.addEventListener("load", () => answered(form, request));
    request.open("POST", form.action);
    for (const [name, value] of [["HX-Request", "true"], ["HX-Request-Type", "partial"], ["HX-Target", `form#${form.id}`]]) request.setRequestHeader(name, value);
    request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
    const data = new FormData(form, event.submitter);
    if (file) data.set("size", file.size);
    request.send(data);
  });
  document.addEventListener("change", (event) => {
    const names = event.target.closest?.(".dropzone")?.querySelector("[data-file-names]");
    if (!names) return;
    const files = [...event.target.files]; // of one the browser itself says the name
    names.textContent = files.length > 1 ? files.map((file) => file.name).join(", ") : "";
  });
  for (const [name, on] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => event.target.closest?.(".dropzone")?.classList.toggle("is-over", on));
  }
})();
