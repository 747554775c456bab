"""What nobody foresaw: values and members of TikTok's answers that are new never raise and change nothing."""

from typing import Any

import pytest

from app.channels.channel_facts import (
    PACKAGE_STATES,
    RETURN_STATES,
    STATES,
)
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_orders as orders
from tests.channels.tiktok import (
    RECORDED,
    RETURN,
    order,
    recorded,
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
