"""What an update of a product or variation changes: absolute stock, price, name, status. Members that it does not know it leaves."""

from collections.abc import Callable
from typing import Any

from app.sandbox.market import goods, shops
from app.sandbox.market.calls import Call, Refusal
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from . import product_view as view
from .talk import Site, invalid, refusal

STATES = {"publish": "active", "draft": "inactive", "private": "inactive", "pending": "inactive"}
MOST = 100


def change_product(call: Call, site: Site, found: Doc, wish: Doc) -> None:
    """Change a product. Raises Refusal 400."""
    variable = view.is_variable(found)
    sku = view.pool_of(found) if variable else view.skus(found)[0]
    if sku:
        _change_stock(call, site, found, sku, wish)
    if not variable:
        _change_price(call, site, found, view.skus(found)[0], wish)
    if "status" in wish:
        if wish["status"] not in STATES:
            raise invalid("status", "status is not one of draft, pending, private, publish.")
        goods.set_state(call.scope, site.shop, found, STATES[wish["status"]])
    if "name" in wish:
        found["title"] = str(wish["name"])
        goods.save(call.scope, site.shop, found, cause="title")


def change_variation(call: Call, site: Site, found: Doc, sku: Doc, wish: Doc) -> None:
    """Change a variation; one that shared its parent's stock counts for itself once `manage_stock` is true."""
    manages = _managing(wish)
    if view.shares(found, sku):
        if manages is not True:
            _change_price(call, site, found, sku, wish)
            return
        sku.update(members=[], stock={}, committed={}, counted=False)
        goods.save(call.scope, site.shop, found, cause="counting")
    _change_stock(call, site, found, sku, wish)
    _change_price(call, site, found, sku, wish)


def _managing(wish: Doc) -> Any:
    manages = wish.get("manage_stock")
    if manages not in (None, True, False, "parent"):
        raise invalid("manage_stock", "manage_stock is not of type boolean.")
    return manages


def _change_stock(call: Call, site: Site, found: Doc, sku: Doc, wish: Doc) -> None:
    """A quantity alone changes nothing where stock is not managed."""
    manages, quantity = _managing(wish), wish.get("stock_quantity")
    if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int)):
        raise invalid("stock_quantity", "stock_quantity is not of type integer.")
    if isinstance(manages, bool) and manages != sku["counted"]:
        goods.set_counted(call.scope, site.shop, found, sku["id"], manages)
    if quantity is not None and sku["counted"]:
        place = shops.default_warehouse(site.shop)
        goods.set_stock(call.scope, site.shop, found, sku["id"], {place: quantity})


def _change_price(call: Call, site: Site, found: Doc, sku: Doc, wish: Doc) -> None:
    price = wish.get("regular_price")
    if price is None or price == "":
        return
    if not isinstance(price, str):
        raise invalid("regular_price", "regular_price is not of type string.")
    goods.set_price(call.scope, site.shop, found, sku["id"], site.minor(price, "regular_price"))


# --- batches
def batch(call: Call, update: Callable[[Doc], Doc], delete: Callable[[Doc], Doc]) -> Doc:
    """`update` and `delete`, each item for itself: what fails says so in its place, and the others go through."""
    body = call.body if isinstance(call.body, dict) else {}
    listed = {name: body.get(name) or [] for name in ("create", "update", "delete")}
    if sum(len(items) for items in listed.values()) > MOST:
        words = f"Unable to accept more than {MOST} items for this request."
        raise refusal(413, "woocommerce_rest_request_entity_too_large", words)
    answer: Doc = {}
    for name, act in (("create", _no_create), ("update", update), ("delete", delete)):
        if listed[name]:
            answer[name] = [_one(call, act, item if isinstance(item, dict) else {"id": item}) for item in listed[name]]
    return answer


def _one(call: Call, act: Callable[[Doc], Doc], item: Doc) -> Doc:
    try:
        with call.scope.state.transaction():
            return act(item)
    except Refusal as error:
        body = error.reply.body
    except CannotDo as error:
        body = {"code": f"woocommerce_rest_{error.code}", "message": str(error), "data": {"status": 400}}
    identifier = str(item.get("id", 0))
    return {"id": int(identifier) if identifier.isdigit() else 0, "error": body}


def _no_create(item: Doc) -> Doc:
    raise refusal(501, "woocommerce_rest_not_imitated", "The sandbox makes products on its marketplace page.")
