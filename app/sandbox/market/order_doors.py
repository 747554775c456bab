"""Doors to orders: `/_sandbox/market/<platform>/<shop>/orders…`. Buyers place and regret, parcels move, sellers answer."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.stripe.scope import Scope

from . import ending, free, goods, grouping, orders, packing, placing, returning, shops, store
from .asked import amount, done, lines_of, order_of, package_of, refused, return_of, scope, shop_of, whole, wish, yes
from .errors import CannotDo
from .store import Doc

blueprint = Blueprint("market_orders", __name__, url_prefix="/_sandbox/market")
blueprint.register_error_handler(ValueError, refused)
MOST = 2000
RECIPIENT = ("name", "line1", "city", "postcode", "phone")
NUMBERS = ("seller_discount", "platform_discount", "delivery", "tax")
Act = Callable[[Scope, Doc, Doc, Doc], Any]


def _arrange(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    lines = {str(line): int(units) for line, units in (given.get("units") or {}).items()}
    return packing.arrange(
        scope, shop, order, str(given.get("package", "")), method=str(given.get("method") or "pickup"),
        tracking=str(given.get("tracking", "")).strip(), carrier=str(given.get("carrier", "")), polls=whole(given, "polls"),
        lines=lines or None,
    )  # fmt: skip


def _package(act: Callable[[Scope, Doc, Doc, str], Doc]) -> Act:
    return lambda scope, shop, order, given: act(scope, shop, order, package_of(order, given))


def _cancel(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    reason, by = str(given.get("reason") or "Out of stock"), str(given.get("by") or "platform")
    return ending.cancel(scope, shop, order, reason, by, lines_of(order, given), yes(given, "restock", True))


def _ask_cancel(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    return ending.ask(scope, shop, order, str(given.get("reason") or "Changed their mind"), lines_of(order, given))


def _address(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    members = {name: str(value).strip() for name, value in given.items() if name != "back"}
    return placing.change_address(scope, shop, order, **members)


def _split(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    """`groups` [{line: units}]; without them the first unit goes alone."""
    groups = given.get("groups") or _first_alone(order)
    return grouping.split(scope, shop, order, [{str(k): int(v) for k, v in one.items()} for one in groups])


def _first_alone(order: Doc) -> list[Doc]:
    left = {one["id"]: orders.active(one) for one in order["lines"] if orders.active(one)}
    first = next(iter(left))
    rest = {line: units - (line == first) for line, units in left.items()}
    return [{first: 1}, {line: units for line, units in rest.items() if units}]


def _ask_return(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    return returning.ask(
        scope, shop, order, str(given.get("reason") or "Not as described"), lines_of(order, given),
        goods_come_back=yes(given, "goods_come_back", True), refund=whole(given, "refund") or None,
    )  # fmt: skip


def _of_return(act: Callable[..., Doc], *names: str) -> Act:
    """An act on a return; `names` are its further members: words and tracking as text, others yes or no."""

    def run(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
        texts = {name: str(given.get(name, "")) for name in names if name in ("words", "tracking")}
        flags = {name: yes(given, name) for name in names if name not in texts}
        return act(scope, shop, order, return_of(order, given), **texts, **flags)

    return run


def _refund(scope: Scope, shop: Doc, order: Doc, given: Doc) -> Doc:
    return returning.refund(
        scope, shop, order, whole(given, "amount"), reason=str(given.get("reason", "")), lines=lines_of(order, given) or (),
        restock=yes(given, "restock", True),
    )  # fmt: skip


ACTS: dict[str, Act] = {
    "pay": lambda scope, shop, order, given: placing.pay(scope, shop, order, hold=yes(given, "hold")),
    "end_hold": lambda scope, shop, order, given: placing.end_hold(scope, shop, order),
    "change_address": _address,
    "arrange": _arrange,
    "collect": _package(packing.collect),
    "deliver": _package(packing.deliver),
    "fail_pickup": _package(packing.fail_pickup),
    "fail_delivery": _package(packing.fail_delivery),
    "scan": _package(packing.scan),
    "complete": lambda scope, shop, order, given: packing.complete(scope, shop, order),
    "split": _split,
    "unsplit": lambda scope, shop, order, given: grouping.unsplit(scope, shop, order),
    "ask_cancel": _ask_cancel,
    "answer_cancel": lambda scope, shop, order, given: ending.answer(scope, shop, order, yes(given, "accept")),
    "withdraw_cancel": lambda scope, shop, order, given: ending.withdraw(scope, shop, order),
    "cancel": _cancel,
    "ask_return": _ask_return,
    "answer_return": _of_return(returning.answer, "accept", "words"),
    "dispute": _of_return(returning.dispute, "words"),
    "judge": _of_return(returning.judge, "refund"),
    "send_back": _of_return(returning.send_back, "tracking"),
    "receive": _of_return(returning.receive, "restock"),
    "withdraw_return": _of_return(returning.withdraw),
    "refund": _refund,
    "put": lambda scope, shop, order, given: free.put(scope, shop, order, str(given.get("state", ""))),
}


@blueprint.get("/<platform>/<shop_id>/orders")
def list_orders(platform: str, shop_id: str) -> Response:
    """Newest first; `?limit=` (200), `?by=` created or updated, `?since=`, `?until=` narrow it."""
    shop, args = shop_of(platform, shop_id), request.args
    by = "updated" if args.get("by") == "updated" else "created"
    since, until = args.get("since", type=int), args.get("until", type=int)
    limit = args.get("limit", 200, type=int)
    return jsonify(orders.listed(scope(), shop, by=by, since=since, until=until, limit=limit, newest=True))


@blueprint.get("/<platform>/<shop_id>/orders/<order_id>")
def show_order(platform: str, shop_id: str, order_id: str) -> Response:
    """One order as the marketplace keeps it."""
    return jsonify(order_of(shop_of(platform, shop_id), order_id))


@blueprint.post("/<platform>/<shop_id>/orders")
def place_orders(platform: str, shop_id: str) -> AnyResponse:
    """Place an order, or `orders` [order, …], each `times`. Answers the orders; all of them or none.

    `items` [{product, sku_id, quantity} or {sku, quantity}] (one item may stand on its own), `state`, `buyer`, `recipient`,
    `masked`, `platform_ships`, `cod`, `note`, and amounts in minor units: seller_discount, platform_discount, delivery, tax
    (a form's are typed as people write them, 6.00). RECIPIENT's members may stand on their own.
    """
    shop, given = shop_of(platform, shop_id), wish()
    wanted = [one for one in given.get("orders") or [given] for _ in range(whole(one, "times", 1))]
    if len(wanted) > MOST:
        raise CannotDo(f"At most {MOST} orders at once.", "range")
    here = scope()
    with here.state.transaction():
        placed = [_place(here, shop, one) for one in wanted]
    return done(placed)


def _place(here: Scope, shop: Doc, given: Doc) -> Doc:
    items = given.get("items") or [given]
    people: dict[str, Any] = {name: given[name] for name in ("buyer", "recipient") if isinstance(given.get(name), dict)}
    typed = {name: str(given[name]).strip() for name in RECIPIENT if given.get(name)}
    people |= {"recipient": typed} if typed else {}
    amounts: dict[str, Any] = {name: amount(given, name, shop["currency"]) for name in NUMBERS}
    return placing.place(
        here, shop, [_item(here, shop, one) for one in items], state=str(given.get("state") or "paid"),
        platform_ships=yes(given, "platform_ships", shop["platform"] != "woocommerce"),
        masked=yes(given, "masked") if "masked" in given else None, cod=yes(given, "cod"),
        note=str(given.get("note", "")), **people, **amounts,
    )  # fmt: skip


def _item(here: Scope, shop: Doc, given: Doc) -> tuple[str, str, int]:
    quantity = whole(given, "quantity", 1)
    if given.get("sku_id"):
        product = goods.by_sku(here, shop, given["sku_id"])
        return (str(given.get("product") or (product or {}).get("id", "")), str(given["sku_id"]), quantity)
    return (*_by_seller_sku(here, shop, str(given.get("sku", ""))), quantity)


def _by_seller_sku(here: Scope, shop: Doc, sku: str) -> tuple[str, str]:
    found = goods.by_seller_sku(here, shop, sku)
    if found is None:
        raise CannotDo(f"The shop lists no SKU {sku!r}.", "unknown")
    return found[0]["id"], found[1]["id"]


@blueprint.post("/<platform>/<shop_id>/orders/<order_id>/<act>")
def move_order(platform: str, shop_id: str, order_id: str, act: str) -> AnyResponse:
    """Do one of ACTS to an order; its members stand in the functions. Answers the order."""
    if act not in ACTS:
        raise CannotDo(f"An order can be asked to {', '.join(sorted(ACTS))}.", "unknown")
    shop, here = shop_of(platform, shop_id), scope()
    with here.state.transaction():
        order = order_of(shop, order_id)
        ACTS[act](here, shop, order, wish())
    return done(order_of(shop, order_id))


@blueprint.post("/<platform>/<shop_id>/combine")
def combine(platform: str, shop_id: str) -> AnyResponse:
    """Put `orders` [ids] of one buyer into one package."""
    shop, here = shop_of(platform, shop_id), scope()
    with here.state.transaction():
        return done(grouping.combine(here, shop, [order_of(shop, one) for one in wish().get("orders", [])]))


@blueprint.post("/<platform>/<shop_id>/uncombine")
def uncombine(platform: str, shop_id: str) -> AnyResponse:
    """Take `package` apart again."""
    shop, here = shop_of(platform, shop_id), scope()
    with here.state.transaction():
        return done(grouping.uncombine(here, shop, str(wish().get("package", ""))))


@blueprint.get("/<platform>/<shop_id>/counts")
def counts(platform: str, shop_id: str) -> Response:
    """How many orders stand in each state, and how many products there are."""
    shop, here = shop_of(platform, shop_id), scope()
    rows = here.state.rows(
        "SELECT json_extract(body, '$.state') AS state, count(*) AS n FROM market_docs WHERE account = ? AND kind = ? GROUP BY 1",
        shops.scope_of(here, shop).account,
        orders.KIND,
    )
    return jsonify({"orders": {row["state"]: row["n"] for row in rows}, "products": store.count(shops.scope_of(here, shop), goods.KIND)})  # fmt: skip
