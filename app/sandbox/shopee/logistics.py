"""Parcels: how they may be handed over, that they were, their numbers and their journey."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.sandbox.market import orders, packing
from app.sandbox.market.calls import Call, Refusal, Reply
from app.sandbox.market.store import Doc

from . import config, news, order_docs
from .dialect import answer, api, given, param, refusal, said, shop_of
from .order_calls import order_of
from .shop_calls import address_id
from .words import package_status, whole

WAYS = ("pickup", "dropoff", "non_integrated")
METHODS = {"pickup": "pickup", "dropoff": "drop_off", "non_integrated": "own"}
SLOTS = 3
READY = ("to_ship", "part_shipped")


def parcel_of(order: Doc, package_number: str) -> Doc:
    """The parcel that is meant: named where the order was split. Raises Refusal."""
    if not package_number:
        if order_docs.split_up(order):
            raise refusal(
                "logistics.package_number_not_exist", "Please request with package_number for this split order."
            )
        return packing.of(order)
    found = next((one for one in order["packages"] if one["id"] == package_number), None)
    if found is None:
        raise refusal("logistics.package_number_not_found", f"The package_number {package_number} is not exist.")
    return found


def asked(call: Call) -> tuple[Doc, Doc]:
    """The order and the parcel of a query."""
    order = order_of(call, given(call, "order_sn"))
    return order, parcel_of(order, call.query.get("package_number", ""))


# --- handing over
@api.on("GET", "/logistics/get_shipping_parameter")
def shipping_parameter(call: Call) -> Reply:
    """Which ways there are, and what each needs."""
    order, parcel = asked(call)
    if order["state"] not in READY or parcel["state"] != "to_ship":
        raise refusal("logistics.order_status_error", "Only packages that are ready to ship have shipping parameters.")
    if not order["platform_ships"]:
        return answer({"info_needed": {"non_integrated": ["tracking_no"]}, "pickup": None, "dropoff": None})
    return answer(
        {
            "info_needed": {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]},
            "dropoff": None,
            "pickup": {"address_list": _addresses(call, shop_of(call))},
        }
    )


def _addresses(call: Call, shop: Doc) -> list[Doc]:
    return [
        {
            "address_id": address_id(place), "region": shop["region"], "state": "", "city": "", "district": "", "town": "",
            "address": one["name"], "zipcode": "", "address_flag": ["default_address", "pickup_address"] if one["default"] else [],
            "time_slot_list": slots(call.scope.now()),
        }
        for place, one in enumerate(shop["warehouses"])
    ]  # fmt: skip


def slots(now: int) -> list[Doc]:
    """Mornings of the next days."""
    first = datetime.fromtimestamp(now, UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    days = [first + timedelta(days=place) for place in range(1, SLOTS + 1)]
    return [
        {
            "date": int(day.timestamp()), "time_text": "09:00 - 13:00", "pickup_time_id": f"{int(day.timestamp())}_1",
            "flags": ["recommended"] if day == days[0] else [],
        }
        for day in days
    ]  # fmt: skip


@api.on("POST", "/logistics/ship_order")
def ship_order(call: Call) -> Reply:
    """Arrange a parcel in exactly one way; the package is named if and only if the order was split."""
    shop, order = shop_of(call), order_of(call, said(call, "order_sn"))
    parcel = _parcel(call, order)
    ways = [name for name in WAYS if name in call.body]
    if len(ways) != 1 or not isinstance(call.body[ways[0]], dict):
        raise param("exactly one of pickup, dropoff and non_integrated is required")
    way, wish = ways[0], call.body[ways[0]]
    _possible(call, shop, order, way, wish)
    own = way == "non_integrated"
    number = str(wish.get("tracking_number") or "") if own else ""
    packing.arrange(
        call.scope, shop, order, parcel["id"], method=METHODS[way], tracking=number, polls=0 if own else polls(call),
        carrier=order_docs.OWN_CARRIER if own else order_docs.CARRIER,
    )  # fmt: skip
    return answer()


def _parcel(call: Call, order: Doc) -> Doc:
    named = call.body.get("package_number")
    if named is not None and not order_docs.split_up(order):
        raise refusal(
            "logistics.ship_order_not_need_pacakge_number", "This order is not split, package_number is not needed."
        )
    return parcel_of(order, str(named or ""))


def _possible(call: Call, shop: Doc, order: Doc, way: str, wish: Doc) -> None:
    """Whether the order's channel has this way, and all that it needs was given. Raises Refusal."""
    if (way == "non_integrated") == order["platform_ships"]:
        raise refusal("logistics.error_param", f"This order does not support {way}.")
    if way == "non_integrated" and not wish.get("tracking_number"):
        raise refusal("logistics.error_param", "tracking_number is required.")
    if way == "pickup":
        _pickup(call, shop, wish)


def _pickup(call: Call, shop: Doc, wish: Doc) -> None:
    if whole(wish.get("address_id")) not in [address_id(place) for place in range(len(shop["warehouses"]))]:
        raise refusal("logistics.address_not_found", "Address is not found.")
    if wish.get("pickup_time_id") not in [one["pickup_time_id"] for one in slots(call.scope.now())]:
        raise refusal("logistics.error_param", "pickup_time_id is invalid.")


def polls(call: Call) -> int:
    """How many looks find no tracking number yet; a door changes it."""
    return int(config.options(call.scope)["polls"])


# --- numbers and journeys
@api.on("GET", "/logistics/get_tracking_number")
def tracking_number(call: Call) -> Reply:
    """Empty until the carrier has given one."""
    order, parcel = asked(call)
    number = packing.tracking_of(call.scope, shop_of(call), order, parcel["id"])
    if number:
        news.numbered(call.scope, shop_of(call), order, parcel["id"])
    hint = {} if number else {"hint": "The tracking number is being generated by the logistics provider."}
    return answer({"tracking_number": number, **hint})


@api.on("GET", "/logistics/get_tracking_info")
def tracking_info(call: Call) -> Reply:
    """The scans of a parcel, newest first."""
    order, parcel = asked(call)
    scans = [
        {"update_time": one["at"], "description": one["text"], "logistics_status": one["state"].upper()}
        for one in reversed(parcel["scans"])
    ]
    status = package_status(order, parcel)
    return answer(
        {"order_sn": order["id"], "package_number": parcel["id"], "logistics_status": status, "tracking_info": scans}
    )


@api.on("POST", "/logistics/update_tracking_status")
def update_tracking_status(call: Call) -> Reply:
    """A seller with a fleet of their own says where a parcel is: `tracking_status` delivered or failed_delivery."""
    shop, order = shop_of(call), order_of(call, said(call, "order_sn"))
    parcel = parcel_of(order, str(call.body.get("package_number") or ""))
    if order["platform_ships"]:
        raise refusal("logistics.error_param", "This order is not shipped by seller own fleet.")
    acts: dict[str, Any] = {"DELIVERED": packing.deliver, "FAILED_DELIVERY": packing.fail_delivery}
    act = acts.get(said(call, "tracking_status").upper())
    if act is None:
        raise param("tracking_status is invalid")
    act(call.scope, shop, order, parcel["id"])
    return answer()


def read(call: Call, row: Doc) -> tuple[Doc, Doc] | Refusal:
    """The order and parcel of a row in a batch, or why there is none."""
    order = orders.get(call.scope, shop_of(call), row.get("order_sn"))
    if order is None:
        return refusal("logistics.order_not_exist", f"The order_sn {row.get('order_sn')} is not exist.")
    try:
        return order, parcel_of(order, str(row.get("package_number") or ""))
    except Refusal as error:
        return error
