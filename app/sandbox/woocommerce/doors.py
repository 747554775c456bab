"""Doors of a site for tests, seeds and the owner's hand: `/_sandbox/woocommerce/<store>/…`."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from app.sandbox.market import goods, orders, shops
from app.sandbox.market.asked import done, order_of, product_of, refused, scope, shop_of, whole, wish
from app.sandbox.market.errors import CannotDo

from . import keys, statuses
from .product_view import is_variable
from .talk import NAME

blueprint = Blueprint("woocommerce_doors", __name__, url_prefix=f"/_sandbox/{NAME}/<store>")
blueprint.register_error_handler(ValueError, refused)


@blueprint.post("/keys")
def make_key(store: str) -> Response:
    """A key as the owner makes it in the settings: `permissions` read, write or read_write. Answers both halves, this once."""
    shop, here = shop_of(NAME, store), scope()
    with here.state.transaction():
        made = keys.make(shops.scope_of(here, shop), str(wish().get("permissions") or "read_write"))
    return jsonify(made)


@blueprint.post("/orders/<order_id>/status")
def write_status(store: str, order_id: str) -> Response:
    """The owner writes a `status` on an order, any that the shop knows; `payment_method` changes how it was paid."""
    shop, here, given = shop_of(NAME, store), scope(), wish()
    with here.state.transaction():
        order = order_of(shop, order_id)
        if given.get("payment_method"):
            order["private"]["payment_method"] = str(given["payment_method"])
        status = statuses.check(shop, given.get("status") or statuses.of(order))
        if status != statuses.of(order):
            statuses.write(here, shop, order, status)
        else:
            orders.keep(here, shop, order)
    return done(order_of(shop, order_id))


@blueprint.post("/products/<product_id>/share-stock")
def share_stock(store: str, product_id: str) -> Response:
    """From now on all variations sell from one number on the parent, which is `stock`."""
    shop, here = shop_of(NAME, store), scope()
    with here.state.transaction():
        product = product_of(shop, product_id)
        if not is_variable(product) or product["private"].get("pool"):
            raise CannotDo("Only a product with variations can share its stock, and only once.", "state")
        place = shops.default_warehouse(shop)
        pool = {
            **product["skus"][0], "id": f"{product['id']}00", "sku": "", "title": "Shared stock", "options": {}, "members": [],
            "counted": True, "stock": {place: whole(wish(), "stock")}, "committed": {place: 0}, "floor": 0,
        }  # fmt: skip
        for sku in product["skus"]:
            sku.update(
                members=[{"product": product["id"], "sku": pool["id"], "quantity": 1}],
                counted=False,
                stock={},
                committed={},
            )
        product["skus"].append(pool)
        product["private"]["pool"] = pool["id"]
        goods.save(here, shop, product, cause="counting")
    return done(product_of(shop, product_id))
