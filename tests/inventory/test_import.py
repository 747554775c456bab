"""Stock from a file: every line judged before anything happens, then exactly that, or nothing."""

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core import db
from app.core.actor import Actor
from app.inventory import actions, plans, spreadsheet
from app.inventory.models import StockLevel, StockMovement
from app.inventory.spreadsheet import BadSheet, Line
from tests.catalogue.editing import Questions, fields
from tests.inventory.test_list import Shelf
from tests.world import World

ALICE = Actor("person", "Alice")


@pytest.fixture
def shelf(world: World, client: Any) -> Shelf:
    found = Shelf(world, client)
    with db.workspace(world.north.id):
        db.lock(found.variant).sku = "NEBULA-A4"
    return found


def send(shelf: Shelf, text: str | bytes, name: str = "stock.csv") -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    return shelf.post(f"{shelf.here}/import", file=(io.BytesIO(data), name))


def plan(shelf: Shelf, text: str | bytes) -> str:
    answer = send(shelf, text)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_data(as_text=True))


def confirm(shelf: Shelf, page: str, **typed: str) -> Any:
    action = f"{shelf.here}/import/confirmation"
    return shelf.post(action, **fields(page, action) | typed)


def moves(shelf: Shelf) -> int:
    return shelf.count(StockMovement)


def test_a_dry_run_shows_what_would_change_and_changes_nothing(shelf: Shelf) -> None:
    before = moves(shelf)
    page = plan(shelf, "SKU,On hand\nnebula-a4,25\n")
    assert "Change 1 level" in page and "+15" in page
    assert (shelf.on_hand(), moves(shelf)) == (10, before)
    assert confirm(shelf, page).status_code == 303
    last = shelf.last()
    assert (shelf.on_hand(), last.reason, last.on_hand_delta, last.note) == (25, "counted", 15, "From stock.csv")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("NEBULA-A5,3", "did you mean NEBULA-A4"),
        (",3", "There is no SKU"),
        ("NEBULA-A4,", "There is no number"),
        ("NEBULA-A4,-3", "not a whole number"),
        ("NEBULA-A4,1.5", "not a whole number"),
        ("NEBULA-A4,1e9", "not a whole number"),
        ("NEBULA-A4,99999999", "not a whole number"),
        ("NEBULA-A4,3,Moon", "no location Moon. Yours: Studio"),
        ("WALL,3", "never runs out"),
        ("GONE,3", "is archived"),
    ],
)
def test_each_wrong_line_is_named_and_left_out(shelf: Shelf, line: str, words: str) -> None:
    world = shelf.world
    with db.workspace(world.north.id):
        db.lock(world.variant(world.product(shelf.shop, "Wallpaper", ships=False, downloads=True))).sku = "WALL"
        gone = db.lock(world.variant(world.product(shelf.shop, "Old")))
        gone.sku, gone.archived_at = "GONE", db.now()
        db.lock(world.variant(world.product(shelf.shop, "Chart"))).sku = "CHART"
    page = plan(shelf, f"SKU,On hand,Location\n{line}\nCHART,4\n")
    assert words in page
    assert "Change 1 level, leave out 1" in page
    assert confirm(shelf, page).status_code == 303
    with db.workspace(world.north.id) as session:
        assert sorted(session.scalars(select(StockLevel.on_hand))) == [4, 10, 10]


def test_a_wrong_cell_is_mended_on_the_page(shelf: Shelf) -> None:
    page = plan(shelf, "SKU,On hand\nNEBULA-A5,25\n")
    assert "Nothing would change" in page
    action = f"{shelf.here}/import/confirmation"
    typed = fields(page, action) | {"sku-2": "NEBULA-A4"}
    again = shelf.post(f"{shelf.here}/import", **typed).get_data(as_text=True)
    assert "Change 1 level" in again
    assert confirm(shelf, again).status_code == 303
    assert shelf.on_hand() == 25


def test_a_sale_in_between_shows_the_plan_again_instead_of_doing_another(shelf: Shelf) -> None:
    page = plan(shelf, "SKU,On hand\nNEBULA-A4,25\n")
    with db.workspace(shelf.world.north.id):
        actions.adjust_default(ALICE, shelf.variant, -1, "a sale")
    answer = confirm(shelf, page)
    again = answer.get_data(as_text=True)
    assert (answer.status_code, "Stock moved since you looked" in again, "+16" in again) == (409, True, True)
    assert shelf.on_hand() == 9
    assert confirm(shelf, again).status_code == 303
    assert shelf.on_hand() == 25


