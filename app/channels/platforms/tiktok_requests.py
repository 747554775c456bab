"""What TikTok Shop is asked for, and where: paths, bodies, and the slices of a search that is capped (TIKTOK.md §5-8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any, Self

from app.channels.channel_facts import StockChange
from app.channels.order_facts import CancelLine, Handover
from app.channels.platforms.tiktok_errors import NAME
from app.channels.platforms.tiktok_facts import texts
from app.core.errors import ProviderError
from app.core.wire import present, rows, text

SHOPS = "/authorization/202309/shops"
WAREHOUSES = "/logistics/202309/warehouses"
PRODUCTS = "/product/202502/products/search"
PRODUCT = "/product/202309/products"
INVENTORY = "/product/202309/inventory/search"
ORDERS = "/order/202309/orders/search"
ORDER = "/order/202507/orders"
PACKAGES = "/fulfillment/202309/packages"
WEBHOOKS = "/event/202309/webhooks"
CANCELLATIONS = "/return_refund/202602/cancellations"
RETURNS = "/return_refund/202602/returns/search"
REJECT_REASONS = "/return_refund/202309/reject_reasons"
PAGE = 100
RETURNS_PAGE = 50
OPEN = 2**32
"""The end of time for a search (in 2106): TikTok's clock decides what has changed by now, not ours."""
CAP = 10_000
"""Most results of a product search; beyond it the search is cut by the moment of change (12052180)."""
OWN_PARCELS = {"US", "GB", "UK", "ES", "IE", "IT", "DE", "FR", "JP"}
"""Markets where a seller's own parcel is told per order and line; elsewhere TikTok's own package is shipped."""
PART_CANCELS = {"US", "GB", "UK"}
REASONS = {
    "out_of_stock": ("out_of_stock", "stock"),
    "buyer_asked": ("customer_request", "buyer_request", "buyer", "customer"),
    "undeliverable": ("undeliver", "unable_to_deliver", "address", "deliver"),
    "price_error": ("pricing", "price"),
}
"""Our reasons, and what TikTok's names of the like have in them, best first."""
APPROVALS = {
    "REFUND": "APPROVE_REFUND",
    "RETURN_AND_REFUND": "APPROVE_RETURN",
    "REPLACEMENT": "APPROVE_REPLACEMENT",
    "EXCHANGE": "APPROVE_REPLACEMENT",
}


def span(since: datetime, until: datetime) -> dict[str, int]:
    """[since, until) in whole seconds, wide enough to lose none."""
    return {"update_time_ge": int(since.timestamp()), "update_time_lt": ceil(until.timestamp())}


