// Counts orders that were paid since the page was opened, and offers to show them; rows never move by themselves.
(() => {
  const place = document.querySelector("[data-new-orders]");
  if (!place) return;
  const seen = new Set();
  const drawn = document.getElementById("live")?.dataset.since ?? "";
  document.body.addEventListener(place.dataset.newOrders, (event) => {
    const detail = event.detail || {};
    if (detail.id && detail.id < drawn) return; // told again by the stream; this page has it (ids sort by time)
    let id = detail.id || detail.lastEventId || seen.size;
    try { id = JSON.parse(detail.data || "{}").order_id || id; } catch (error) { console.warn("live message without ids", error); }
    seen.add(String(id));
    const link = document.createElement("a");
    link.className = "button button-s";
    link.href = place.dataset.newOrdersHref;
    link.textContent = `${seen.size} new ${seen.size === 1 ? "order" : "orders"} — show`;
    const pill = document.createElement("div");
    pill.className = "new-pill";
    pill.append(link);
    place.replaceChildren(pill);
    document.title = document.title.replace(/^(\(\d+ new\) )?/, `(${seen.size} new) `);
  });
  const rows = () => [...document.querySelectorAll("[data-rows] .row-link")];
  document.addEventListener("keydown", (event) => {
    if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('meta[name="hotkeys"][content="off"]') || event.target.closest("input, select, textarea, dialog")) return;
    const links = rows();
    const next = links[links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1)];
    if (next) next.focus();
  });
})();
