"""The variants' grid: saved whole or not at all, filled by column, and told kindly what is wrong in each cell."""

from typing import Any

import pytest
from sqlalchemy import select

from app.catalogue.models import Product, Variant
from app.core import db
from app.core.actor import Actor
from app.inventory import actions as inventory
from app.inventory.actions import Want
from app.inventory.models import StockLevel, StockMovement
from tests.catalogue.editing import Editor, fields, questions


@pytest.fixture
def sizes(editor: Editor) -> dict[str, Variant]:
    editor.post(f"{editor.here}/options", **{"option-1": "Size", "values-1": "A4, A3, A2"})
    return live(editor)


def live(editor: Editor) -> dict[str, Variant]:
    with db.workspace(editor.world.north.id) as session:
        rows = select(Variant).where(Variant.product_id == editor.product.id, Variant.archived_at.is_(None))
        return {row.title: row for row in session.scalars(rows.execution_options(populate_existing=True))}


def grid(editor: Editor, **typed: str) -> Any:
    action = f"{editor.here}/variants"
    return editor.post(action, **editor.form(action) | typed)


def test_every_wrong_cell_is_named_at_once_and_nothing_is_saved(editor: Editor, sizes: Any) -> None:
    a4, a3, a2 = (sizes[name] for name in ("A4", "A3", "A2"))
    answer = grid(
        editor,
        **{f"price-{a4.id}": "lots", f"weight_g-{a3.id}": "-1", f"price-{a2.id}": "99", f"was-{a2.id}": "50"},
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "3 cells need another look" in page
    for cell in (f"price-{a4.id}", f"weight_g-{a3.id}", f"was-{a2.id}"):
        assert f'id="{cell}-error"' in page
    assert fields(page, f"{editor.here}/variants")[f"price-{a4.id}"] == "lots"
    assert {row.price_minor for row in live(editor).values()} == {2000}


def test_a_sku_that_belongs_to_something_else_is_refused_by_name(editor: Editor, sizes: Any) -> None:
    world = editor.world
    other = world.variant(world.product(editor.shop, "Sea chart"))
    answer = grid(editor, **{f"sku-{sizes['A4'].id}": other.sku.lower()})
    assert answer.status_code == 422
    assert "already belongs to «Sea chart»" in answer.get_data(as_text=True)
    assert live(editor)["A4"].sku == sizes["A4"].sku


def test_one_sku_in_two_rows_is_refused_in_the_second(editor: Editor, sizes: Any) -> None:
    answer = grid(editor, **{f"sku-{sizes['A4'].id}": "CHART", f"sku-{sizes['A3'].id}": "chart"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "stands in two rows" in page) == (422, True)
    assert live(editor)["A4"].sku != "CHART"


def test_skus_can_be_swapped(editor: Editor, sizes: Any) -> None:
    a4, a3 = sizes["A4"], sizes["A3"]
    assert grid(editor, **{f"sku-{a4.id}": a3.sku, f"sku-{a3.id}": a4.sku}).status_code == 303
    assert (live(editor)["A4"].sku, live(editor)["A3"].sku) == (a3.sku, a4.sku)


def test_a_column_is_filled_without_scripts_and_saved_after_looking(editor: Editor, sizes: Any) -> None:
    answer = grid(editor, fill="weight_g", **{"all-weight_g": "340"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "not saved yet" in page) == (200, True)
    assert {row.weight_g for row in live(editor).values()} == {200}
    filled = fields(page, f"{editor.here}/variants")
    assert {filled[f"weight_g-{one.id}"] for one in sizes.values()} == {"340"}
    assert editor.post(f"{editor.here}/variants", **filled).status_code == 303
    assert {row.weight_g for row in live(editor).values()} == {340}


def test_skus_cannot_be_filled(editor: Editor, sizes: Any) -> None:
    page = grid(editor, fill="sku", **{"all-sku": "SAME"}).get_data(as_text=True)
    filled = fields(page, f"{editor.here}/variants")
    assert {filled[f"sku-{one.id}"] for one in sizes.values()} == {one.sku for one in sizes.values()}


def on_hand(editor: Editor, variant: Variant) -> int:
    with db.workspace(editor.world.north.id) as session:
        rows = select(StockLevel.on_hand).where(StockLevel.variant_id == variant.id)
        return session.scalars(rows.execution_options(populate_existing=True)).one_or_none() or 0


def test_stock_typed_here_is_a_difference_so_a_sale_in_between_stays_counted(editor: Editor) -> None:
    variant = editor.world.variant(editor.product)
    action = f"{editor.here}/variants"
    tab = editor.form(action)
    assert tab[f"stock-{variant.id}"] == "10"
    with db.workspace(editor.world.north.id):
        inventory.adjust_default(Actor("person", "Alice"), variant, -3, "three went to a fair")
    assert editor.post(action, **tab | {f"stock-{variant.id}": "12"}).status_code == 303
    assert on_hand(editor, variant) == 9
    with db.workspace(editor.world.north.id) as session:
        last = session.scalars(select(StockMovement).order_by(StockMovement.id.desc()).limit(1)).one()
    assert (last.on_hand_delta, last.reason, last.note) == (2, "corrected", "In the product editor")


def test_stock_below_what_buyers_hold_is_refused_and_prices_too(editor: Editor) -> None:
    variant = editor.world.variant(editor.product)
    with db.buyer(editor.world.fay.id):
        wants = [Want(editor.world.north.id, variant.id, 4)]
        inventory.reserve(editor.world.fay.id, wants, db.now().replace(year=db.now().year + 1))
    answer = grid(editor, **{f"stock-{variant.id}": "2", f"price-{variant.id}": "55"})
    assert answer.status_code == 422
    assert "held by buyers" in answer.get_data(as_text=True)
    assert (on_hand(editor, variant), live(editor)[""].price_minor) == (10, 2000)


def test_a_variant_is_archived_and_comes_back_with_its_sku_and_stock(editor: Editor, sizes: Any) -> None:
    a3 = sizes["A3"]
    path = f"{editor.here}/variants/{a3.id}"
    assert editor.post(path, do="archive").status_code == 303
    assert set(live(editor)) == {"A4", "A2"}
    assert "Restore" in editor.page()
    assert editor.post(path, do="restore").status_code == 303
    assert live(editor)["A3"].sku == a3.sku


def test_the_last_variant_stays(editor: Editor) -> None:
    variant = editor.world.variant(editor.product)
    answer = editor.post(f"{editor.here}/variants/{variant.id}", do="archive")
    assert (answer.status_code, "needs one variant" in answer.get_data(as_text=True)) == (422, True)
    assert len(live(editor)) == 1


def test_what_the_options_no_longer_hold_comes_back_through_them(editor: Editor, sizes: Any) -> None:
    a2, options = sizes["A2"], f"{editor.here}/options"
    editor.post(options, **editor.form(options) | {"values-1": "A4, A3"})
    answer = editor.post(f"{editor.here}/variants/{a2.id}", do="restore")
    assert (answer.status_code, "no longer fits the options" in answer.get_data(as_text=True)) == (422, True)
    assert set(live(editor)) == {"A4", "A3"}
    editor.post(options, **editor.form(options) | {"values-1": "A4, A3, A2"})
    assert (live(editor)["A2"].id, live(editor)["A2"].sku) == (a2.id, a2.sku)


def test_a_combination_that_was_archived_by_hand_stays_archived(editor: Editor, sizes: Any) -> None:
    editor.post(f"{editor.here}/variants/{sizes['A3'].id}", do="archive")
    options = f"{editor.here}/options"
    editor.post(options, **editor.form(options) | {"values-1": "A4, A3, A2, A1"})
    assert set(live(editor)) == {"A4", "A2", "A1"}


def test_options_that_cannot_be_are_refused_in_words(editor: Editor, sizes: Any) -> None:
    options = f"{editor.here}/options"
    many = ", ".join(map(str, range(60)))
    for typed, words in (
        ({"option-2": "size", "values-2": "Sand"}, "both called"),
        ({"values-1": many, "option-2": "Colour", "values-2": "a, b"}, "more than 100"),
    ):
        answer = editor.post(options, **editor.form(options) | typed)
        assert (answer.status_code, words in answer.get_data(as_text=True)) == (422, True)
    assert set(live(editor)) == {"A4", "A3", "A2"}


def test_another_products_variant_looks_missing(editor: Editor, world: Any) -> None:
    foreign = world.variant(world.product(editor.shop, "Sea chart"))
    assert editor.post(f"{editor.here}/variants/{foreign.id}", do="archive").status_code == 404
    assert editor.fresh(foreign).archived_at is None


def test_the_editor_asks_as_much_for_sixty_variants_as_for_three(editor: Editor, sizes: Any) -> None:
    few = questions(editor.client, editor.here)
    options = f"{editor.here}/options"
    editor.post(options, **editor.form(options) | {"values-1": ", ".join(f"S{n}" for n in range(60))})
    assert questions(editor.client, editor.here) <= few


def test_the_lowest_price_follows_the_grid(editor: Editor, sizes: Any) -> None:
    grid(editor, **{f"price-{sizes['A3'].id}": "7.50"})
    with db.workspace(editor.world.north.id):
        assert db.get(Product, editor.product.id).price_minor == 750
