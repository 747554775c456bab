"""Options and the grid of variants they span."""

from collections.abc import Mapping, Sequence
from itertools import product as combine
from typing import Any

from sqlalchemy import delete, select

from app.catalogue.actions.products import refresh_price, variants_of
from app.catalogue.events import ProductChanged
from app.catalogue.models import Product, ProductOption, Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import short_code
from app.core.money import Money
from app.core.outbox import emit

MOST = 100
EDITABLE = ("weight_g", "length_mm", "width_mm", "height_mm", "compare_at_minor", "tracked")


class TooManyVariants(Refused):
    message = f"These options make more than {MOST} variants. Use fewer values."


class SkuTaken(Refused):
    message = "Another variant already has the SKU {sku}. SKUs are unique in your workspace."


def set_options(actor: Actor, product: Product, options: Mapping[str, Sequence[str]]) -> list[Variant]:
    """Span the grid anew: variants whose values still exist keep their id, SKU, price and stock; others are archived."""
    wanted = {
        name.strip(): list(dict.fromkeys(v.strip() for v in values if v.strip()))
        for name, values in options.items()
        if name.strip()
    }
    wanted = {name: values for name, values in wanted.items() if values}
    grid = [dict(zip(wanted, values, strict=True)) for values in combine(*wanted.values())]
    if len(grid) > MOST:
        raise TooManyVariants(field="options")
    product = db.lock(product)
    _replace_options(product, wanted)
    present = variants_of(product.id)
    kept = [_variant_for(product, values, position, present) for position, values in enumerate(grid)]
    for variant in present:
        if variant not in kept:
            variant.archived_at = db.now()
    db.session().flush()
    refresh_price(product)
    audit.record(actor, "catalogue.set_options", product, options=wanted)
    emit(ProductChanged(product_id=product.id))
    return kept


def _replace_options(product: Product, wanted: Mapping[str, list[str]]) -> None:
    db.session().execute(delete(ProductOption).where(ProductOption.product_id == product.id))
    for position, (name, values) in enumerate(wanted.items()):
        db.add(ProductOption(product_id=product.id, name=name, position=position, values=values))


def _variant_for(product: Product, values: dict[str, str], position: int, present: list[Variant]) -> Variant:
    """The variant with these values: an old one, else the lone default one, else a new one like the first."""
    title = " / ".join(values.values())
    match = next((v for v in present if v.option_values == values), None)
    if match is None and position == 0:
        match = next((v for v in present if not v.option_values), None)
    if match is None:
        model = present[0] if present else None
        return db.add(
            Variant(
                product_id=product.id,
                sku=f"{product.slug[:20]}-{short_code(4)}".upper(),
                title=title,
                option_values=values,
                position=position,
                price_minor=model.price_minor if model else product.price_minor,
                currency=product.currency,
                tracked=product.ships,
                weight_g=model.weight_g if model else 0,
            )
        )
    match.title, match.option_values, match.position, match.archived_at = title, values, position, None
    return match


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
    if db.session().scalars(select(Variant.id).where(Variant.sku == sku, Variant.id != variant.id)).first():
        raise SkuTaken(sku=sku, field="sku")
    return sku