def test_pressing_twice_changes_once(shelf: Shelf) -> None:
    page = plan(shelf, "SKU,On hand\nNEBULA-A4,25\n")
    confirm(shelf, page)
    count = moves(shelf)
    assert confirm(shelf, page).status_code == 409
    assert moves(shelf) == count


def test_one_sku_twice_counts_the_first_line(shelf: Shelf) -> None:
    page = plan(shelf, "SKU,On hand\nNEBULA-A4,25\nnebula-a4,30\n")
    assert "stands in an earlier line" in page
    confirm(shelf, page)
    assert shelf.on_hand() == 25


def test_what_buyers_hold_stays(shelf: Shelf) -> None:
    with db.workspace(shelf.world.north.id) as session:
        session.scalars(select(StockLevel)).one().reserved = 4
    assert "4 are held by buyers" in plan(shelf, "SKU,On hand\nNEBULA-A4,3\n")


def test_our_own_export_reads_back_to_no_change(shelf: Shelf) -> None:
    with db.workspace(shelf.world.north.id):
        db.lock(shelf.variant).sku = "=NEBULA"
    page = plan(shelf, shelf.client.get(f"{shelf.here}/export.csv").data)
    assert "Nothing would change" in page
    assert not re.search(r"Need a look</span><span class=\"tile-value\">[1-9]", page)


@pytest.mark.parametrize(
    "data",
    [
        b"sku;quantity\r\nNEBULA-A4;1,200\r\n",
        "Variant SKU\tStock\nNEBULA-A4\t1200.0\n".encode("utf-16"),
        "\ufeffPlace,Item,Count\nStudio,NEBULA-A4,1200\n".encode(),
        "SKU,On hand,Größe\nNEBULA-A4,1200,groß\n".encode("cp1252"),
    ],
    ids=["semicolons", "tabs in utf-16", "other headings", "cp1252"],
)
def test_files_of_usual_spreadsheets_are_read(shelf: Shelf, data: bytes) -> None:
    assert confirm(shelf, plan(shelf, data)).status_code == 303
    assert shelf.on_hand() == 1200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose a file first|empty"),
        (b"   \n", "This file is empty"),
        (b"SKU,On hand\n", "no lines below"),
        (b"Name,Price\nPrint,3\n", "no column called SKU or On hand. The first line says «Name», «Price»"),
        (b"SKU,On hand\n" + b"A,1\n" * 2001, "2,001 lines"),
        (b"PK\x03\x04\x14\x00" + bytes(range(1, 256)) * 20, "This is a workbook"),
    ],
    ids=["nothing", "blank", "heading only", "other columns", "too many", "a workbook"],
)
def test_what_is_no_list_of_stock_is_refused_with_what_to_do(shelf: Shelf, data: bytes, words: str) -> None:
    before = moves(shelf)
    answer = send(shelf, data)
    assert answer.status_code == 422
    assert re.search(words, answer.get_data(as_text=True))
    assert moves(shelf) == before


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT, TEXT), min_size=1, max_size=20))
def test_what_is_carried_between_the_pages_is_what_was_read(cells: list[tuple[str, str, str]]) -> None:
    lines = [Line(number, *row) for number, row in enumerate(cells, 2)]
    read = spreadsheet.read(spreadsheet.write(lines).encode())
    plain = [spreadsheet._unguarded(one.sku) for one in lines]
    assert [(one.sku, one.on_hand) for one in read] == list(
        zip(plain, [spreadsheet._unguarded(one.on_hand) for one in lines], strict=True)
    )


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        lines = spreadsheet.read(data)
    except BadSheet as refusal:
        assert "Nothing was changed" in refusal.message
    else:
        assert lines


def test_a_long_file_takes_few_questions(shelf: Shelf) -> None:
    """Two thousand lines are planned with the same handful of reads as one."""
    rows = [Line(n, f"NONE-{n}", "1", "") for n in range(2000)]
    with db.workspace(shelf.world.north.id), Questions() as asked:
        found = plans.make(rows)
    assert (len(found.wrong), asked.count <= 6) == (2000, True)
    with db.workspace(shelf.world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(StockLevel)) == 1
