"""Parcels: slots, shipping, where they are, and whose they are (TIKTOK.md §7)."""

from app.sandbox.market import orders as book
from app.sandbox.market import packing
from app.sandbox.market.calls import Call, Refusal, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from . import order_view as view
from .carriers import provider_name
from .dialect import CANNOT, bad, cannot, item_error, refusal, told
from .door import api, shop_of
from .orders import NOT_YOURS, order_of

BASE = "/fulfillment/202309"
NOT_WAITING = (21011036, "The package has been shipped already.")
WRONG_WAY = (21011015, "The handover method does not fit this package's shipping type.")
"""Both codes are the sandbox's own choice: the documents name none."""
HOUR = 3600


def found(call: Call, package_id: str) -> tuple[Doc, Doc]:
    """(order, package), also for one that was cancelled; raises Refusal for ids that split or combined away."""
    pair = packing.find(call.scope, shop_of(call), package_id)
    if pair is None:
        raise refusal(21008111, NOT_YOURS)
    return pair


# --- looking
@api.on("GET", f"{BASE}/packages/<package_id>")
def read(call: Call, package_id: str) -> Reply:
    """One package with all orders in it. The number is there once the carrier gave one."""
    order, parcel = found(call, package_id)
    number = packing.tracking_of(call.scope, shop_of(call), order, package_id)
    together = book.of_ids(call.scope, shop_of(call), parcel["orders"])
    data: Doc = {
        "package_id": package_id,
        "package_status": view.PACKAGES[parcel["state"]],
        "shipping_type": view.shipping_type(order),
        "delivery_option_id": view.DELIVERY_OPTION,
        "create_time": order["created"],
        "update_time": order["updated"],
        "orders": [{"id": one["id"], "skus": view.contents(one, packing.of(one, package_id))} for one in together],
        "order_line_item_ids": [line for one in together for line in packing.of(one, package_id)["lines"]],
        "recipient_address": view.address(order),
        "has_multi_skus": len({line["sku_id"] for one in together for line in one["lines"]}) > 1,
    }
    data |= {"tracking_number": number} if number else {}
    data |= {"shipping_provider_name": parcel["carrier"]} if parcel["carrier"] else {}
    data |= {"split_and_combine_tag": "COMBINED"} if len(parcel["orders"]) > 1 else {}
    return told(data)


@api.on("GET", f"{BASE}/orders/<order_id>/tracking")
def tracking(call: Call, order_id: str) -> Reply:
    """Scans of all its packages, newest first, in milliseconds."""
    order = order_of(call, order_id)
    scans = [one for parcel in order["packages"] for one in parcel["scans"]]
    rows = [{"description": one["text"], "update_time_millis": one["at"] * 1000} for one in scans]
    return told({"tracking": sorted(rows, key=lambda one: -one["update_time_millis"])})


@api.on("GET", f"{BASE}/packages/<package_id>/handover_time_slots")
def slots(call: Call, package_id: str) -> Reply:
    """For packages that TikTok's carrier takes and that still wait. The key of a slot is misspelled in the documents."""
    order, parcel = found(call, package_id)
    if not order["platform_ships"]:
        raise refusal(*WRONG_WAY)
    if parcel["state"] != "to_ship":
        raise refusal(*NOT_WAITING)
    shop = shop_of(call)
    data = {"can_pickup": True, "can_drop_off": True, "can_van_collection": shop["region"] == "GB"}
    return told({**data, "drop_off_point_url": f"{call.base}/market", "pickup_slots": pickup_slots(call.scope.now())})


def pickup_slots(now: int) -> list[Doc]:
    """Three mornings; today's is taken."""
    first = now - now % (24 * HOUR) + 9 * HOUR
    days = (first + day * 24 * HOUR for day in range(4))
    return [{"start_time": start, "end_time": start + 3 * HOUR, "avaliable": start > now + HOUR and start > first} for start in days]  # fmt: skip


# --- shipping
@api.on("POST", f"{BASE}/packages/<package_id>/ship")
def ship(call: Call, package_id: str) -> Reply:
    """With TikTok's carrier, or with the seller's own and its number."""
    _ship(call, package_id, call.body if isinstance(call.body, dict) else {})
    return told({})


