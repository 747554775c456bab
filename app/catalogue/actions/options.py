"""Options («Size», «Colour») and the grid of variants they span."""

from collections.abc import Mapping, Sequence
from itertools import product as combine

from sqlalchemy import delete, select

from app.catalogue.actions.products import refresh_price, variants_of
from app.catalogue.events import ProductChanged
from app.catalogue.models import Product, ProductOption, Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import short_code
from app.core.outbox import emit

MOST = 100


class TooManyVariants(Refused):
    message = f"These options make more than {MOST} variants. Use fewer values."


class SameOptionTwice(Refused):
    message = "Two options are both called {name}. Give each a name of its own."


class NothingLeft(Refused):
    message = "All variants that these options make are archived. Restore one of them first; nothing was changed."


def set_options(actor: Actor, product: Product, options: Mapping[str, Sequence[str]]) -> list[Variant]:
    """Span the grid anew: variants whose values still exist keep their id, SKU, price and stock; others are archived.

    A combination that comes back takes up its old variant again; one that was archived by hand stays archived.
    """
    wanted = _clean(options)
    grid = [dict(zip(wanted, values, strict=True)) for values in combine(*wanted.values())]
    if len(grid) > MOST:
        raise TooManyVariants(field="options")
    product = db.lock(product)
    before = spanned(product)
    _replace_options(product, wanted)
    present, gone = variants_of(product.id), _archived(product)
    dropped = [one.option_values for one in gone if one.option_values in before]
    kept = [
        _variant_for(product, values, position, present, gone)
        for position, values in enumerate(grid)
        if values not in dropped
    ]
    if not kept:
        raise NothingLeft(field="options")
    for variant in present:
        if variant not in kept:
            variant.archived_at = db.now()
    db.session().flush()
    refresh_price(product)
    audit.record(actor, "catalogue.set_options", product, options=wanted)
    emit(ProductChanged(product_id=product.id))
    return kept


def spanned(product: Product) -> list[dict[str, str]]:
    """Every combination of the product's present options."""
    rows = list(
        db.session().scalars(
            select(ProductOption).where(ProductOption.product_id == product.id).order_by(ProductOption.position)
        )
    )
    return [
        dict(zip([row.name for row in rows], values, strict=True)) for values in combine(*[row.values for row in rows])
    ]


def _clean(options: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in options.items():
        kept = list(dict.fromkeys(value.strip() for value in values if value.strip()))
        if not name.strip() or not kept:
            continue
        if name.strip().casefold() in {one.casefold() for one in found}:
            raise SameOptionTwice(name=name.strip(), field="options")
        found[name.strip()] = kept
    return found


def _archived(product: Product) -> list[Variant]:
    statement = select(Variant).where(Variant.product_id == product.id, Variant.archived_at.is_not(None))
    return list(db.session().scalars(statement.order_by(Variant.archived_at.desc())))


def _replace_options(product: Product, wanted: Mapping[str, list[str]]) -> None:
    db.session().execute(delete(ProductOption).where(ProductOption.product_id == product.id))
    for position, (name, values) in enumerate(wanted.items()):
        db.add(ProductOption(product_id=product.id, name=name, position=position, values=values))


def _variant_for(
    product: Product, values: dict[str, str], position: int, present: list[Variant], gone: list[Variant]
) -> Variant:
    """The variant with these values: an old one, else the lone default one, else a new one like the first."""
    match = next((one for one in [*present, *gone] if one.option_values == values), None)
    if match is None and position == 0:
        match = next((one for one in present if not one.option_values), None)
    if match is None:
        return _new_variant(product, values, position, present[0] if present else None)
    match.title, match.option_values, match.position, match.archived_at = title_of(values), values, position, None
    return match


def _new_variant(product: Product, values: dict[str, str], position: int, model: Variant | None) -> Variant:
    return db.add(
        Variant(
            product_id=product.id,
            sku=f"{product.slug[:20]}-{short_code(4)}".upper(),
            title=title_of(values),
            option_values=values,
            position=position,
            price_minor=model.price_minor if model else product.price_minor,
            currency=product.currency,
            tracked=product.ships,
            weight_g=model.weight_g if model else 0,
            length_mm=model.length_mm if model else 0,
            width_mm=model.width_mm if model else 0,
            height_mm=model.height_mm if model else 0,
        )
    )


def title_of(values: Mapping[str, str]) -> str:
    return " / ".join(values.values())
