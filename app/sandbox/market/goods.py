"""What a shop lists: products with their SKUs, prices, states and stock."""

from typing import Any

from app.sandbox.stripe import effects
from app.sandbox.stripe.scope import Scope

from . import ids, shops, store, watching
from .errors import CannotDo
from .store import Doc

KIND = "product"
STATES = ("active", "inactive", "deleted")
MOST = 999_999


def add(
    scope: Scope,
    shop: Doc,
    *,
    title: str,
    skus: list[Doc],
    picture: str = "",
    state: str = "active",
    private: Doc | None = None,
    quiet: bool = False,
) -> Doc:
    """List a product. Each SKU: sku, title, price (minor units), options{name: value}, stock (int: in the default warehouse,
    {warehouse: n}, or None: not counted), floor, members [{product, sku, quantity}] (a kit, which has no stock of its own).

    `quiet` tells nobody (bulk). Raises CannotDo.
    """
    if not title.strip() or not skus:
        raise CannotDo("A product needs a title and at least one SKU.")
    inside = shops.scope_of(scope, shop)
    doc = {
        "id": ids.new(inside, shop["platform"], "product"), "shop": shop["id"], "title": title.strip(), "state": state,
        "picture": picture, "skus": [_sku(inside, shop, one) for one in skus], "private": private or {},
    }  # fmt: skip
    doc = store.add(inside, KIND, doc)
    _point(inside, doc)
    if not quiet:
        watching.tell(inside, shop, "product_changed", doc, cause="created")
    return doc


def _sku(scope: Scope, shop: Doc, given: Doc) -> Doc:
    members, stock = list(given.get("members") or ()), given.get("stock", 0)
    counted = stock is not None and not members
    per_place = stock if isinstance(stock, dict) else {shops.default_warehouse(shop): int(stock or 0)}
    places = [one["id"] for one in shop["warehouses"]]
    return {
        "id": ids.new(scope, shop["platform"], "sku"),
        "sku": str(given.get("sku", "")),
        "title": str(given.get("title", "")),
        "options": dict(given.get("options") or {}),
        "price": int(given.get("price", 0)),
        "counted": counted,
        "stock": {place: int(per_place.get(place, 0)) for place in places} if counted else {},
        "committed": dict.fromkeys(places, 0) if counted else {},
        "floor": int(given.get("floor", 0)),
        "members": members,
    }


def _point(scope: Scope, product: Doc) -> None:
    store.point(scope, "sku", product["id"], [one["id"] for one in product["skus"]])
    store.point(scope, "seller_sku", product["id"], [one["sku"] for one in product["skus"] if one["sku"]])


def get(scope: Scope, shop: Doc, product_id: object) -> Doc | None:
    """The product, also when it is deleted; a kit's stock is worked out from its members."""
    inside = shops.scope_of(scope, shop)
    doc = store.find(inside, KIND, product_id)
    return _with_kits(inside, shop, doc) if doc else None


def by_sku(scope: Scope, shop: Doc, sku_id: object) -> Doc | None:
    """The product that a SKU's id belongs to."""
    owner = store.owner_of(shops.scope_of(scope, shop), "sku", sku_id)
    return get(scope, shop, owner) if owner else None


def by_seller_sku(scope: Scope, shop: Doc, sku: str) -> tuple[Doc, Doc] | None:
    """(product, SKU) that the seller calls so; the newest product where several do."""
    owner = store.owner_of(shops.scope_of(scope, shop), "seller_sku", sku)
    product = get(scope, shop, owner) if owner else None
    return (product, next(one for one in product["skus"] if one["sku"] == sku)) if product else None


def listed(scope: Scope, shop: Doc, **window: Any) -> list[Doc]:
    """Products by `store.listed`'s words (by, since, until, after, limit, offset, newest); deleted ones too."""
    inside = shops.scope_of(scope, shop)
    return [_with_kits(inside, shop, one) for one in store.listed(inside, KIND, **window)]


def count(scope: Scope, shop: Doc, **window: Any) -> int:
    """How many products lie in the window."""
    return store.count(shops.scope_of(scope, shop), KIND, **window)


def sku_of(product: Doc, sku_id: object) -> Doc:
    """One SKU of a product; raises CannotDo (gone)."""
    found = next((one for one in product["skus"] if one["id"] == str(sku_id)), None)
    if found is None or product["state"] == "deleted":
        raise CannotDo(f"{product['title']} has no SKU {sku_id} any more.", "gone")
    return found


def available(sku: Doc) -> int | None:
    """Units that can still be sold; None when they are not counted."""
    if sku["members"] or sku["counted"]:
        return sum(sku["stock"].values())
    return None


def _with_kits(scope: Scope, shop: Doc, product: Doc) -> Doc:
    for sku in product["skus"]:
        if sku["members"]:
            place = shops.default_warehouse(shop)
            sku["stock"] = {place: _kits(scope, sku)}
            sku["committed"] = {place: 0}
    return product


