"""Which parcel some lines of an order go in: one that holds exactly them, or a new one split off the order's only parcel."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.channels.order_facts import Sent
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms import shopee_orders as orders
from app.channels.platforms.shopee_errors import NAME
from app.channels.platforms.shopee_line import Line
from app.channels.platforms.shopee_words import line_id, said
from app.core.errors import ProviderError
from app.core.wire import mapping, present, rows

Found = Mapping[str, Any]
NAMES = ("item_id", "model_id", "order_item_id", "promotion_group_id", "model_quantity")


def holding(line: Line, sent: Sent) -> Sent:
    """The same with the parcel that holds just its lines. Asked again after a lost answer it finds what was split before.

    Raises ProviderError (permanent) where the lines lie in several parcels, or the order is gone.
    """
    order = next(iter(orders.details(line, [sent.order_id])), None)
    if order is None:
        raise ProviderError(NAME, "does not know this order", permanent=True, remote_code="error_not_found")
    wanted, parcels = set(sent.items), _living(order)
    for one in parcels:
        if {line_id(row) for row in rows(one.get("item_list"))} == wanted:
            return replace(sent, package_id=said(one.get("package_number")))
    if not parcels:
        return sent
    if len(parcels) != 1:
        raise ProviderError(NAME, "has these goods in several parcels; send each parcel on its own", permanent=True)
    return replace(sent, package_id=_split(line, sent.order_id, rows(parcels[0].get("item_list")), wanted))


def _living(order: Found) -> list[Found]:
    return [one for one in rows(order.get("package_list")) if facts.package(one, "").state != "cancelled"]


def _split(line: Line, order_id: str, packed: Sequence[Found], wanted: set[str]) -> str:
    """All goods in one request, over two parcels; returns the number of the one with what is wanted."""
    chosen = [row for row in packed if line_id(row) in wanted]
    rest = [row for row in packed if line_id(row) not in wanted]
    if len(chosen) != len(wanted) or not rest:
        raise ProviderError(NAME, "has not all of these goods in this order any more", permanent=True)
    body = {
        "order_sn": order_id,
        "package_list": [{"item_list": [_row(one) for one in part]} for part in (chosen, rest)],
    }
    made = mapping(line.post("/api/v2/order/split_order", body).get("response"))
    for one in rows(made.get("package_list")):
        if {line_id(row) for row in rows(one.get("item_list"))} == wanted:
            return said(one.get("package_number"))
    raise ProviderError(NAME, "has split the order, but not as it was asked", permanent=False, unknown=True)


def _row(found: Found) -> dict[str, Any]:
    """A row as it was given; model 0 is a value like any other."""
    return {**present({name: found.get(name) for name in NAMES}), "model_id": found.get("model_id") or 0}
