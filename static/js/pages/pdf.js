// A PDF drawn page by page as it comes into view (vendor/pdfjs). Only the parts of the file that are shown are fetched.
const frame = document.querySelector("[data-pdf]");
const pdfjs = globalThis.pdfjsLib;
const AHEAD = "150%", EVERY_MS = 5000, LONGEST_SIDE = 4096;
let scale = 1, told = "", toldAt = 0, later, current = Number(frame.dataset.page) || 1;
const pages = [];

const part = (name) => document.querySelector(`[data-pdf-${name}]`);
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const tell = (force) => {
  clearTimeout(later);
  if (`${current}` === told) return;
  const wait = EVERY_MS - (Date.now() - toldAt);
  if (!force && wait > 0) { later = setTimeout(tell, wait); return; }
  [told, toldAt] = [`${current}`, Date.now()];
  navigator.sendBeacon(frame.dataset.positions, new URLSearchParams({ spot: current, csrf_token: token() }));
};

const open = () => {
  pdfjs.GlobalWorkerOptions.workerPort = new Worker(window.guildhall.script(frame.dataset.worker), { type: "module" });
  const parts = frame.dataset.parts;
  return pdfjs.getDocument({
    url: frame.dataset.source, rangeChunkSize: 512 * 1024, disableAutoFetch: true, disableStream: true, isEvalSupported: false,
    useWasm: false, enableXfa: false, cMapUrl: `${parts}cmaps/`, cMapPacked: true, standardFontDataUrl: `${parts}standard_fonts/`,
    wasmUrl: `${parts}wasm/`,
  }).promise;
};

const sized = (one) => {
  const width = Math.min(frame.clientWidth, 1000) * scale;
  const shown = one.page?.getViewport({ scale: 1 }) ?? one.like;
  one.box.style.inlineSize = `${width}px`;
  one.box.style.aspectRatio = `${shown.width} / ${shown.height}`;
  return width / shown.width;
};

// Artifacts are no content (ISO 32000-2 §14.8.2.2): the buyer's own code is one, and nobody wants it read out.
const content = (found) => {
  const open = [];
  return { ...found, items: found.items.filter((item) => {
    if (item.type?.startsWith("begin")) open.push(item.tag === "Artifact");
    if (item.type === "endMarkedContent") open.pop();
    return !item.type && !open.includes(true);
  }) };
};

const draw = async (one, book) => {
  if (one.drawn === scale) return;
  one.drawn = scale;
  one.page ??= await book.getPage(one.number);
  const zoom = sized(one), viewport = one.page.getViewport({ scale: zoom });
  const dense = Math.min(window.devicePixelRatio || 1, LONGEST_SIDE / Math.max(viewport.width, viewport.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.floor(viewport.width * dense), Math.floor(viewport.height * dense)];
  canvas.setAttribute("aria-hidden", "true");
  await one.page.render({ canvas, viewport, transform: [dense, 0, 0, dense, 0, 0] }).promise;
  const words = document.createElement("div");
  words.className = "pdf-words";
  words.style.setProperty("--total-scale-factor", zoom);
  words.style.setProperty("--scale-round-x", "1px");
  words.style.setProperty("--scale-round-y", "1px");
  const said = await one.page.getTextContent({ includeMarkedContent: true });
  if (one.drawn !== scale) return;
  one.box.replaceChildren(canvas, words);
  await new pdfjs.TextLayer({ textContentSource: content(said), container: words, viewport }).render();
  one.box.dataset.drawn = "true";
};
const drop = (one) => { one.drawn = 0; one.box.replaceChildren(); one.page?.cleanup(); delete one.box.dataset.drawn; };

const go = (number) => {
  const one = pages[Math.min(Math.max(number, 1), pages.length) - 1];
  one.box.scrollIntoView({ block: "start" });
};
const at = (number) => { current = number; part("page").value = number; tell(false); };

const lay = async (book) => {
  const first = await book.getPage(1), like = first.getViewport({ scale: 1 });
  for (let number = 1; number <= book.numPages; number += 1) {
    const box = document.createElement("div");
    box.className = "pdf-page";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `Page ${number}`);
    const one = { number, box, like, page: number === 1 ? first : null, drawn: 0 };
    pages.push(one);
    sized(one);
    frame.append(box);
  }
  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) { const one = pages.find((each) => each.box === target); if (isIntersecting) draw(one, book); else drop(one); }
  }, { rootMargin: AHEAD });
  const here = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) if (isIntersecting) at(pages.find((each) => each.box === target).number);
  }, { rootMargin: "-45% 0px -45% 0px" });
  if (current > 1) go(current);
  for (const one of pages) { near.observe(one.box); here.observe(one.box); }
  const again = () => { const kept = current; for (const one of pages) { sized(one); if (one.box.dataset.drawn) { one.drawn = 0; draw(one, book); } } go(kept); };
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-pdf-step]"), zoom = event.target.closest("[data-pdf-zoom]");
    if (step) go(current + Number(step.dataset.pdfStep));
    if (zoom) { scale = Math.min(Math.max(scale * Number(zoom.dataset.pdfZoom), 0.5), 4); again(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.matches("input, textarea, select")) return;
    const step = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    const sideways = event.key.startsWith("Arrow") && frame.scrollWidth > frame.clientWidth;  // a larger page is moved by them
    if (step && !sideways) { event.preventDefault(); go(current + step); }
  });
  part("page").addEventListener("change", (event) => { const typed = parseInt(event.target.value, 10); if (typed) go(typed); else event.target.value = current; });
  let width = frame.clientWidth;  // a phone's bars come and go, which is no reason to draw anew
  window.addEventListener("resize", () => { if (frame.clientWidth !== width) { width = frame.clientWidth; again(); } });
  window.addEventListener("pagehide", () => tell(true));
};

part("status").textContent = "Opening…";
open().then(async (book) => {
  part("count").textContent = book.numPages;
  part("tools").hidden = false;
  await lay(book);
  part("status").textContent = "";
}).catch(() => {
  part("status").textContent = "";
  part("error").hidden = false;
});
