// Turning push on and off in this browser. The subscription is the browser's own; the form tells the server where it listens.
(() => {
  const here = document.querySelector("[data-push]");
  if (!here) return;
  const form = here.querySelector("[data-push-form]");
  const says = (state) => here.querySelectorAll("[data-push-says]").forEach((one) => { one.hidden = one.dataset.pushSays !== state; });
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const apple = navigator.standalone === false && navigator.maxTouchPoints > 1;
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  const registered = async () => {
    await window.guildhall.worker();
    return navigator.serviceWorker.ready;
  };
  const subscribed = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription() ?? null;

  const subscribe = async () => {
    const key = bytes(here.dataset.push);
    const manager = (await registered()).pushManager;
    const before = await manager.getSubscription();
    const ours = before?.options.applicationServerKey && text(before.options.applicationServerKey) === here.dataset.push;
    if (before && ours) return before;
    await before?.unsubscribe();
    return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };

  const turnOn = async () => {
    if (await Notification.requestPermission() !== "granted") return says("denied");
    try {
      const made = await subscribe();
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = text(made.getKey("p256dh"));
      form.elements.auth.value = text(made.getKey("auth"));
    } catch {
      return says("failed");
    }
    form.submit();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    says("");
    await turnOn();
    button.disabled = false;
  });
  here.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-push-off]")) return;
    event.preventDefault();
    await (await subscribed())?.unsubscribe();
    event.target.submit();
  });

  const zone = document.querySelector("[data-guess-zone] select");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && [...zone.options].some((one) => one.value === own)) zone.value = own;

  const begin = async () => {
    if (!able) return says(apple ? "apple" : "unable");
    const rings = here.hasAttribute("data-push-on") && Notification.permission === "granted" && await subscribed();
    form.hidden = Boolean(rings);
    if (!rings && Notification.permission === "denied") says("denied");
  };
  begin();
})();