@dataclass(frozen=True)
class Slice:
    """Products changed from `start` to `end`, both included, on the way to the end of time; `token` is TikTok's, within this slice.

    A search stops at 10,000 results, so a slice with more is halved; the cursor carries where the walk is.
    """

    start: int
    end: int = OPEN
    token: str = ""

    @classmethod
    def read(cls, cursor: str) -> Self:
        start, end, token = cursor.split(".", 2)
        return cls(int(start), int(end), token)

    def written(self) -> str:
        return f"{self.start}.{self.end}.{self.token}"

    @property
    def body(self) -> dict[str, Any]:
        bounds = {"update_time_ge": self.start or None, "update_time_le": self.end if self.end < OPEN else None}
        return {"status": "ALL", **present(bounds)}

    def halved(self) -> Self:
        """Its older half, from the beginning. Raises ProviderError when it is one second long."""
        if self.start >= self.end:
            raise ProviderError(NAME, "lists no more than 10,000 products changed in one second", permanent=True)
        return replace(self, end=(self.start + self.end) // 2, token="")

    def next(self) -> Self | None:
        """What is left of the way after this slice."""
        return type(self)(self.end + 1) if self.end < OPEN else None

    def following(self, token: str) -> str:
        """The cursor after this page: the next page, the next slice, or the end."""
        after = replace(self, token=token) if token else self.next()
        return after.written() if after else ""


# --- stock
def stock(changes: Sequence[StockChange], warehouse: str) -> dict[str, Any]:
    """Quantities to be set; `warehouse` stands in for the nameless one, and a single place needs no name at all."""
    return {"skus": [{"id": one.ref.variant, "inventory": _inventory(one.stock, warehouse)} for one in changes]}


def _inventory(found: Mapping[str, int], warehouse: str) -> list[dict[str, Any]]:
    named = [(place or warehouse, quantity) for place, quantity in found.items()]
    return [{**({"warehouse_id": place} if place else {}), "quantity": quantity} for place, quantity in named]


def completed(change: StockChange, current: Mapping[str, int], warehouse: str) -> StockChange:
    """The change for all of the SKU's warehouses: those it does not name keep what they have.

    A quantity without a warehouse is the whole of it, so the others are emptied.
    """
    if "" not in change.stock:
        return replace(change, stock={**current, **change.stock})
    chosen = warehouse if warehouse in current else next(iter(current), warehouse)
    return replace(change, stock={**dict.fromkeys(current, 0), chosen: change.stock[""]})


# --- parcels
def handed_over(way: Handover) -> dict[str, Any]:
    """For TikTok's carrier; `PICKUP:start:end` or `DROP_OFF`."""
    method, _, times = way.id.partition(":")
    start, _, end = times.partition(":")
    slot = {"pickup_slot": {"start_time": int(start), "end_time": int(end)}} if start and end else {}
    return {"handover_method": method, **slot}


def self_shipment(tracking_number: str, provider_id: str) -> dict[str, Any]:
    return {"self_shipment": {"tracking_number": tracking_number, "shipping_provider_id": provider_id}}


def own_parcel(lines: Sequence[str], tracking_number: str, provider_id: str) -> dict[str, Any]:
    return {
        "order_line_list": [{"order_line_item_id": one} for one in lines],
        "shipping_info_list": [{"tracking_number": tracking_number, "shipping_provider_id": provider_id}],
    }


def provider(found: Sequence[Mapping[str, Any]], carrier: str) -> str:
    """The id of the carrier of that name. Raises ProviderError in words when TikTok knows none."""
    wanted = _plain(carrier)
    known = {_plain(text(one.get("name"))): text(one.get("id")) for one in found}
    if wanted in known:
        return known[wanted]
    near = [name for name in known if wanted and (name.startswith(wanted) or wanted.startswith(name))]
    if len(near) == 1:
        return known[near[0]]
    names = ", ".join(text(one.get("name")) for one in found) or "none"
    words = f"does not know the carrier «{carrier}» here. It knows: {names}. Nothing was told the buyer"
    raise ProviderError(NAME, words, permanent=True, remote_code="carrier")


def _plain(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())


# --- when it does not happen
def cancel_reason(eligibility: Mapping[str, Any], reason: str) -> str:
    """TikTok's nearest reason of those that this order may have. Raises ProviderError when it cannot be cancelled."""
    entries = [
        one for sku in rows(eligibility.get("sku_eligibility")) for one in rows(sku.get("line_item_eligibility"))
    ]
    entries = [one for one in entries if text(one.get("request_type")) in ("", "CANCEL")]
    free = [one for one in entries if one.get("eligible") is not False]
    names = [name for one in free for name in texts(one.get("available_reason_names"))]
    if not names:
        said = next((text(one.get("ineligible_reason")) for one in entries if one.get("ineligible_reason")), "")
        words = f"does not let this order be cancelled{': ' if said else ''}{said.rstrip('.')}. Nothing was cancelled"
        raise ProviderError(NAME, words, permanent=True, remote_code="not_eligible")
    for piece in REASONS.get(reason, ()):
        for name in names:
            if piece in name.lower():
                return name
    return names[0]


def cancellation(order_id: str, reason: str, lines: Sequence[CancelLine]) -> dict[str, Any]:
    """The whole order, or single units; by line where the lines are known, else by SKU and quantity."""
    body: dict[str, Any] = {"order_id": order_id, "cancel_reason": reason}
    units = [one for line in lines for one in list(line.ids)[: line.quantity]]
    skus = [{"sku_id": line.ref.variant, "quantity": line.quantity} for line in lines if not line.ids]
    return {**body, **present({"order_line_item_ids": units, "skus": skus})}


def decision(found: Mapping[str, Any], accept: bool) -> str:
    """The seller's word that fits a return's kind and where it stands."""
    arrived = text(found.get("return_status")) == "BUYER_SHIPPED_ITEM"
    said = "APPROVE_RECEIVED_PACKAGE" if arrived else APPROVALS.get(text(found.get("return_type")), "APPROVE_RETURN")
    return said if accept else said.replace("APPROVE", "REJECT")
