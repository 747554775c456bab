"""Stock that orders hold: taken when they are placed, committed until they are sent, given back when they are cancelled."""

from app.sandbox.stripe.scope import Scope

from . import goods, shops, store, watching
from .errors import CannotDo
from .store import Doc


def take(scope: Scope, shop: Doc, product: Doc, sku: Doc, quantity: int) -> list[Doc]:
    """Move units from available to committed; a kit takes its members.

    Returns the pieces to remember: product, sku, per_unit, takes{warehouse: n} (empty when not counted). Raises CannotDo
    (not_enough), and then nothing was taken as long as the caller's transaction is undone.
    """
    members = sku["members"] or [{"product": product["id"], "sku": sku["id"], "quantity": 1}]
    return [_take(scope, shop, one, quantity, product["title"]) for one in members]


def _take(scope: Scope, shop: Doc, member: Doc, quantity: int, title: str) -> Doc:
    product = goods.get(scope, shop, member["product"])
    if product is None:
        raise CannotDo(f"A part of {title} is gone.", "gone")
    sku, wanted = goods.sku_of(product, member["sku"]), quantity * member["quantity"]
    piece = {"product": product["id"], "sku": sku["id"], "per_unit": member["quantity"], "takes": {}}
    if not sku["counted"]:
        return piece
    left = sum(sku["stock"].values())
    if left < wanted:
        raise CannotDo(f"{title}: {left} left, {wanted} wanted.", "not_enough")
    before = dict(sku["stock"])
    for place in _order(shop, sku):
        part = min(wanted, sku["stock"][place])
        if part:
            _shift(sku, place, -part, part)
            piece["takes"][place] = part
            wanted -= part
    _tell(scope, shop, product, sku, before, "order")
    return piece


def _order(shop: Doc, sku: Doc) -> list[str]:
    """One warehouse serves all when it can, the default one first; else they share."""
    first = shops.default_warehouse(shop)
    return sorted(sku["stock"], key=lambda place: (place != first, -sku["stock"][place]))


def _shift(sku: Doc, place: str, stock: int, committed: int) -> None:
    sku["stock"][place] = sku["stock"].get(place, 0) + stock
    sku["committed"][place] = max(0, sku["committed"].get(place, 0) + committed)


def release(scope: Scope, shop: Doc, line: Doc, units: int, *, back: bool, by: str) -> None:
    """`units` of an order's line are not committed any more: `back` to the shelf, or gone with a parcel."""
    for piece in line["pieces"]:
        product = goods.get(scope, shop, piece["product"])
        sku = next((one for one in product["skus"] if one["id"] == piece["sku"]), None) if product else None
        before = dict(sku["stock"]) if sku else {}
        for place, part in _parts(piece, units * piece["per_unit"]):
            if sku and sku["counted"]:
                _shift(sku, place, part if back else 0, -part)
        if product and sku and sku["counted"]:
            _tell(scope, shop, product, sku, before, by)


def _parts(piece: Doc, units: int) -> list[tuple[str, int]]:
    """Whence the units were taken; they are struck off the piece."""
    parts = []
    for place, number in list(piece["takes"].items()):
        part = min(units, number)
        piece["takes"][place] = number - part
        units -= part
        if part:
            parts.append((place, part))
    return parts


def put_back(scope: Scope, shop: Doc, line: Doc, units: int, by: str) -> None:
    """Units that had left the shop are on the shelf of the default warehouse again."""
    for piece in line["pieces"]:
        product = goods.get(scope, shop, piece["product"])
        sku = next((one for one in product["skus"] if one["id"] == piece["sku"]), None) if product else None
        if product and sku and sku["counted"]:
            before = dict(sku["stock"])
            _shift(sku, shops.default_warehouse(shop), units * piece["per_unit"], 0)
            _tell(scope, shop, product, sku, before, by)


def _tell(scope: Scope, shop: Doc, product: Doc, sku: Doc, before: Doc, by: str) -> None:
    inside = shops.scope_of(scope, shop)
    store.save(inside, goods.KIND, product)
    watching.tell(inside, shop, "stock_changed", product, sku=sku["id"], before=before, after=sku["stock"], by=by)
