"""WooCommerce as the sandbox speaks it: webhooks with a ping, bodies of the moment they leave, twins, and no second try."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from tests.channels.woocommerce import recorded
from tests.letters import postbox
from tests.sandbox.conftest import Sandbox, wait_until
from tests.sandbox.test_woocommerce_goods import alike
from tests.sandbox.woocommerce import Box, Doc, Site


@pytest.fixture(scope="module")
def letters() -> Iterator[Box]:
    with postbox(Box()) as one:
        yield one


@pytest.fixture
def site(sandbox: Sandbox, letters: Box) -> Iterator[Site]:
    letters.found.clear()
    letters.status = 200
    doc = sandbox.post("market/shops", platform="woocommerce", name="Northlight", identifier="northlight")
    one = Site(sandbox.url, letters, doc).keys()
    one.product()
    yield one
    letters.status = 200


def listening(site: Site, *topics: str) -> None:
    """Webhooks of these topics, their pings forgotten."""
    for topic in topics:
        site.hook(topic)
    site.box.found.clear()


def heard(site: Site, topic: str, count: int = 1) -> list[Doc]:
    wait_until(lambda: len(site.box.bodies(topic)) >= count, f"{count} × {topic}")
    site.quiet()
    return site.box.bodies(topic)


# --- registering
def test_a_new_webhook_is_pinged_with_a_form_and_no_signature(site: Site) -> None:
    made = site.hook("order.updated", path="/webhooks/woocommerce/1")
    assert [one for one in alike(made, recorded("webhook_create")) if ".hooks" not in one] == []
    assert (made["status"], made["resource"], made["event"]) == ("active", "order", "updated") and "secret" not in made
    ((path, headers, raw),) = site.box.found
    assert path == "/webhooks/woocommerce/1" and raw == f"webhook_id={made['id']}".encode()
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "X-WC-Webhook-Signature" not in headers and "Hookshot" in headers["User-Agent"]


@pytest.mark.parametrize("status", [204, 302, 401, 500])
def test_a_ping_that_is_not_answered_200_makes_no_webhook(site: Site, status: int) -> None:
    site.box.status = status
    wish = {"topic": "order.updated", "delivery_url": f"{site.box.url}/hook"}
    assert str(status) in site.no(400, "POST", "/webhooks", wish)["message"]
    assert site.get("/webhooks") == []


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"topic": "order.eaten"}, "woocommerce_rest_webhook_invalid_topic"), ({"topic": ""}, "woocommerce_rest_webhook_invalid_topic"),
        ({"delivery_url": "ftp://x"}, "woocommerce_rest_webhook_invalid_delivery_url"), ({"status": "asleep"}, "woocommerce_rest_webhook_invalid_status"),
    ],
    ids=str,
)  # fmt: skip
def test_a_webhook_that_makes_no_sense_is_refused(site: Site, wish: Doc, code: str) -> None:
    usual = {"topic": "order.updated", "delivery_url": f"{site.box.url}/hook"}
    assert site.no(400, "POST", "/webhooks", {**usual, **wish})["code"] == code
    assert site.get("/webhooks") == [] and site.box.found == []


def test_webhooks_are_listed_changed_and_deleted(site: Site) -> None:
    first, second = site.hook("order.updated"), site.hook("product.updated")
    assert [one["id"] for one in site.get("/webhooks")] == [second["id"], first["id"]]
    path = f"/webhooks/{first['id']}"
    assert site.send("PUT", path, {"status": "paused"})["status"] == "paused" == site.get(path)["status"]
    assert [one["id"] for one in site.get("/webhooks", status="paused")] == [first["id"]]
    assert site.send("PUT", path, {"delivery_url": f"{site.box.url}/other"})["delivery_url"].endswith("/other")
    assert site.no(501, "DELETE", path)["code"] == "woocommerce_rest_trash_not_supported"
    site.send("DELETE", path, None, force="true")
    assert site.no(404, "GET", path)["code"].endswith("invalid_id") and len(site.get("/webhooks")) == 1


# --- deliveries
def test_a_delivery_is_signed_over_its_escaped_bytes(site: Site) -> None:
    listening(site, "order.updated")
    order = site.place(recipient={"name": "Nguyễn Huệ"})
    heard(site, "order.updated")
    path, headers, raw = site.box.found[0]
    assert (
        base64.b64encode(hmac.new(b"s3cret", raw, hashlib.sha256).digest()).decode()
        == headers["X-WC-Webhook-Signature"]
    )
    assert b"https:\\/\\/" in raw or b"http:\\/\\/" in raw
    assert b"Nguy\\u1ec5n" in raw and b"/wp-json" not in raw.replace(b"\\/", b"")
    assert raw.isascii() and path == "/hook"
    assert headers["X-WC-Webhook-Topic"] == "order.updated" and headers["X-WC-Webhook-Source"] == f"{site.home}/"
    assert (headers["X-WC-Webhook-Resource"], headers["X-WC-Webhook-Event"]) == ("order", "updated")
    assert (
        headers["X-WC-Webhook-ID"] == str(site.get("/webhooks")[0]["id"])
        and len(headers["X-WC-Webhook-Delivery-ID"]) == 32
    )
    assert json.loads(raw) == site.get(f"/orders/{order['id']}")


def test_a_checkout_is_told_by_twins_with_one_body(site: Site) -> None:
    listening(site, "order.created", "order.updated")
    site.place()
    (created,), (updated, *_) = heard(site, "order.created"), heard(site, "order.updated")
    assert created == updated


def test_a_body_is_built_when_it_leaves(site: Site) -> None:
    """The created push is held back; what it says then is newer than what it is about."""
    listening(site, "order.created")
    site.door("faults", kind="slow", event="woocommerce.order.created", seconds=1)
    order = site.place()
    site.status(order, "on-hold")
    assert heard(site, "order.created")[0]["status"] == "on-hold"


def test_changes_of_goods_are_told_by_the_variation(site: Site) -> None:
    listening(site, "product.created", "product.updated", "product.deleted")
    made = site.product(title="Quiet corner")
    assert heard(site, "product.created")[0]["id"] == int(made["id"])
    sku = made["skus"][1]
    site.door(f"{site.base}/products/{made['id']}/stock", sku_id=sku["id"], stock=3)
    (told,) = heard(site, "product.updated")
    assert (told["id"], told["parent_id"], told["stock_quantity"], told["type"]) == (
        int(sku["id"]),
        int(made["id"]),
        3,
        "variation",
    )
    site.door(f"{site.base}/products/{made['id']}/state", state="deleted")
    assert heard(site, "product.deleted") == [{"id": int(made["id"])}]


def test_a_setting_of_stock_by_the_api_echoes(site: Site) -> None:
    made = site.simple()
    listening(site, "product.updated")
    site.send("PUT", f"/products/{made['id']}", {"stock_quantity": 3})
    assert heard(site, "product.updated")[0]["stock_quantity"] == 3


def test_of_what_was_deleted_only_the_number_is_told(site: Site) -> None:
    listening(site, "order.deleted")
    order = site.place()
    site.send("DELETE", f"/orders/{order['id']}", None)
    assert heard(site, "order.deleted")[0] == {"id": int(order["id"])}


def test_only_active_webhooks_of_a_topic_hear_of_it(site: Site) -> None:
    listening(site, "order.created", "product.updated")
    paused = site.get("/webhooks")[1]
    site.send("PUT", f"/webhooks/{paused['id']}", {"status": "paused"})
    site.place()
    heard(site, "product.updated")
    assert site.box.bodies("order.created") == []


def test_two_deliveries_within_a_second_have_one_number(site: Site) -> None:
    listening(site, "order.updated")
    site.door("faults", kind="duplicate_event", event="woocommerce.order.updated")
    site.place()
    wait_until(lambda: len(site.box.found) >= 2, "both copies")
    numbers = [headers["X-WC-Webhook-Delivery-ID"] for _, headers, _ in site.box.found]
    assert len(set(numbers)) <= 2 and len({raw for _, _, raw in site.box.found}) == 1


# --- failures
def test_what_was_not_accepted_is_never_sent_again(site: Site) -> None:
    listening(site, "order.created")
    site.box.status = 500
    site.place()
    wait_until(lambda: site.box.found, "the only try")
    site.quiet()
    site.door("clock", advance=86_400)
    site.quiet()
    assert len(site.box.bodies("order.created")) == 1 and site.get("/webhooks")[0]["status"] == "active"


def test_the_seventh_failure_in_a_row_switches_a_webhook_off(site: Site) -> None:
    site.simple(None)
    listening(site, "order.created")

    def push(status: int, times: int) -> None:
        site.box.status = status
        for _ in range(times):
            before = len(site.box.found)
            site.place("MUG")
            wait_until(lambda: len(site.box.found) > before, "a try")  # noqa: B023
            site.quiet()

    push(500, 6)
    assert site.get("/webhooks")[0]["status"] == "active"
    push(200, 1)
    push(410, 6)
    assert site.get("/webhooks")[0]["status"] == "active"
    push(500, 1)
    hook = site.get("/webhooks")[0]
    assert hook["status"] == "disabled"
    seen, site.box.status = len(site.box.found), 200
    site.place("MUG")
    site.quiet()
    assert len(site.box.found) == seen
    site.send("PUT", f"/webhooks/{hook['id']}", {"status": "active"})
    push(500, 6)
    assert site.get("/webhooks")[0]["status"] == "active"
