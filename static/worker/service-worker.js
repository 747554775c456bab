// Keeps what is everybody's (static files by their hash, the page for no network) and shows what is pushed. Never a page of
// somebody's, never an answer of the API; what it does not handle goes to the network as if it were not here.
"use strict";
const CACHE = `guildhall-${APP.release}`;
const STATIC = "/static/dist/";
const ALONE = /^\/(?:checkout|cart|d|live|api|webhooks|sign-out|auth|me\/google|static|media)(?:\/|$)/;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  await cache.addAll(APP.files);
  await cache.add(new Request(APP.offline, { credentials: "omit", cache: "reload" }));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("guildhall-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  const navigates = request.mode === "navigate";
  if (url.pathname.startsWith(STATIC) && !navigates) event.respondWith(file(event));
  else if (navigates && !ALONE.test(url.pathname)) event.respondWith(page(request));
});

// The name of a static file carries its hash, so what was kept once is right for ever. During a deploy an old name may be
// answered with a newer file: such an answer is not immutable, and is not kept.
const file = async (event) => {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(event.request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(event.request);
  const lasts = answer.headers.get("Cache-Control")?.includes("immutable");
  if (answer.ok && answer.type === "basic" && lasts) event.waitUntil(cache.put(event.request, answer.clone()));
  return answer;
};

// The network's answer, whatever it is; without a network the one page that belongs to nobody.
const page = async (request) => {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(APP.offline, { ignoreVary: true });
    if (!kept) throw error;
    const headers = new Headers({ "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
    headers.set("Content-Security-Policy", kept.headers.get("Content-Security-Policy") ?? "default-src 'none'");
    return new Response(await kept.blob(), { status: 503, statusText: "Offline", headers });
  }
};

// Push: the server says what to show and how many wait. A message that comes twice is shown once and rings once.
const NEWS = { title: "Guildhall", body: "There is news for you.", path: "/inbox", tag: "news", id: "" };
const told = (data) => {
  try {
    return { ...NEWS, ...data.json() };
  } catch {
    return NEWS;
  }
};

const mark = async (count) => {
  if (!("setAppBadge" in self.navigator) || typeof count !== "number") return;
  await (count > 0 ? self.navigator.setAppBadge(count) : self.navigator.clearAppBadge());
};

const show = async (news) => {
  const shown = await self.registration.getNotifications({ tag: news.tag });
  const again = shown.some((one) => news.id && one.data?.id === news.id);
  await self.registration.showNotification(news.title, {
    body: news.body, tag: news.tag, icon: APP.icon, badge: APP.badge, renotify: !again, silent: again, timestamp: Date.now(),
    data: { path: news.path, id: news.id },
  });
};

self.addEventListener("push", (event) => {
  const news = told(event.data);
  event.waitUntil(Promise.all([show(news), mark(news.unread)]));
});

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(show({
  ...NEWS, title: "Push has ended on this device", body: "The browser closed it. Turn it on again under Notifications.",
  path: "/me/notifications#devices", tag: "ended",
})));

// A window that is open is used, but never one in which somebody pays.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/inbox"));
});

const open = async (path) => {
  const target = new URL(path, self.location.origin);
  if (target.origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const free = windows.filter((one) => !ALONE.test(new URL(one.url).pathname));
  const chosen = free.find((one) => one.url === target.href) ?? free.find((one) => one.focused) ?? free[0];
  if (!chosen) return self.clients.openWindow(target.href);
  const front = await chosen.focus().catch(() => chosen);
  if (front.url === target.href) return;
  try {
    await front.navigate(target.href);
  } catch {
    await self.clients.openWindow(target.href);
  }
};
