"""Stock and prices: absolute, per warehouse, each SKU with an error of its own (TIKTOK.md §6)."""

from typing import Any

from app.sandbox.market import goods
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from . import products
from .dialect import bad, ids_of, item_error, minor, refusal, told
from .door import api, shop_of

WRITABLE = ("DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED")
MOST = 99_999
WRAPPER, COUNT = 12052990, (12019024, "stock count is invalid")
EVERY = (
    12019028,
    "Multiple warehouses detected. Include all warehouse IDs and the corresponding details and try again.",
)
SHARED = (
    12052921,
    "Couldn't edit the inventory quantity because this product shares the inventory with the source shop",
)
Why = tuple[int, str]


@api.on("POST", "/product/202309/inventory/search")
def search(call: Call) -> Reply:
    """What may be sold (`available`) and what open orders hold (`committed`), per warehouse; SKU ids win."""
    skus, wanted = ids_of(call.body, "sku_ids", 600), ids_of(call.body, "product_ids", 100)
    if not skus and not wanted:
        raise refusal(12019008, "Product id is invalid")
    shop = shop_of(call)
    found = products.inventory(call.scope, shop, skus, wanted)
    kits = [goods.get(call.scope, shop, one["id"]) for one in found]
    rows = [
        {
            "product_id": one["id"],
            "skus": [_counted(sku) for sku in (kit or one)["skus"] if not skus or sku["id"] in skus],
        }
        for one, kit in zip(found, kits, strict=True)
    ]
    return told({"inventory": rows})


def _counted(sku: Doc) -> Doc:
    places = [
        {"warehouse_id": place, "available_quantity": number, "committed_quantity": sku["committed"].get(place, 0)}
        for place, number in sku["stock"].items()
    ]
    total, held = sum(sku["stock"].values()), sum(sku["committed"].values())
    return {
        "id": sku["id"],
        "seller_sku": sku["sku"],
        "total_available_quantity": total,
        "total_committed_quantity": held,
        "total_available_inventory_distribution": {"in_shop_inventory": {"quantity": total}},
        **({"warehouse_inventory": places} if places else {}),
    }


def _skus(call: Call, product_id: str) -> tuple[Doc, Doc, list[Doc]]:
    """The shop, the product and the SKUs of the body. Raises Refusal."""
    shop = shop_of(call)
    wanted = call.body.get("skus") if isinstance(call.body, dict) else None
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise bad("param body.skus is missing")
    if any(not isinstance(one.get("id"), str) or not one["id"] for one in wanted):
        raise refusal(12052036, "The SKU ID is necessary")
    product = products.product_of(call.scope, shop, product_id)
    if product is None:
        raise refusal(*products.GONE)
    return shop, product, wanted


# --- stock
@api.on("POST", "/product/202309/products/<product_id>/inventory/update")
def update(call: Call, product_id: str) -> Reply:
    """Set quantities. A product that takes none refuses whole; else every SKU stands or falls alone."""
    shop, product, wanted = _skus(call, product_id)
    if products.status_of(product) not in WRITABLE:
        raise refusal(*products.NOT_NOW)
    if product["private"].get("shared"):
        raise refusal(*SHARED)
    _all_places(product, wanted)
    failed = [error for error in (_set(call.scope, shop, product_id, one) for one in wanted) if error]
    return told({"errors": failed} if failed else {})


def _all_places(product: Doc, wanted: list[Doc]) -> None:
    """Every warehouse of a SKU that has several must be named. Raises Refusal."""
    places = {one["id"]: set(one["stock"]) for one in product["skus"]}
    for one in wanted:
        known = places.get(one["id"], set())
        named = {str(row.get("warehouse_id")) for row in _inventory(one) if row.get("warehouse_id")}
        if len(known) > 1 and not known <= named:
            raise refusal(*EVERY)


def _inventory(wish: Doc) -> list[Doc]:
    given = wish.get("inventory")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise bad("param body.skus.inventory is missing")
    return given


def _set(scope: Scope, shop: Doc, product_id: str, wish: Doc) -> Doc | None:
    """None, or the SKU's error, wrapped the way TikTok wraps it."""
    product = goods.get(scope, shop, product_id)
    sku = next((one for one in product["skus"] if one["id"] == wish["id"]), None) if product else None
    if product is None or sku is None:
        return item_error(
            WRAPPER, "batch update inventory error", {"sku_id": wish["id"], "extra_errors": [_why(*products.GONE)]}
        )
    stock: dict[str, int] = {}
    for row in _inventory(wish):
        place, why = str(row.get("warehouse_id") or next(iter(sku["stock"]), "")), _wrong(shop, sku, row)
        if why:
            return _wrapped(sku, place, why)
        stock[place] = row["quantity"]
    return _kept(scope, shop, product, sku, stock)


def _kept(scope: Scope, shop: Doc, product: Doc, sku: Doc, stock: dict[str, int]) -> Doc | None:
    try:
        goods.set_stock(scope, shop, product, sku["id"], stock)
    except CannotDo as error:
        return _wrapped(sku, next(iter(stock), ""), (12052037, f"Couldn't update inventory. Possible causes: {error}"))
    return None


def _wrong(shop: Doc, sku: Doc, row: Doc) -> Why | None:
    """The documents give 1 to 99,999 and elsewhere show 0 accepted; `private.refuses_zero` chooses."""
    quantity = row.get("quantity")
    least = 1 if shop["private"].get("refuses_zero") else 0
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not least <= quantity <= MOST:
        return COUNT
    place = row.get("warehouse_id")
    return (12052097, "The warehouse does not exist") if place and place not in sku["stock"] else None


def _wrapped(sku: Doc, place: str, why: Why) -> Doc:
    return item_error(
        WRAPPER, "batch update inventory error", {"sku_id": sku["id"], "extra_errors": [_why(*why, warehouse_id=place)]}
    )


def _why(code: int, message: str, **more: Any) -> Doc:
    return {"code": code, "message": message, **more}


# --- prices
@api.on("POST", "/product/202309/products/<product_id>/prices/update")
def reprice(call: Call, product_id: str) -> Reply:
    """List prices, of products on sale and outside promotions; all of them or none."""
    shop, product, wanted = _skus(call, product_id)
    if products.status_of(product) != "ACTIVATE":
        raise refusal(12019113, "product status is invalid")
    for one in wanted:
        price: Doc = one["price"] if isinstance(one.get("price"), dict) else {}
        if price.get("currency") != shop["currency"]:
            raise refusal(12052084, "The provided currency is not available for this shop/region.")
        sku = goods.sku_of(product, one["id"])
        if sku["floor"]:
            raise refusal(12052038, "Product price locked due to ongoing promotion.")
        product = goods.set_price(call.scope, shop, product, sku["id"], _price(price, shop["currency"]))
    return told({})


def _price(price: Doc, currency: str) -> int:
    amount = minor(price.get("amount"), currency)
    if amount <= 0:
        raise refusal(12052073, "The product price is invalid")
    return amount
