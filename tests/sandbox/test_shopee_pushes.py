"""Shopee's pushes from the sandbox: configured, signed, repeated, lost, suspended (SHOPEE.md §8, §9, TRAPS.md C17, C19)."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Sandbox, wait_until
from tests.sandbox.pushes import Pushes
from tests.sandbox.shopee import KEY, PARTNER, Caller, Shop, consent, opened, pushes

SET, GET = "/api/v2/push/set_app_push_config", "/api/v2/push/get_app_push_config"
LOST, SEEN = "/api/v2/push/get_lost_push_message", "/api/v2/push/confirm_consumed_lost_push_message"
EVERY = [1, 2, 3, 4, 8, 12, 15]


@pytest.fixture
def letters() -> Iterator[Pushes]:
    with pushes() as found:
        yield found


@pytest.fixture
def shop(sandbox: Sandbox, letters: Pushes) -> Shop:
    """A shop whose pushes are all on; the test push has arrived."""
    one = opened(sandbox)
    on(one, letters)
    letters.found.clear()
    return one


def on(shop: Caller, letters: Pushes, *codes: int) -> None:
    Caller(shop.sandbox).post(SET, callback_url=letters.url, set_push_config_on=list(codes or EVERY))


def config(shop: Caller) -> Any:
    return Caller(shop.sandbox).get(GET)


def proof(url: str, raw: bytes, key: bytes = KEY.encode()) -> str:
    return hmac.new(key, url.encode() + b"|" + raw, hashlib.sha256).hexdigest()


# --- configuration
def test_an_address_is_taken_when_it_answers_a_test_push(sandbox: Sandbox, letters: Pushes) -> None:
    shop = opened(sandbox)
    assert config(shop)["push_config_on_list"] == []
    on(shop, letters, 3, 4)
    ((_, headers, raw),) = letters.found
    assert headers["authorization"] == proof(letters.url, raw) and json.loads(raw)["code"] == 0
    found = config(shop)
    assert (found["callback_url"], found["push_config_on_list"], found["live_push_status"]) == (
        letters.url,
        [3, 4],
        "Normal",
    )
    Caller(sandbox).post(SET, set_push_config_off=[4], set_push_config_on=[15])
    assert config(shop)["push_config_on_list"] == [3, 15] and 4 in config(shop)["push_config_off_list"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"callback_url": "http://127.0.0.1:9/nobody"},
        {"callback_url": "ftp://x"},
        {"set_push_config_on": [99]},
        {"blocked_shop_id_list": ["a"]},
        {"blocked_shop_id_list": [1] * 501},
    ],
)
def test_a_configuration_that_makes_no_sense_changes_nothing(shop: Shop, wrong: dict[str, Any]) -> None:
    before = config(shop)
    assert Caller(shop.sandbox).refused("POST", SET, {"set_push_config_off": [3], **wrong})[0] == "error_param"
    assert config(shop)["push_config_on_list"] == before["push_config_on_list"]


def test_an_address_that_refuses_the_test_push_is_not_taken(shop: Shop, letters: Pushes) -> None:
    letters.status = 500
    error = Caller(shop.sandbox).refused("POST", SET, {"callback_url": letters.url, "set_push_config_on": [5]})
    assert error == ("error_param", "this callback_url is invalid, please check your callback_url.")
    assert 5 not in config(shop)["push_config_on_list"]


# --- what is told
def test_an_order_is_told_signed_over_address_and_body(shop: Shop, letters: Pushes) -> None:
    order = shop.place()
    (body,) = letters.wait(3)
    ((_, headers, raw),) = letters.found
    assert headers["authorization"] == proof(letters.url, raw) and b'": ' not in raw
    assert body == {
        "data": {"items": [], "ordersn": order["id"], "status": "READY_TO_SHIP", "completed_scenario": "", "update_time": order["updated"]},
        "shop_id": int(shop.shop), "code": 3, "timestamp": body["timestamp"],
    }  # fmt: skip


def test_the_push_key_may_be_its_own_and_in_hex(shop: Shop, letters: Pushes) -> None:
    for hexed in (False, True):
        shop.sandbox.post("shopee/options", push_key="6b6579", push_key_is_hex=hexed)
        letters.found.clear()
        shop.place()
        letters.wait(3)
        ((_, headers, raw),) = letters.found
        assert headers["authorization"] == proof(letters.url, raw, b"key" if hexed else b"6b6579")


def test_numbers_and_labels_are_told_once_each(shop: Shop, letters: Pushes) -> None:
    order = shop.place()
    shop.ship(order)
    shop.sandbox.post("clock", advance=10)
    (told,) = letters.wait(4)
    number = shop.get("/api/v2/logistics/get_tracking_number", order_sn=order["id"])["tracking_number"]
    assert (told["data"]["ordersn"], told["data"]["tracking_no"]) == (order["id"], number)
    row = {"order_sn": order["id"], "tracking_number": number, "shipping_document_type": "THERMAL_AIR_WAYBILL"}
    shop.post("/api/v2/logistics/create_shipping_document", order_list=[row])
    shop.sandbox.post("clock", advance=10)
    (ready,) = letters.wait(15)
    assert (ready["data"]["ordersn"], ready["data"]["status"]) == (order["id"], "READY")
    for _ in range(3):
        shop.post("/api/v2/logistics/get_shipping_document_result", order_list=[row])
    assert len(letters.bodies(4)) == len(letters.bodies(15)) == 1


def test_statuses_are_told_as_they_change_and_again_after_a_late_return(shop: Shop, letters: Pushes) -> None:
    order = shop.place(state="unpaid")
    for act in ("pay", "arrange", "collect", "deliver", "complete", "ask_return", "answer_return", "receive"):
        shop.act(order, act, **{"arrange": {"method": "pickup"}, "answer_return": {"accept": True}}.get(act, {}))
    wait_until(lambda: any(one["data"]["completed_scenario"] for one in letters.bodies(3)), "RRAOC is told")
    words = {(one["data"]["status"], one["data"]["completed_scenario"]) for one in letters.bodies(3)}
    assert words >= {
        ("UNPAID", ""),
        ("READY_TO_SHIP", ""),
        ("PROCESSED", ""),
        ("SHIPPED", ""),
        ("TO_CONFIRM_RECEIVE", ""),
        ("COMPLETED", ""),
        ("COMPLETED", "RRAOC"),
    }


def test_reserved_stock_is_told(shop: Shop, letters: Pushes) -> None:
    shop.door(f"products/{shop.item()}/floor", sku_id=str(shop.model()), floor=2)
    (told,) = letters.wait(8)
    assert (told["data"]["item_id"], told["data"]["variation_id"], told["data"]["reserved_stock"]) == (
        shop.item(),
        shop.model(),
        2,
    )


@pytest.mark.parametrize(("cause", "named"), [("seller", set()), ("console", {"shop_id"}), ("platform", {"shopid"})])
def test_the_end_of_a_consent_is_told_in_several_shapes(
    shop: Shop, letters: Pushes, cause: str, named: set[str]
) -> None:
    shop.sandbox.post(f"market/shops/shopee/{shop.shop}/end-access", cause=cause)
    (told,) = letters.wait(2)
    assert "shop_id" not in told and told["partner_id"] == int(PARTNER)
    assert {"shop_id", "shopid"} & set(told["data"]) == named and (
        named or f"shop id {shop.shop} " in told["data"]["extra"]
    )


def test_a_consent_and_its_coming_end_are_told(shop: Shop, letters: Pushes) -> None:
    consent(shop.sandbox, shop.shop)
    (told,) = letters.wait(1)
    assert told["data"]["shop_id"] == int(shop.shop) and "shop_id" not in told
    shop.sandbox.post("clock", advance=357 * 86400)
    assert letters.bodies(12) == []
    shop.sandbox.post("clock", advance=2 * 86400)
    (ends,) = letters.wait(12)
    assert ends["data"]["shop_expire_soon"] == [int(shop.shop)] and ends["data"]["expire_before"] > ends["timestamp"]


def test_what_is_off_or_blocked_is_not_told(shop: Shop, letters: Pushes) -> None:
    Caller(shop.sandbox).post(SET, set_push_config_off=[3])
    shop.place()
    Caller(shop.sandbox).post(SET, set_push_config_on=[3], blocked_shop_id_list=[int(shop.shop)])
    shop.place()
    other = opened(shop.sandbox)
    other.place()
    assert [one["shop_id"] for one in letters.wait(3)] == [int(other.shop)]


# --- repeated, disordered, lost
def test_a_push_that_is_refused_comes_again_with_another_timestamp(shop: Shop, letters: Pushes) -> None:
    letters.status = 500
    shop.place()
    letters.wait(3)
    for pause, count in ((299, 1), (2, 2), (1801, 3)):
        shop.sandbox.post("clock", advance=pause)
        assert len(letters.wait(3, count)) == count
    letters.status = 200
    shop.sandbox.post("clock", advance=10801)
    every = letters.wait(3, 4)
    assert len({json.dumps(one["data"]) for one in every}) == 1 and len({one["timestamp"] for one in every}) == 4
    assert Caller(shop.sandbox).get(LOST)["push_message_list"] == []


def test_faults_duplicate_and_reorder(shop: Shop, letters: Pushes) -> None:
    shop.sandbox.post("faults", kind="duplicate_event", event="shopee.3")
    first = shop.place()
    assert {one["data"]["ordersn"] for one in letters.wait(3, 2)} == {first["id"]}
    letters.found.clear()
    shop.sandbox.post("faults", kind="reorder_events", event="shopee.3", times=2)
    second, third = shop.place(), shop.place()
    assert [one["data"]["ordersn"] for one in letters.wait(3, 2)] == [third["id"], second["id"]]


def test_lost_pushes_are_kept_until_they_are_confirmed(shop: Shop, letters: Pushes) -> None:
    shop.sandbox.post("faults", kind="drop_event", event="shopee.3", times=3)
    orders = [shop.place()["id"] for _ in range(3)]
    found = Caller(shop.sandbox).get(LOST)
    assert len(found["push_message_list"]) == 3 and not found["has_next_page"]
    bodies = [
        json.loads(one["data"]) if isinstance(one["data"], str) else one["data"] for one in found["push_message_list"]
    ]
    assert [one["data"]["ordersn"] for one in bodies] == orders
    assert {type(one["data"]) for one in found["push_message_list"]} == {str, dict}
    assert Caller(shop.sandbox).refused("POST", SEEN, {})[0] == "error_param"
    Caller(shop.sandbox).post(SEEN, last_message_id=found["last_message_id"])
    assert Caller(shop.sandbox).get(LOST)["push_message_list"] == [] and letters.bodies(3) == []


def test_lost_pushes_are_forgotten_after_three_days_and_come_in_hundreds(shop: Shop) -> None:
    shop.sandbox.post("faults", kind="drop_event", event="shopee.3", times=101)
    shop.door("products", products=[{"title": "Many", "skus": [{"sku": "MANY", "price": 100, "stock": 200}]}])
    shop.door("orders", sku="MANY", times=101)
    first = Caller(shop.sandbox).get(LOST)
    assert len(first["push_message_list"]) == 100 and first["has_next_page"]
    Caller(shop.sandbox).post(SEEN, last_message_id=first["last_message_id"])
    assert len(Caller(shop.sandbox).get(LOST)["push_message_list"]) == 1
    shop.sandbox.post("clock", advance=3 * 86400 + 1)
    assert Caller(shop.sandbox).get(LOST)["push_message_list"] == []


def test_an_address_that_refuses_too_much_is_suspended_and_wakes_up_again(shop: Shop, letters: Pushes) -> None:
    shop.sandbox.post("shopee/options", suspend_after=3)
    letters.status = 500
    for _ in range(4):
        shop.place()
    wait_until(lambda: config(shop)["live_push_status"] == "Suspended", "the address is suspended")
    assert config(shop)["suspended_time"]
    letters.status = 200
    letters.found.clear()
    held = shop.place()
    lost = Caller(shop.sandbox).get(LOST)["push_message_list"]
    assert any(held["id"] in json.dumps(one["data"]) for one in lost) and letters.bodies(3) == []
    on(shop, letters)
    assert config(shop)["live_push_status"] == "Normal"
    fresh = shop.place()
    wait_until(lambda: fresh["id"] in {one["data"]["ordersn"] for one in letters.bodies(3)}, "pushes arrive again")


def test_doors_refuse_options_that_do_not_exist(shop: Shop) -> None:
    for body in ({"made_up": 1}, {"polls": "2"}):
        assert requests.post(f"{shop.sandbox.url}/_sandbox/shopee/options", json=body, timeout=20).status_code == 400
