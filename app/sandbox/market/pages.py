"""The pages under `/market` where a person plays the marketplace: buyers, carriers, and the platform itself."""

from typing import Any

from flask import Blueprint, current_app, render_template, request
from werkzeug.datastructures import MultiDict

from app.sandbox.stripe import effects, faults
from app.sandbox.stripe.amounts import money

from . import apps, goods, limits, orders, pushes, shops, store
from .asked import order_of, product_of, refused, scope, shop_of
from .store import Doc

blueprint = Blueprint("market_pages", __name__, url_prefix="/market")
blueprint.register_error_handler(ValueError, refused)
PAGE = 20
TONES = {
    "delivered": "good", "completed": "good", "refunded": "good", "accepted": "good", "active": "good",
    "cancelled": "", "withdrawn": "", "refused": "", "done": "", "inactive": "",
    "cancel_requested": "bad", "failed": "bad", "asked": "bad", "disputed": "bad", "deleted": "bad", "given up": "bad", "dropped": "bad",
}  # fmt: skip
PUSHES = {
    "shopee": {
        "0": "test push", "1": "authorised", "2": "authorisation ended", "3": "order status", "4": "tracking number",
        "8": "reserved stock", "12": "authorisation ends soon", "15": "shipping document",
    }
}  # fmt: skip
TROUBLE = (
    ("drop_event", 1, "Lose the next one"), ("duplicate_event", 1, "Send the next one twice"),
    ("reorder_events", 2, "Turn the next two around"), ("slow", 1, "Hold the next one for a minute"),
)  # fmt: skip
SORTS = ("all", *orders.STATES)


@blueprint.app_template_filter("sum_of")
def _sum(amount: int, currency: str) -> str:
    """An amount in minor units, as people read it."""
    return money(amount, currency)


@blueprint.app_template_filter("together")
def _together(lines: list[Doc]) -> list[Doc]:
    """Lines of the same SKU as one: some platforms have a line per unit."""
    found: dict[tuple[str, str], Doc] = {}
    for line in lines:
        one = found.setdefault(
            (line["product"], line["sku_id"]), {**line, "quantity": 0, "cancelled": 0, "returned": 0}
        )
        for name in ("quantity", "cancelled", "returned"):
            one[name] += line[name]
    return list(found.values())


@blueprint.app_template_filter("tone")
def _tone(word: str) -> str:
    return TONES.get(word, "warn")


@blueprint.app_template_filter("push_name")
def _push_name(kind: str) -> str:
    """A push's type in words: Shopee has numbers only."""
    platform, _, code = kind.partition(".")
    words = PUSHES.get(platform, {}).get(code)
    return f"{words} ({code})" if words else code.replace("_", " ")


@blueprint.app_template_filter("words")
def _words(word: str) -> str:
    return word.replace("_", " ")


@blueprint.get("")
def home() -> str:
    """Every shop by platform, and a form for one more."""
    here = scope()
    known = {name: [_counted(shop) for shop in shops.all_of(here, name)] for name in shops.PLATFORMS}
    return render_template(
        "market/home.html", known=known, names=shops.NAMES, now=here.now(), config=current_app.config["SANDBOX"],
        apps={name: apps.get(here, name) for name in shops.PLATFORMS},
        limits={name: here.state.setting(limits.setting(name), {}) for name in shops.PLATFORMS},
    )  # fmt: skip


def _counted(shop: Doc) -> Doc:
    here = shops.scope_of(scope(), shop)
    return {**shop, "n_products": store.count(here, goods.KIND), "n_orders": store.count(here, orders.KIND)}


@blueprint.get("/<platform>/<shop_id>")
def shop_page(platform: str, shop_id: str) -> str:
    """The shop's orders, newest first; `?state=` and `?after=` (a cursor)."""
    shop, args = shop_of(platform, shop_id), request.args
    chosen = args.get("state", "all") if args.get("state") in SORTS else "all"
    found, cursor = _orders(shop, chosen, args)
    return _page("market/orders.html", shop, "orders", orders=found, chosen=chosen, states=SORTS, cursor=cursor)


