"""Options and the variants' grid of the product editor."""

from uuid import UUID

from flask import request

from app.catalogue import actions, forms, grid, queries, seen, stockroom
from app.catalogue.actions.variants import WrongCells
from app.catalogue.models import Product, Variant
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import expect
from app.catalogue.routes.product import HERE, WRITE, locked, mine, page, product, saved
from app.core.errors import Refused
from app.core.web.access import actor, requires


@blueprint.post(f"{HERE}/options")
@requires(WRITE, again=product)
def save_options(product_id: UUID) -> object:
    row = locked(product_id)
    expect("options", seen.options(row.options), row.id)
    kept = actions.set_options(actor(), row, forms.options(request.form))
    words = "1 variant." if len(kept) == 1 else f"{len(kept)} variants."
    return saved(product_id, f"The options make {words}", "variants")


@blueprint.post(f"{HERE}/variants")
@requires(WRITE, again=product)
def save_variants(product_id: UUID) -> object:
    """The whole grid at once, or `fill`: give a column one value, look, and save then. One wrong cell keeps everything typed."""
    if request.form.get("fill"):
        return _filled(product_id, request.form["fill"])
    row = locked(product_id)
    present = [one for one in row.variants if one.archived_at is None]
    expect("variants", seen.variants(present, row.title), row.id)
    changed = actions.update_variants(actor(), row, grid.parse(present, request.form))
    counted = _count(row, present)
    if not changed and not counted:
        return saved(product_id, "Nothing was different, so nothing was changed.", "variants")
    return saved(product_id, "Variants saved.", "variants")


def _filled(product_id: UUID, column: str) -> str:
    """The grid with one column filled, nothing saved: the way without scripts."""
    ships = queries.product_by_id(product_id).ships
    known = {one.name for one in grid.columns(ships) if one.fills}
    return page(product_id, {column: request.form.get(f"all-{column}", "").strip()} if column in known else {})


def _count(row: Product, present: list[Variant]) -> int:
    """Stock typed into the grid, as so many more or fewer than it showed. Returns how many variants changed."""
    changes = grid.stock_changes(present, request.form) if row.ships else {}
    wrong: dict[tuple[UUID, str], str] = {}
    for variant in present:
        if variant.id in changes:
            try:
                stockroom.doors.adjust(actor(), variant, changes[variant.id], "In the product editor")
            except Refused as refusal:
                wrong[variant.id, "stock"] = refusal.message
    if wrong:
        raise WrongCells(wrong)
    return len(changes)


@blueprint.post(f"{HERE}/variants/<uuid:variant_id>")
@requires(WRITE, again=product)
def change_variant(product_id: UUID, variant_id: UUID) -> object:
    """Archive one variant, or take it back."""
    variant, row = mine(Variant, variant_id, product_id), queries.product_by_id(product_id)
    if request.form.get("do") == "restore":
        actions.restore_variant(actor(), row, variant)
        return saved(product_id, f"{variant.title or variant.sku} is for sale again.", "variants")
    actions.archive_variant(actor(), row, variant)
    return saved(product_id, f"{variant.title or variant.sku} is archived. Its orders and stock stay.", "variants")
