"""Variants: one at a time, or the whole grid at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.actions.options import spanned, title_of
from app.catalogue.actions.products import refresh_price, variants_of
from app.catalogue.events import ProductChanged
from app.catalogue.models import Product, Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.money import Money
from app.core.outbox import emit

EDITABLE = ("weight_g", "length_mm", "width_mm", "height_mm", "compare_at_minor", "tracked")


class SkuTaken(Refused):
    message = "The SKU {sku} already belongs to {owner}. SKUs are unique in your workspace, so that stock and orders find one thing."


class WrongCells(Refused):
    """`errors` maps variant id and column («sku», «price»…) to what is wrong; every cell at once, nothing saved."""

    def __init__(self, cells: Mapping[tuple[UUID, str], str]) -> None:
        count = len(cells)
        super().__init__(
            f"{count} cell{'s need' if count > 1 else ' needs'} another look. Nothing was saved yet.", field="variants"
        )
        self.errors = {f"{column}-{variant_id}": words for (variant_id, column), words in cells.items()}


class LastVariant(Refused):
    message = "A product needs one variant at least. Archive the product instead; nothing was changed."


class NoPlace(Refused):
    message = "«{title}» no longer fits the options. Add its values to the options first; it then comes back with its SKU and stock."


@dataclass(frozen=True)
class Cells:
    """One row of the grid. Prices in the product's currency, weight in grams, sizes in millimetres."""

    sku: str
    price: Money
    compare_at: Money | None
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


def update_variant(
    actor: Actor, variant: Variant, *, price: Money | None = None, sku: str | None = None, **fields: Any
) -> Variant:
    """Change price, SKU, weight (g), size (mm) or compare-at price. Raises SkuTaken."""
    variant = db.lock(variant)
    if sku is not None and sku.strip() != variant.sku:
        variant.sku = _free_sku(variant, sku.strip())
    if price is not None:
        variant.price_minor = price.minor
    for name in EDITABLE:
        if name in fields:
            setattr(variant, name, fields[name])
    db.session().flush()
    product = db.get(Product, variant.product_id)
    refresh_price(product)
    changed = sorted({*fields, *(["price"] if price else []), *(["sku"] if sku else [])})
    audit.record(actor, "catalogue.update_variant", variant, sku=variant.sku, changed=changed)
    emit(ProductChanged(product_id=product.id))
    return variant


def _free_sku(variant: Variant, sku: str) -> str:
    if not sku:
        raise Refused("Enter a SKU: the code you know this variant by.", field="sku")
    owner = _owner_of(sku, {variant.id})
    if owner:
        raise SkuTaken(sku=sku, owner=owner, field="sku")
    return sku


def _owner_of(sku: str, apart_from: set[UUID]) -> str:
    """In words, which variant has this SKU; empty when it is free. Upper and lower case are one SKU to people."""
    statement = (
        select(Variant.title, Variant.archived_at, Product.title.label("product"))
        .join(Variant.product)
        .where(func.lower(Variant.sku) == sku.lower(), Variant.id.not_in(apart_from))
    )
    found = db.session().execute(statement).first()
    if found is None:
        return ""
    title = f"«{found.product}»" + (f", {found.title}" if found.title else "")
    return f"{title} (archived)" if found.archived_at else title


def update_variants(actor: Actor, product: Product, rows: Mapping[UUID, Cells]) -> list[Variant]:
    """Save the whole grid or nothing. SKUs may be swapped among its rows. Raises WrongCells naming every cell."""
    product = db.lock(product)
    present = {one.id: one for one in variants_of(product.id) if one.id in rows}
    wrong = _wrong_skus({id: rows[id].sku for id in present})
    if wrong:
        raise WrongCells(wrong)
    _make_room(present, rows)
    changed = [one for one in present.values() if _fill(one, rows[one.id])]
    db.session().flush()
    if changed:
        refresh_price(product)
        audit.record(actor, "catalogue.update_variants", product, skus=sorted(one.sku for one in changed))
        emit(ProductChanged(product_id=product.id))
    return changed


def _wrong_skus(skus: Mapping[UUID, str]) -> dict[tuple[UUID, str], str]:
    found: dict[tuple[UUID, str], str] = {}
    first: dict[str, UUID] = {}
    for variant_id, sku in skus.items():
        if not sku:
            found[variant_id, "sku"] = "Enter a SKU: the code you know this variant by."
        elif sku.lower() in first:
            found[variant_id, "sku"] = f"{sku} stands in two rows. Each variant needs a SKU of its own."
        elif owner := _owner_of(sku, set(skus)):
            found[variant_id, "sku"] = SkuTaken(sku=sku, owner=owner).message
        first.setdefault(sku.lower(), variant_id)
    return found


def _make_room(present: Mapping[UUID, Variant], rows: Mapping[UUID, Cells]) -> None:
    """The unique key is checked row by row, so SKUs that change step aside first and swaps go through."""
    moving = [one for id, one in present.items() if one.sku != rows[id].sku]
    for one in moving:
        one.sku = f"~{one.id}"
    db.session().flush()


def _fill(variant: Variant, cells: Cells) -> bool:
    """Write the row's cells. True when any of them is new."""
    wanted = {
        "sku": cells.sku,
        "price_minor": cells.price.minor,
        "compare_at_minor": cells.compare_at.minor if cells.compare_at else None,
        "weight_g": cells.weight_g,
        "length_mm": cells.length_mm,
        "width_mm": cells.width_mm,
        "height_mm": cells.height_mm,
    }
    new = {name: value for name, value in wanted.items() if getattr(variant, name) != value}
    for name, value in new.items():
        setattr(variant, name, value)
    return bool(new)


def archive_variant(actor: Actor, product: Product, variant: Variant) -> None:
    """No longer sold; its orders, SKU and stock stay. Raises LastVariant."""
    product, variant = db.lock(product), db.lock(variant)
    if variant.archived_at is not None:
        return
    if len(variants_of(product.id)) < 2:
        raise LastVariant
    variant.archived_at = db.now()
    _told(actor, "catalogue.archive_variant", product, variant)


def restore_variant(actor: Actor, product: Product, variant: Variant) -> None:
    """Sell it again. Raises NoPlace when the options no longer span its values, or another variant has them now."""
    product, variant = db.lock(product), db.lock(variant)
    if variant.archived_at is None:
        return
    taken = any(one.option_values == variant.option_values for one in variants_of(product.id))
    if taken or variant.option_values not in spanned(product):
        raise NoPlace(title=variant.title or product.title)
    variant.title, variant.archived_at = title_of(variant.option_values), None
    _told(actor, "catalogue.restore_variant", product, variant)


def _told(actor: Actor, action: str, product: Product, variant: Variant) -> None:
    db.session().flush()
    refresh_price(product)
    audit.record(actor, action, product, sku=variant.sku, title=variant.title)
    emit(ProductChanged(product_id=product.id))
