"""Guildhall as an app: without a network one sees the page that belongs to nobody, and what is pushed is shown and counted."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Town
from tests.journeys.desk import look

pytestmark = pytest.mark.journey
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
  return found;
}"""
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((one) => [one.title, one.body, one.data.path])"""


def controlled(page: Any) -> None:
    """The worker of this release looks after the page."""
    page.goto("/start")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def test_without_a_network_nobodys_page_is_shown_and_what_is_pushed_is(walker: Any, town: Town) -> None:
    seller = walker(**PHONE)
    seller.context.set_default_navigation_timeout(60_000)
    seller.context.grant_permissions(["notifications"], origin=town.url)
    registrations: list[dict[str, Any]] = []
    session = seller.context.new_cdp_session(seller.page)
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    seller.sign_in("nadia@demo.guildhall.example")
    page = seller.page
    controlled(page)
    orders = page.url.rstrip("/") + "/orders"
    page.goto(orders)
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()

    seller.context.set_offline(True)
    page.goto(orders)
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    look(seller)
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    kept = page.evaluate(KEPT)
    assert kept and [one for one in kept if not one.startswith("/static/dist/") and one != "/offline"] == []
    seller.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    page.wait_for_url("**/inbox")
    expect(page.get_by_role("heading", name="Inbox", exact=True)).to_be_visible()

    news = {"title": "New order · Deep Field Studio", "body": "#7 · $25.00", "path": "/inbox", "tag": "t", "id": "1"}
    for _ in range(2):
        where = {"origin": town.url, "registrationId": registrations[-1]["registrationId"]}
        session.send("ServiceWorker.deliverPushMessage", {**where, "data": json.dumps(news | {"unread": 1})})
    # The second takes the place of the first, so for a moment there is none.
    once = json.dumps([[news["title"], news["body"], news["path"]]])
    page.wait_for_function(
        f"async (once) => JSON.stringify(await ({SHOWN})()) === once", arg=once.replace('", "', '","')
    )

    page.goto(orders.removesuffix("/orders"))
    offer = page.get_by_role("complementary", name="Keep Guildhall at hand")
    expect(offer).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeinstallprompt', { cancelable: true }))")
    expect(offer).to_be_visible()
    look(seller)
    offer.get_by_role("button", name="No, thanks").click()
    page.reload()
    page.evaluate("dispatchEvent(new Event('beforeinstallprompt', { cancelable: true }))")
    expect(offer).to_be_hidden()