def _kits(scope: Scope, sku: Doc) -> int:
    """How many whole kits the members' stock makes; an uncounted member is never short."""
    most = []
    for member in sku["members"]:
        product = store.find(scope, KIND, member["product"])
        piece = sku_of(product, member["sku"]) if product else None
        left = available(piece) if piece else 0
        if left is not None:
            most.append(left // max(1, member["quantity"]))
    return min(most, default=MOST)


# --- what a seller changes -------------------------------------------------------------------------------------------
def set_stock(scope: Scope, shop: Doc, product: Doc, sku_id: object, stock: dict[str, int]) -> Doc:
    """Set the available units per warehouse (warehouses left out stay). Raises CannotDo: gone, kit, uncounted, holiday,
    warehouse, range, floor. One row `stock_set` in the ledger of effects, also when nothing differs."""
    sku = sku_of(product, sku_id)
    _may_set(shop, sku, stock)
    before = dict(sku["stock"])
    sku["stock"] = {**before, **stock}
    inside = _keep(scope, shop, product)
    effects.record(
        inside, "stock_set", {"id": sku["id"], "amount": sum(sku["stock"].values()), "currency": shop["currency"]},
        platform=shop["platform"], shop=shop["id"], product=product["id"], sku=sku["sku"], before=before, after=sku["stock"],
    )  # fmt: skip
    watching.tell(inside, shop, "stock_changed", product, sku=sku["id"], before=before, after=sku["stock"], by="seller")
    return product


def _may_set(shop: Doc, sku: Doc, stock: dict[str, int]) -> None:
    if shop["holiday"]:
        raise CannotDo("The shop is on holiday: stock cannot be changed.", "holiday")
    if sku["members"]:
        raise CannotDo("This is a kit: its stock comes from its members.", "kit")
    if not sku["counted"]:
        raise CannotDo("The stock of this SKU is not counted.", "uncounted")
    strange = set(stock) - set(sku["stock"])
    if strange or not stock:
        raise CannotDo(f"There is no warehouse {', '.join(sorted(strange)) or '(none was named)'}.", "warehouse")
    if any(not 0 <= number <= MOST for number in stock.values()):
        raise CannotDo(f"Stock must be between 0 and {MOST}.", "range")
    if sum({**sku["stock"], **stock}.values()) < sku["floor"]:
        raise CannotDo(f"A promotion reserves {sku['floor']} units: stock must be more than reserved stock.", "floor")


def set_price(scope: Scope, shop: Doc, product: Doc, sku_id: object, amount: int) -> Doc:
    """Set the list price in minor units of the shop's currency. Raises CannotDo: gone, range."""
    if amount <= 0:
        raise CannotDo("A price must be more than nothing.", "range")
    sku = sku_of(product, sku_id)
    before, sku["price"] = sku["price"], amount
    inside = _keep(scope, shop, product)
    watching.tell(inside, shop, "product_changed", product, cause="price", sku=sku["id"], before=before, after=amount)
    return product


def set_floor(scope: Scope, shop: Doc, product: Doc, sku_id: object, floor: int) -> Doc:
    """A promotion reserves `floor` units of a SKU (0: none does)."""
    sku_of(product, sku_id)["floor"] = floor
    inside = _keep(scope, shop, product)
    watching.tell(inside, shop, "product_changed", product, cause="promotion", sku=str(sku_id))
    return product


def set_counted(scope: Scope, shop: Doc, product: Doc, sku_id: object, counted: bool) -> Doc:
    """Begin to count a SKU's stock (from zero), or stop."""
    sku = sku_of(product, sku_id)
    if sku["counted"] != counted and not sku["members"]:
        sku["counted"] = counted
        zero = {one["id"]: 0 for one in shop["warehouses"]} if counted else {}
        sku["stock"], sku["committed"] = dict(zero), dict(zero)
        inside = _keep(scope, shop, product)
        watching.tell(inside, shop, "product_changed", product, cause="counting", sku=sku["id"])
    return product


def set_state(scope: Scope, shop: Doc, product: Doc, state: str) -> Doc:
    """List it, take it off, or delete it (which nothing undoes). Raises CannotDo."""
    if state not in STATES:
        raise CannotDo(f"state must be one of {', '.join(STATES)}")
    if product["state"] == "deleted":
        raise CannotDo(f"{product['title']} is deleted.", "gone")
    before, product["state"] = product["state"], state
    inside = _keep(scope, shop, product)
    watching.tell(inside, shop, "product_changed", product, cause="state", before=before, after=state)
    return product


def reissue_ids(scope: Scope, shop: Doc, product: Doc) -> Doc:
    """All SKUs get new ids, as when a seller rebuilds the variations; old orders keep the old ones."""
    inside = shops.scope_of(scope, shop)
    for sku in product["skus"]:
        sku["id"] = ids.new(inside, shop["platform"], "sku")
    _keep(scope, shop, product)
    watching.tell(inside, shop, "product_changed", product, cause="variations")
    return product


def save(scope: Scope, shop: Doc, product: Doc, **detail: Any) -> Doc:
    """Keep a product that its protocol changed otherwise (title, picture, private), and say so."""
    inside = _keep(scope, shop, product)
    watching.tell(inside, shop, "product_changed", product, **detail)
    return product


def _keep(scope: Scope, shop: Doc, product: Doc) -> Scope:
    inside = shops.scope_of(scope, shop)
    store.save(inside, KIND, product)
    _point(inside, product)
    return inside
