"""Variations of a product: lists, single ones, changes and batches."""

from app.sandbox.market import goods
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from . import changing, lists
from . import product_view as view
from .products import product_of
from .talk import Site, api, no_id, refusal, site_of

PATH = "/products/<product>/variations"


def _parent(call: Call, site: Site, product: str) -> Doc:
    found = product_of(call, site, product)
    if found["state"] == "deleted":
        raise no_id("product")
    return found


def _sku(found: Doc, identifier: object) -> Doc:
    sku = next((one for one in view.skus(found) if one["id"] == str(identifier)), None)
    if sku is None or not view.is_variable(found):
        raise no_id("product_variation")
    return sku


@api.on("GET", PATH)
def search(call: Call, product: str) -> Reply:
    """The variations of a product; a simple one has none."""
    site = site_of(call)
    found = _parent(call, site, product)
    shown = view.skus(found) if view.is_variable(found) else []
    if lists.chosen(call, "order", ("asc", "desc"), "desc") == "desc":
        shown = shown[::-1]
    items = [view.variation(site, found, one) for one in lists.part(call, shown)]
    return lists.paged(call, site, f"products/{product}/variations", items, len(shown))


@api.on("GET", f"{PATH}/<identifier>")
def retrieve(call: Call, product: str, identifier: str) -> Reply:
    """One variation."""
    site = site_of(call)
    found = _parent(call, site, product)
    return Reply(view.variation(site, found, _sku(found, identifier)))


def _update(call: Call, product: str, identifier: object, wish: Doc) -> Doc:
    site = site_of(call)
    found = _parent(call, site, product)
    changing.change_variation(call, site, found, _sku(found, identifier), wish)
    again = goods.get(call.scope, site.shop, product) or found
    return view.variation(site, again, _sku(again, identifier))


def _no_delete(item: Doc) -> Doc:
    raise refusal(501, "woocommerce_rest_not_imitated", "The sandbox deletes whole products only.")


@api.on("POST", f"{PATH}/batch")
def batch(call: Call, product: str) -> Reply:
    """Up to a hundred changes; some may fail inside an answer of 200."""
    return Reply(changing.batch(call, lambda item: _update(call, product, item.get("id"), item), _no_delete))


def _change(call: Call, product: str, identifier: str) -> Reply:
    return Reply(_update(call, product, identifier, call.body if isinstance(call.body, dict) else {}))


for _method in ("PUT", "PATCH", "POST"):
    api.on(_method, f"{PATH}/<identifier>")(_change)
