"""What Shopee is asked for: bodies of changes, ways to hand over, windows of time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.channels.channel_facts import PriceChange, Ref, StockChange
from app.channels.order_facts import CancelLine, Handover, Sent
from app.channels.platforms.shopee_errors import NAME
from app.channels.platforms.shopee_line import number
from app.channels.platforms.shopee_words import TWO_DECIMALS, at, line_parts, said
from app.core.errors import ProviderError
from app.core.money import Money
from app.core.wire import mapping, present, rows, text

LONGEST = timedelta(days=15)
KINDS = {"pickup": "pickup", "dropoff": "drop_off", "non_integrated": "own"}
NUMBERS = ("address_id", "branch_id")
WORDS = {"pickup": "Collected", "dropoff": "Drop it off", "non_integrated": "Send it with a carrier of your own"}


# --- consent
def with_state(redirect: str, state: str) -> str:
    """Shopee keeps no state of its own, so it travels in our address and comes back with it."""
    parts = urlsplit(redirect)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("state", state)])
    return urlunsplit((*parts[:3], query, parts[4]))


# --- windows
def window(since: datetime, until: datetime, cursor: str) -> tuple[int, int, str]:
    """The slice (unix seconds) that a cursor stands in and Shopee's own cursor there; at most 15 days."""
    start, inner = since, ""
    if cursor:
        began, _, inner = cursor.partition("|")
        start = datetime.fromtimestamp(int(began), UTC)
    end = min(until, start + LONGEST)
    return int(start.timestamp()), int(end.timestamp()), inner


def onward(start: int, end: int, until: datetime, more: str) -> str:
    """The cursor after a page: further in this slice, at the beginning of the next, or "" behind the last."""
    if more:
        return f"{start}|{more}"
    return f"{end}|" if end < int(until.timestamp()) else ""


# --- stock and price
def stock(item_id: str, changes: Sequence[StockChange]) -> dict[str, Any]:
    """One item's quantities, absolute; zero is a quantity like any other (TRAPS.md A8)."""
    return {"item_id": number(item_id), "stock_list": [_stock_row(one) for one in changes]}


def _stock_row(change: StockChange) -> dict[str, Any]:
    """A shop with one place names none; the others name each."""
    listed = [
        {**({"location_id": place} if place else {}), "stock": quantity} for place, quantity in change.stock.items()
    ]
    return {"model_id": model(change.ref), "seller_stock": listed}


def model(ref: Ref) -> int | str:
    return number(ref.variant) if ref.variant else 0


def price(item_id: str, changes: Sequence[PriceChange], region: str) -> dict[str, Any]:
    listed = [{"model_id": model(one.ref), "original_price": amount(one, region)} for one in changes]
    return {"item_id": number(item_id), "price_list": listed}


def amount(change: PriceChange, region: str) -> Decimal | int:
    """Main units as a number. Raises ProviderError (permanent) for cents in a region that sells in whole units."""
    value = Money(change.amount_minor, change.currency).decimal
    if region in TWO_DECIMALS:
        return value
    if value != value.to_integral_value():
        raise ProviderError(NAME, f"takes prices in whole {change.currency} in this region", permanent=True)
    return int(value)


# --- handing over
def handovers(found: Mapping[str, Any], sender: str) -> list[Handover]:
    """Every way that `info_needed` names; an empty list there means that the way needs nothing more."""
    ways = []
    needed = mapping(found.get("info_needed"))
    for kind in KINDS:
        if kind in needed:
            wanted = needed[kind] if isinstance(needed[kind], list) else []
            ways += _ways(kind, wanted, mapping(found.get(kind)), sender)
    return ways


def _ways(kind: str, needed: Sequence[Any], options: Mapping[str, Any], sender: str) -> list[Handover]:
    if kind == "pickup" and "address_id" in needed:
        return [way for address in rows(options.get("address_list")) for way in _pickups(address)]
    more = {"sender_real_name": sender} if "sender_real_name" in needed else {}
    if "branch_id" in needed:
        found = rows(options.get("branch_list"))
        return [_way(kind, _place(one), branch_id=one.get("branch_id"), **more) for one in found]
    if "slug" in needed:
        found = rows(options.get("slug_list"))
        return [_way(kind, said(one.get("slug_name")), slug=one.get("slug"), **more) for one in found]
    return [_way(kind, "", **more)]


def _pickups(address: Mapping[str, Any]) -> list[Handover]:
    slots = rows(address.get("time_slot_list"))
    if not slots:
        return [_way("pickup", _place(address), address_id=address.get("address_id"))]
    return [_slot(address, one) for one in slots]


def _slot(address: Mapping[str, Any], slot: Mapping[str, Any]) -> Handover:
    fields = {"address_id": address.get("address_id"), "pickup_time_id": slot.get("pickup_time_id")}
    found = _way("pickup", ", ".join(filter(None, (_place(address), said(slot.get("time_text"))))), **fields)
    return Handover(found.id, found.kind, found.words, at(slot.get("date")))


def _way(kind: str, where: str, **fields: Any) -> Handover:
    known = urlencode({name: text(value) for name, value in present(fields).items()})
    words = (
        f"{WORDS[kind]} at {where}"
        if where and kind == "pickup"
        else f"{WORDS[kind]}: {where}"
        if where
        else WORDS[kind]
    )
    return Handover(f"{kind}?{known}", KINDS[kind], words)


def _place(found: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(filter(None, (said(found.get(name)) for name in ("address", "city", "zipcode")))))


def ship(sent: Sent, *, package: bool) -> dict[str, Any]:
    """Exactly one way, its key there even when it needs nothing. `package`: only orders that were split name it."""
    kind, _, rest = (sent.handover.id if sent.handover else "non_integrated").partition("?")
    fields: dict[str, Any] = {name: number(value) if name in NUMBERS else value for name, value in parse_qsl(rest)}
    if sent.tracking_number:
        fields["tracking_number"] = sent.tracking_number
    return {"order_sn": sent.order_id, **({"package_number": sent.package_id} if package else {}), kind: fields}


def parcel(order_id: str, package_id: str) -> dict[str, str]:
    """A parcel's name; an empty package number must not be there at all."""
    return present({"order_sn": order_id, "package_number": package_id})


# --- cancelling
def reason(word: str, region: str) -> str:
    """Shopee's nearest: undeliverable exists in two regions, a wrong price nowhere."""
    if word == "undeliverable" and region in ("TW", "MY"):
        return "UNDELIVERABLE_AREA"
    return "CUSTOMER_REQUEST" if word in ("buyer_asked", "undeliverable") else "OUT_OF_STOCK"


def cancelled(line: CancelLine) -> dict[str, Any]:
    """One line of a partial cancellation, from the id that an order gave it."""
    body: dict[str, Any] = {"item_id": number(line.ref.product), "model_id": model(line.ref)}
    if line.ids:
        *_, order_item, group = line_parts(line.ids[0])
        body |= {"order_item_id": order_item, "promotion_group_id": group}
    return {**body, "model_quantity": line.quantity}