def _orders(shop: Doc, state: str, args: MultiDict[str, str]) -> tuple[list[Doc], int | None]:
    inside, before = shops.scope_of(scope(), shop), args.get("before", type=int)
    test, values = "", []
    if state != "all":
        test, values = " AND json_extract(body, '$.state') = ?", [state]
    if before:
        test, values = test + " AND seq < ?", [*values, before]  # type: ignore[list-item]
    rows = inside.state.rows(
        f"SELECT id FROM market_docs WHERE account = ? AND kind = ?{test} ORDER BY seq DESC LIMIT ?",
        inside.account, orders.KIND, *values, PAGE + 1,
    )  # fmt: skip
    found = orders.of_ids(inside, shop, [row["id"] for row in rows[:PAGE]])
    return found, found[-1]["seq"] if len(rows) > PAGE else None


@blueprint.get("/<platform>/<shop_id>/products")
def products_page(platform: str, shop_id: str) -> str:
    """What the shop lists; `?q=` finds titles and SKUs, `?after=` goes on."""
    shop, args = shop_of(platform, shop_id), request.args
    wanted = args.get("q", "").strip()
    found, cursor = _products(shop, wanted, args.get("after", 0, type=int))
    return _page("market/products.html", shop, "products", products=found, wanted=wanted, cursor=cursor)


def _products(shop: Doc, wanted: str, after: int) -> tuple[list[Doc], int | None]:
    inside = shops.scope_of(scope(), shop)
    like = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = inside.state.rows(
        "SELECT id FROM market_docs WHERE account = ? AND kind = ? AND seq > ? AND body LIKE ? ESCAPE '\\' ORDER BY seq LIMIT ?",
        inside.account, goods.KIND, after, like, PAGE + 1,
    )  # fmt: skip
    found = [one for row in rows[:PAGE] if (one := goods.get(inside, shop, row["id"]))]
    return found, found[-1]["seq"] if len(rows) > PAGE else None


@blueprint.get("/<platform>/<shop_id>/buy/<product_id>/<sku_id>")
def buy_page(platform: str, shop_id: str, product_id: str, sku_id: str) -> str:
    """The form on which a buyer orders one SKU."""
    shop = shop_of(platform, shop_id)
    product = product_of(shop, product_id)
    return _page("market/buy.html", shop, "products", product=product, sku=goods.sku_of(product, sku_id))


@blueprint.get("/<platform>/<shop_id>/orders/<order_id>")
def order_page(platform: str, shop_id: str, order_id: str) -> str:
    """One order: its parcels, wishes, amounts, history, and the pushes about it."""
    shop = shop_of(platform, shop_id)
    order, account = order_of(shop, order_id), shops.scope_of(scope(), shop).account
    told = [one for one in pushes.recent(scope(), platform, account, 200) if one["about"] == order["number"]]
    open_return = next(
        (one for one in reversed(order["returns"]) if one["state"] not in ("refunded", "cancelled")), None
    )
    return _page("market/order.html", shop, "orders", order=order, pushes=told, case=open_return, left=_left(order))


def _left(order: Doc) -> dict[str, int]:
    return {one["id"]: orders.active(one) for one in order["lines"] if orders.active(one)}


@blueprint.get("/<platform>/<shop_id>/pushes")
def pushes_page(platform: str, shop_id: str) -> str:
    """Which pushes went out and what they answered, and the stock that was set from outside."""
    shop = shop_of(platform, shop_id)
    account = shops.scope_of(scope(), shop).account
    return _page(
        "market/pushes.html", shop, "pushes", pushes=pushes.recent(scope(), platform, account, 40), effects=_stock(account),
        trouble=TROUBLE, planted=[one for one in faults.planted(scope().state) if str(one.get("event", "")).startswith(platform)],
    )  # fmt: skip


def _stock(account: str) -> list[Doc]:
    """The newest settings of stock in a shop."""
    rows = scope().state.rows(
        "SELECT seq FROM effects WHERE kind = 'stock_set' AND account = ? ORDER BY seq DESC LIMIT ?", account, PAGE
    )
    if not rows:
        return []
    chosen = {row["seq"] for row in rows}
    return [one for one in effects.listed(scope().state, "stock_set", newest=500) if one["seq"] in chosen]


def _page(template: str, shop: Doc, here: str, **words: Any) -> str:
    base = f"/market/{shop['platform']}/{shop['id']}"
    return render_template(
        template, shop=shop, base=base, door=f"/_sandbox{base}", here=here, platform_name=shops.NAMES[shop["platform"]],
        now=scope().now(), **words,
    )  # fmt: skip