@api.on("POST", f"{BASE}/packages/ship")
def ship_many(call: Call) -> Reply:
    """Several at once; each that fails is told apart."""
    wanted = call.body.get("packages") if isinstance(call.body, dict) else None
    if not isinstance(wanted, list) or not wanted:
        raise bad("param body.packages is missing")
    failed = []
    for one in wanted:
        error = _failure(call, one)
        failed += [error] if error else []
    return told({"errors": failed} if failed else {})


def _failure(call: Call, wish: Doc) -> Doc | None:
    try:
        _ship(call, str(wish.get("id", "")), wish)
    except (Refusal, CannotDo) as error:
        reply = (error if isinstance(error, Refusal) else cannot(error)).reply.body
        return item_error(reply["code"], reply["message"], {"package_id": str(wish.get("id", ""))})
    return None


def _ship(call: Call, package_id: str, wish: Doc) -> None:
    order, _ = found(call, package_id)
    own = wish.get("self_shipment")
    if own:
        _send(call, order, package_id, own)
        return
    method = wish.get("handover_method")
    if method not in ("PICKUP", "DROP_OFF"):
        raise bad("param body.handover_method is invalid")
    if not order["platform_ships"]:
        raise refusal(*WRONG_WAY)
    _known_slot(call, wish.get("pickup_slot"))
    packing.arrange(call.scope, shop_of(call), order, package_id, method=method.lower())


def _known_slot(call: Call, slot: object) -> None:
    """A slot must be one of those on offer, and free."""
    if slot is None:
        return
    free = [(one["start_time"], one["end_time"]) for one in pickup_slots(call.scope.now()) if one["avaliable"]]
    if not isinstance(slot, dict) or (slot.get("start_time"), slot.get("end_time")) not in free:
        raise refusal(21011020, "The pickup slot is not available.")


def _send(call: Call, order: Doc, package_id: str, own: object, lines: dict[str, int] | None = None) -> Doc:
    """A parcel of the seller's own carrier."""
    if order["platform_ships"]:
        raise refusal(*WRONG_WAY)
    if not isinstance(own, dict) or not own.get("tracking_number") or not own.get("shipping_provider_id"):
        raise bad("param body.self_shipment.tracking_number or shipping_provider_id is missing")
    carrier = provider_name(str(own["shipping_provider_id"]))
    number = str(own["tracking_number"])
    return packing.arrange(
        call.scope, shop_of(call), order, package_id, method="own", tracking=number, carrier=carrier, lines=lines
    )


MARKETS = ("US", "GB", "ES", "IE", "IT", "DE", "FR", "JP")


@api.on("POST", "/fulfillment/202610/orders/<order_id>/packages")
def mark_shipped(call: Call, order_id: str) -> Reply:
    """Lines of an order are on their way with the seller's own carrier; in some markets only."""
    order, body = order_of(call, order_id), call.body if isinstance(call.body, dict) else {}
    if shop_of(call)["region"] not in MARKETS:
        raise refusal(21011030, "This API is not available in the current market.")
    sent = body.get("shipping_info_list")
    if not isinstance(sent, list) or len(sent) != 1:
        raise bad("param body.shipping_info_list is invalid: one tracking number at a time")
    lines = _lines(order, body.get("order_line_list"))
    before = {one["id"] for one in order["packages"] if one["state"] == "in_transit"}
    order = _send(call, order, "", sent[0], lines)
    made = next(one for one in order["packages"] if one["state"] == "in_transit" and one["id"] not in before)
    return told({"order_id": order_id, "order_line_item_ids": list(made["lines"]), "package_id": made["id"]})


def _lines(order: Doc, given: object) -> dict[str, int] | None:
    """{line: 1} of the lines that were named; None for all that wait."""
    if not given:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise bad("param body.order_line_list is invalid")
    wanted = [book.line_of(order, one.get("order_line_item_id")) for one in given]
    if any(one["sent"] for one in wanted):
        raise refusal(*CANNOT["already"])
    return {one["id"]: 1 for one in wanted}
