"""Orders: searched by moments and read in full (TIKTOK.md §5)."""

from typing import Any

from app.sandbox.market import orders as book
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from . import order_view as view
from .dialect import bad, page_place, page_size, page_token, refusal, told
from .door import api, shop_of

MOST_IDS = 50
TIMES = ("create_time_ge", "create_time_lt", "update_time_ge", "update_time_lt")
SORTS = {"create_time": "created", "update_time": "updated"}
NOT_YOURS = "The order or package does not belong to the current seller."


@api.on("POST", "/order/202309/orders/search")
def search(call: Call) -> Reply:
    """Orders in [ge, lt), sorted by creation or change; tokens belong to one search only."""
    wish, size = _wish(call.body), page_size(call.query)
    field, newest = _sorting(call)
    filters = [wish, field, newest]
    place = page_place(call.query.get("page_token", ""), filters)
    found = _matching(call, wish, field, newest, place)
    shown, more = found[:size], len(found) > size
    token = page_token([shown[-1][SORTS[field]], shown[-1]["seq"]], filters) if more else ""
    shop = shop_of(call)
    data = {"orders": [view.order(shop, one) for one in shown], "total_count": _total(call, wish, field)}
    return told({**data, "next_page_token": token})


def _wish(body: Any) -> Doc:
    wish = body if isinstance(body, dict) else {}
    for name in TIMES:
        if wish.get(name) is not None and (not isinstance(wish[name], int) or isinstance(wish[name], bool)):
            raise bad(f"param body.{name} is invalid")
    return wish


def _sorting(call: Call) -> tuple[str, bool]:
    field, order = call.query.get("sort_field", "create_time"), call.query.get("sort_order", "ASC")
    if field not in SORTS or order not in ("ASC", "DESC"):
        raise bad("Invalid `sort_field` or `sort_order` query parameter.")
    return field, order == "DESC"


def _matching(call: Call, wish: Doc, field: str, newest: bool, place: Any) -> list[Doc]:
    """In order, from after `place` on; as many as there are, because filters of other members come on top."""
    by = SORTS[field]
    window = {"since": wish.get(f"{field}_ge"), "until": wish.get(f"{field}_lt")}
    after = (place[0], place[1]) if place else None
    limit = None if _others(wish, field) else page_size(call.query) + 1
    found = book.listed(call.scope, shop_of(call), by=by, newest=newest, after=after, limit=limit, **window)
    return [one for one in found if _fits(one, wish)]


def _others(wish: Doc, field: str) -> bool:
    """Whether there are filters besides the window of the sorted moment."""
    return any(wish.get(name) is not None and not name.startswith(field) for name in wish)


def _fits(order: Doc, wish: Doc) -> bool:
    for name, moment in (("create_time", order["created"]), ("update_time", order["updated"])):
        if moment < wish.get(f"{name}_ge", 0) or (wish.get(f"{name}_lt") is not None and moment >= wish[f"{name}_lt"]):
            return False
    wanted = {
        "order_status": view.status(order),
        "shipping_type": view.shipping_type(order),
        "buyer_user_id": order["buyer"]["id"],
        "is_buyer_request_cancel": order["state"] == "cancel_requested",
    }
    return all(wish.get(name) in (None, value) for name, value in wanted.items())


def _total(call: Call, wish: Doc, field: str) -> int:
    if _others(wish, field):
        return len(_matching(call, wish, field, False, None))
    window = {"since": wish.get(f"{field}_ge"), "until": wish.get(f"{field}_lt")}
    return book.count(call.scope, shop_of(call), by=SORTS[field], **window)


def _read(call: Call) -> Reply:
    """Up to 50 orders; one that is not this seller's spoils the answer."""
    wanted = list(dict.fromkeys(filter(None, call.query.get("ids", "").split(","))))
    if not wanted or len(wanted) > MOST_IDS:
        raise bad(f"Invalid `ids` query parameter: from 1 to {MOST_IDS}.")
    shop = shop_of(call)
    found = book.of_ids(call.scope, shop, wanted)
    if len(found) < len(wanted):
        raise refusal(21008111, NOT_YOURS)
    return told({"orders": [view.order(shop, one) for one in found]})


for _version in ("202309", "202507"):
    api.on("GET", f"/order/{_version}/orders")(_read)


def order_of(call: Call, order_id: object) -> Doc:
    """The order; raises Refusal when it is not this seller's."""
    found = book.get(call.scope, shop_of(call), order_id)
    if found is None:
        raise refusal(21008111, NOT_YOURS)
    return found
