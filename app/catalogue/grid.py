"""The variants' grid: which columns there are, what a form typed into them, and one value for a whole column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.catalogue.actions.variants import Cells, WrongCells
from app.catalogue.forms import whole
from app.catalogue.models import Variant
from app.core.errors import Refused
from app.core.money import Money, parse_money


@dataclass(frozen=True)
class Column:
    """`fills` says that one value may be given to all rows; `ships` that only things that ship have it."""

    name: str
    label: str
    fills: bool = True
    ships: bool = False


COLUMNS = (
    Column("sku", "SKU", fills=False),
    Column("price", "Price"),
    Column("was", "Price before"),
    Column("stock", "In stock", ships=True),
    Column("weight_g", "Weight, g", ships=True),
    Column("length_mm", "Length, mm", ships=True),
    Column("width_mm", "Width, mm", ships=True),
    Column("height_mm", "Height, mm", ships=True),
)
SIZES = ("weight_g", "length_mm", "width_mm", "height_mm")


@dataclass(frozen=True)
class GridRow:
    """One variant with its cells as text, by column name; `held` units are in checkouts right now."""

    variant: Variant
    cells: dict[str, str] = field(default_factory=dict)
    held: int = 0


def columns(ships: bool) -> list[Column]:
    return [column for column in COLUMNS if ships or not column.ships]


def rows(
    variants: Sequence[Variant],
    shelves: Mapping[UUID, tuple[int, int]],
    typed: Mapping[str, str],
    fill: Mapping[str, str],
) -> list[GridRow]:
    """As saved, overlaid by what was typed (`price-<id>`), overlaid by `fill` (one value per column name)."""
    found = []
    for variant in variants:
        on_hand, held = shelves.get(variant.id, (0, 0))
        saved = _saved(variant, on_hand)
        cells = {name: fill.get(name, typed.get(f"{name}-{variant.id}", text)) for name, text in saved.items()}
        found.append(GridRow(variant, cells, held))
    return found


def _saved(variant: Variant, on_hand: int) -> dict[str, str]:
    was = Money(variant.compare_at_minor, variant.currency) if variant.compare_at_minor is not None else None
    return {
        "sku": variant.sku,
        "price": str(variant.price.decimal),
        "was": str(was.decimal) if was else "",
        "stock": str(on_hand),
        **{name: str(getattr(variant, name)) for name in SIZES},
    }


def parse(variants: Sequence[Variant], typed: Mapping[str, str]) -> dict[UUID, Cells]:
    """Every row of the form; rows that it does not hold are left out. Raises WrongCells naming every unreadable cell."""
    found: dict[UUID, Cells] = {}
    wrong: dict[tuple[UUID, str], str] = {}
    for variant in variants:
        if f"sku-{variant.id}" in typed:
            cells = _row(variant, typed, wrong)
            if cells:
                found[variant.id] = cells
    if wrong:
        raise WrongCells(wrong)
    return found


def _row(variant: Variant, typed: Mapping[str, str], wrong: dict[tuple[UUID, str], str]) -> Cells | None:
    def text(name: str) -> str:
        return typed.get(f"{name}-{variant.id}", "").strip()

    price = was = None
    try:
        price = parse_money(text("price"), variant.currency)
    except Refused as refusal:
        wrong[variant.id, "price"] = refusal.message if text("price") else "Every variant needs a price."
    try:
        was = parse_money(text("was"), variant.currency) if text("was") else None
    except Refused as refusal:
        wrong[variant.id, "was"] = refusal.message
    if price and was and was <= price:
        wrong[variant.id, "was"] = "The price before is above the price, or empty: buyers see it struck out."
    sizes = _sizes(variant, text, wrong)
    return Cells(text("sku"), price, was, **sizes) if price is not None else None


def _sizes(variant: Variant, text: Callable[[str], str], wrong: dict[tuple[UUID, str], str]) -> dict[str, int]:
    found = {}
    for name in SIZES:
        try:
            found[name] = whole(text(name), name)
        except Refused as refusal:
            wrong[variant.id, name] = refusal.message
    return found


def stock_changes(variants: Sequence[Variant], typed: Mapping[str, str]) -> dict[UUID, int]:
    """How many more or fewer than the form showed, per variant: a sale in between stays counted. Raises WrongCells."""
    changes: dict[UUID, int] = {}
    wrong: dict[tuple[UUID, str], str] = {}
    for variant in variants:
        shown, wanted = typed.get(f"shown-{variant.id}", ""), typed.get(f"stock-{variant.id}", "").strip()
        if not shown.isdecimal() or wanted == shown:
            continue
        try:
            changes[variant.id] = whole(wanted, "stock") - int(shown)
        except Refused as refusal:
            wrong[variant.id, "stock"] = refusal.message
    if wrong:
        raise WrongCells(wrong)
    return {variant_id: by for variant_id, by in changes.items() if by}
