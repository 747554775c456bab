"""What a file of stock would do, line by line, before it does anything."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.models import Product, Variant
from app.core import db
from app.inventory.models import Location, StockLevel
from app.inventory.spreadsheet import Line

LARGEST_COUNT = 9_999_999


@dataclass(frozen=True)
class Step:
    """One line and what it means: `before` → `after` units on hand, or `problem` in words at cell `cell`.

    `before` was read with the line, so it stays what it was while the plan is carried out.
    """

    line: Line
    title: str = ""
    variant: Variant | None = None
    location: Location | None = None
    level: StockLevel | None = None
    before: int = 0
    after: int = 0
    problem: str = ""
    cell: str = ""

    @property
    def delta(self) -> int:
        return self.after - self.before

    @property
    def variant_id(self) -> UUID:
        if self.variant is None:
            raise LookupError("a line with a problem has no variant")
        return self.variant.id

    @property
    def location_id(self) -> UUID:
        if self.location is None:
            raise LookupError("a line with a problem has no location")
        return self.location.id


@dataclass(frozen=True)
class Plan:
    """`mark` names exactly these changes: two plans with one mark do the same."""

    steps: tuple[Step, ...]

    @property
    def changes(self) -> list[Step]:
        return [step for step in self.steps if not step.problem and step.delta]

    @property
    def same(self) -> list[Step]:
        return [step for step in self.steps if not step.problem and not step.delta]

    @property
    def wrong(self) -> list[Step]:
        return [step for step in self.steps if step.problem]

    @property
    def mark(self) -> str:
        told = [f"{step.variant_id} {step.location_id} {step.before} {step.after}" for step in self.changes]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class _Shelf:
    """Everything that the lines may speak of, read once."""

    variants: dict[str, tuple[Variant, str, bool]]
    locations: dict[str, Location]
    default: Location | None
    levels: dict[tuple[UUID, UUID], StockLevel]
    skus: list[str]


def make(lines: Sequence[Line], *, lock: bool = False) -> Plan:
    """Read the shelf once and judge each line. `lock` holds the levels until the transaction ends."""
    shelf = _look(lines, lock)
    seen: set[tuple[UUID, UUID]] = set()
    steps: list[Step] = []
    for line in lines:
        step = _judge(line, shelf)
        if not step.problem:
            place = (step.variant_id, step.location_id)
            if place in seen:
                step = Step(line, step.title, problem="This SKU stands in an earlier line too.", cell="sku")
            seen.add(place)
        steps.append(step)
    return Plan(tuple(steps))


def _look(lines: Sequence[Line], lock: bool) -> _Shelf:
    wanted = {line.sku.lower() for line in lines if line.sku}
    rows = db.session().execute(
        select(Variant, Product.title, Product.ships)
        .join(Product, (Product.workspace_id == Variant.workspace_id) & (Product.id == Variant.product_id))
        .where(func.lower(Variant.sku).in_(wanted))
    )
    variants = {variant.sku.lower(): (variant, title, ships) for variant, title, ships in rows}
    places = list(db.session().scalars(select(Location)))
    levels = select(StockLevel).where(StockLevel.variant_id.in_([one[0].id for one in variants.values()]))
    if lock:
        levels = levels.order_by(StockLevel.id).with_for_update().execution_options(populate_existing=True)
    skus = list(db.session().scalars(select(Variant.sku).limit(5_000))) if wanted - set(variants) else []
    return _Shelf(
        variants,
        {place.name.casefold(): place for place in places},
        next((place for place in places if place.is_default), None),
        {(row.variant_id, row.location_id): row for row in db.session().scalars(levels)},
        skus,
    )


def _judge(line: Line, shelf: _Shelf) -> Step:
    if not line.sku:
        return Step(line, problem="There is no SKU in this line.", cell="sku")
    found = shelf.variants.get(line.sku.lower())
    if found is None:
        return Step(line, problem=_unknown(line.sku, shelf), cell="sku")
    variant, title, ships = found
    title = f"{title} ({variant.title})" if variant.title else title
    if variant.archived_at is not None or not (ships and variant.tracked):
        why = "is archived" if variant.archived_at is not None else "has no stock to count: it never runs out"
        return Step(line, title, problem=f"{variant.sku} {why}.", cell="sku")
    place = shelf.locations.get(line.location.casefold()) if line.location else shelf.default
    if place is None:
        return Step(line, title, problem=_nowhere(line.location, shelf), cell="location")
    level = shelf.levels.get((variant.id, place.id))
    before, problem = level.on_hand if level else 0, _wrong_count(line.on_hand, level)
    if problem:
        return Step(line, title, variant, place, level, before, problem=problem, cell="on_hand")
    return Step(line, title, variant, place, level, before, int(_digits(line.on_hand)))


def _unknown(sku: str, shelf: _Shelf) -> str:
    near = get_close_matches(sku.upper(), [one.upper() for one in shelf.skus], n=1, cutoff=0.7)
    return f"No variant has this SKU{f'; did you mean {near[0]}' if near else ''}."


def _nowhere(name: str, shelf: _Shelf) -> str:
    known = ", ".join(sorted(place.name for place in shelf.locations.values()))
    return f"There is no location {name}. Yours: {known}." if known else "Receive a first delivery to make a location."


def _digits(raw: str) -> str:
    """«1,200» and «12.0» as spreadsheets write whole numbers."""
    typed = raw.replace(" ", "").replace("\u00a0", "")
    whole, dot, rest = typed.rpartition(".")
    typed = whole if dot and rest.strip("0") == "" and whole else typed
    parts = typed.split(",")
    grouped = len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and 0 < len(parts[0]) <= 3
    return "".join(parts) if grouped else typed


def _wrong_count(raw: str, level: StockLevel | None) -> str:
    typed = _digits(raw)
    if not typed:
        return "There is no number in this line."
    if not (typed.isascii() and typed.isdecimal()) or int(typed) > LARGEST_COUNT:
        return f"«{raw}» is not a whole number of units, zero or more."
    if level and int(typed) < level.reserved:
        return f"{level.reserved} are held by buyers at this moment, so it cannot be less."
    return ""
