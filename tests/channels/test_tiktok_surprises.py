"""What nobody foresaw: values and members of TikTok's answers that are new never raise and change nothing."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from app.channels.channel_facts import Ref, StockChange
from app.channels.order_facts import PACKAGE_STATES, RETURN_STATES, STATES, Sent
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_orders as orders
from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.tiktok_signing import push_signature
from app.core.errors import ProviderError
from tests.channels.tiktok import (
    ELIGIBLE,
    LONG_AGO,
    RECORDED,
    RETURN,
    order,
    recorded,
    registration,
    saying,
    told,
)

# --- what nobody foresaw
STRANGE = [None, "", "new word", {"x": 1}, [], True]


def test_unknown_values_never_raise() -> None:
    for member in (
        "status",
        "packages",
        "recipient_address",
        "cancel_reason",
        "shipping_type",
        "update_time",
        "is_cod",
    ):
        for value in STRANGE:
            found = orders.order(order(**{member: value}))
            assert found.state in STATES and all(one.state in PACKAGE_STATES for one in found.packages)
    for value in ("BRAND_NEW", None):
        assert facts.returned({**RETURN, "return_status": value, "return_type": value}).state in RETURN_STATES
        assert facts.package({"package_id": 1, "package_status": value}).state == "unknown"
        assert facts.listings({"id": 1, "status": value, "skus": [{"id": 2}]}, {})[0].state == "active"


@pytest.mark.parametrize("file", sorted(one.stem for one in RECORDED.glob("*_response.json")))
def test_unknown_members_change_nothing(file: str) -> None:
    """Every answer may grow: read with members nobody knows, it says what it said before."""
    answer = recorded(file)
    reader = READERS.get(file)
    grown = told(_grown(answer["data"]))
    assert reader is None or reader(answer["data"]) == reader(grown["data"])


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _grown(one) for name, one in value.items()}, "brand_new": {"nested": [1, None]}}
    return [_grown(one) for one in value] if isinstance(value, list) else value


def _without_raw(found: Any) -> Any:
    return [{name: value for name, value in vars(one).items() if name != "raw"} for one in found]


READERS: dict[str, Any] = {
    "order_detail_202309_response": lambda data: _without_raw(orders.order(one) for one in data["orders"]),
    "order_search_response": lambda data: [orders.ref(one) for one in data["orders"]],
    "product_detail_response": lambda data: _without_raw(facts.listings(data, {})),
    "product_search_202502_response": lambda data: _without_raw(facts.listings(data["products"][0], {})),
    "package_detail_response": facts.package,
    "handover_time_slots_response": facts.handovers,
    "order_tracking_response": facts.scans,
    "warehouses_response": lambda data: [facts.warehouse(one) for one in data["warehouses"]],
    "authorized_shops_response": lambda data: [facts.shop(one) for one in data["shops"]],
    "token_get_response": facts.tokens,
    "inventory_search_response": lambda data: {k: facts.per_warehouse(v) for k, v in facts.stocks(data).items()},
}


# --- nonsense in any place of any answer
ONLY = {
    "errors": [{"code": 1, "message": "no", "detail": {"sku_id": "2", "extra_errors": [{"code": 2, "message": "x"}]}}]
}
WISH = {"order_id": "5", "cancel_id": "9", "cancel_status": "CANCELLATION_REQUEST_PENDING", "update_time": 3}
CANCELLED = told({"orders": [order(status="CANCELLED", split_or_combine_tag="COMBINED")]})
WAYS: dict[str, tuple[list[Any], Callable[[TikTok], Any]]] = {
    "listings": ([recorded("product_search_202502_response"), recorded("inventory_search_response")], lambda one: one.listings()),
    "listing": ([recorded("product_detail_response"), recorded("inventory_search_response")], lambda one: one.listing("1")),
    "orders": ([recorded("order_search_response")], lambda one: one.orders(LONG_AGO, LONG_AGO)),
    "read_orders": (
        [CANCELLED, told({"cancellations": [WISH]}), recorded("package_detail_response")],
        lambda one: one.read_orders(["5"]),
    ),
    "set_stock": ([told(ONLY)], lambda one: one.set_stock([StockChange(Ref("1", "2"), {"": 0})])),
    "warehouses": ([recorded("warehouses_response")], lambda one: one.warehouses()),
    "shop": ([recorded("authorized_shops_response")], lambda one: one.shop()),
    "handovers": ([recorded("handover_time_slots_response")], lambda one: one.handovers("1", "2")),
    "scans": ([recorded("order_tracking_response")], lambda one: one.scans("1", "2")),
    "ship": (
        [told({"orders": [order()]}), recorded("shipping_providers_response"), told({"package_id": "7"})],
        lambda one: one.ship(Sent("1", "", carrier="USPS", tracking_number="J1")),
    ),
    "returns": ([told({"return_orders": [RETURN]})], lambda one: one.returns(LONG_AGO, LONG_AGO)),
    "cancel": ([ELIGIBLE, recorded("cancel_order_response")], lambda one: one.cancel("5", "price_error")),
    "answer_return": ([told({"return_orders": [RETURN]}), told()], lambda one: one.answer_return("4035", True)),
    "hooks": ([recorded("webhooks_get_response")], lambda one: one.hooks()),
}  # fmt: skip
JUNK: list[Any] = [None, "", "words", -1, 10**30, 1.5, True, [], {}, [1, None], {"x": {"y": 1}}, [["deep"]]]


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an answer, the whole of it too."""
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(one for name, found in inner for one in places(found, (*way, name)))]


def replaced(value: Any, way: tuple[Any, ...], junk: Any) -> Any:
    if not way:
        return junk
    if isinstance(value, dict):
        return {**value, way[0]: replaced(value[way[0]], way[1:], junk)}
    return [replaced(one, way[1:], junk) if place == way[0] else one for place, one in enumerate(value)]


@pytest.mark.parametrize("name", WAYS)
def test_nonsense_ends_in_words_or_is_read_over(name: str) -> None:
    """Nothing but a ProviderError leaves the adapter, whatever stands in whichever place."""
    answers, does = WAYS[name]
    chance = random.Random(name)
    with saying() as (replay, tiktok):
        for _ in range(60):
            spoiled = chance.randrange(len(answers))
            way = chance.choice(places(answers[spoiled]))
            replay.answers.clear()
            for place, one in enumerate(answers):
                replay.say(replaced(one, way, chance.choice(JUNK)) if place == spoiled else one)
            with suppress(ProviderError):
                does(tiktok)
    assert len(replay.asked) >= 60


def test_nonsense_in_a_push_is_read_over() -> None:
    app = registration("")
    for file in sorted(RECORDED.glob("webhook_*_*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))
        if "type" not in body:
            continue
        for way in places(body):
            for junk in JUNK:
                raw = json.dumps(replaced(body, way, junk)).encode()
                found = TikTok.read_push(app, {"Authorization": push_signature(app.key, app.secret, raw)}, raw)
                assert len(found) <= 1 and all(isinstance(one.key, str) and one.key for one in found)
