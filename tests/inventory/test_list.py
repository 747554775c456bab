"""The stock list: changed in place with and without scripts, narrowed, paged, exported; and the history behind it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.catalogue.models import Variant
from app.core import db
from app.core.actor import Actor
from app.inventory import actions
from app.inventory.actions import Want
from app.inventory.models import Location, StockLevel, StockMovement
from tests.catalogue.editing import Editor, questions
from tests.world import World

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Shelf(Editor):
    """Alice at the stock list; `variant` is one SKU with ten units in the default location."""

    def __init__(self, world: World, client: Any, person: Any = None) -> None:
        super().__init__(world, client, person)
        self.here = f"{self.base}/inventory"
        self.variant: Variant = world.variant(self.product)
        self.place: Location = world.location(world.north.id)

    def change(self, headers: Any = None, path: str = "?from=list", **typed: str) -> Any:
        sent = {"location": str(self.place.id), "do": "receive", "quantity": "1"} | typed
        return self.post(f"{self.here}/{self.variant.id}/movements{path}", headers=headers, **sent)

    def on_hand(self) -> int:
        with db.workspace(self.world.north.id) as session:
            rows = select(StockLevel.on_hand).where(StockLevel.variant_id == self.variant.id)
            return session.scalars(rows.execution_options(populate_existing=True)).one()

    def last(self) -> StockMovement:
        with db.workspace(self.world.north.id) as session:
            return session.scalars(select(StockMovement).order_by(StockMovement.id.desc()).limit(1)).one()


@pytest.fixture
def shelf(world: World, client: Any) -> Shelf:
    return Shelf(world, client)


@pytest.mark.parametrize(
    ("typed", "on_hand", "reason"),
    [
        ({"do": "receive", "quantity": "5"}, 15, "received"),
        ({"do": "count", "quantity": "7"}, 7, "counted"),
        ({"do": "adjust", "quantity": "-3", "reason": "damaged"}, 7, "damaged"),
        ({"do": "adjust", "quantity": "−3", "reason": "lost"}, 7, "lost"),
        ({"do": "adjust", "quantity": "+2", "reason": "found"}, 12, "found"),
    ],
)
def test_each_change_is_made_in_the_list_and_leaves_its_reason(
    shelf: Shelf, typed: Any, on_hand: int, reason: str
) -> None:
    answer = shelf.change(path="?from=list&view=low&q=neb", note="From the printer", **typed)
    assert (answer.status_code, shelf.on_hand()) == (303, on_hand)
    assert "/inventory?view=low&q=neb#stock-" in answer.headers["Location"]
    last = shelf.last()
    assert (last.reason, last.note, last.actor_name) == (reason, "From the printer", "Alice")


@pytest.mark.parametrize(
    "typed",
    [
        {"quantity": ""},
        {"quantity": "many"},
        {"quantity": "-1"},
        {"quantity": "0"},
        {"quantity": "99999999"},
        {"quantity": "１"},
        {"do": "adjust", "quantity": "-11", "reason": "lost"},
        {"do": "adjust", "quantity": "0", "reason": "lost"},
        {"do": "adjust", "quantity": "3", "reason": "because"},
        {"do": "steal", "quantity": "3"},
    ],
)
def test_a_change_that_cannot_be_stays_typed_in_its_open_row(shelf: Shelf, typed: Any) -> None:
    answer = shelf.change(note="Kept", **typed)
    page = answer.get_data(as_text=True)
    row = page[page.index(f'id="stock-{shelf.variant.id}-{shelf.place.id}"') :]
    row = row[: row.index("</tr>")]
    assert answer.status_code == 422
    assert '-change" open' in row and "field-error" in row and 'value="Kept"' in row
    assert shelf.on_hand() == 10
    assert shelf.last().reason == "received"


def test_what_buyers_hold_cannot_be_counted_away(shelf: Shelf) -> None:
    with db.buyer(shelf.world.fay.id):
        wants = [Want(shelf.world.north.id, shelf.variant.id, 4)]
        actions.reserve(shelf.world.fay.id, wants, db.now() + timedelta(minutes=10))
    for typed in ({"do": "count", "quantity": "3"}, {"do": "adjust", "quantity": "-7", "reason": "lost"}):
        answer = shelf.change(**typed)
        assert (answer.status_code, "held by buyers" in answer.get_data(as_text=True)) == (422, True)
    assert shelf.on_hand() == 10
    assert "4 held in a checkout until" in shelf.page(f"{shelf.here}/{shelf.variant.id}")


def test_with_htmx_only_the_row_comes_back(shelf: Shelf) -> None:
    good = shelf.change(headers=HTMX, quantity="5")
    assert (good.status_code, good.get_data(as_text=True).strip().startswith("<tr")) == (200, True)
    assert "is up to date" in good.headers["HX-Trigger"]
    bad = shelf.change(headers=HTMX, quantity="lots")
    text = bad.get_data(as_text=True)
    assert (bad.status_code, text.strip().startswith("<tr"), "<html" in text) == (422, True, False)
    assert "Enter a whole number" in text and 'value="lots"' in text
    assert shelf.on_hand() == 15


def test_from_the_page_of_the_sku_one_stays_there(shelf: Shelf) -> None:
    answer = shelf.change(path="", quantity="2")
    assert answer.headers["Location"].endswith(f"/inventory/{shelf.variant.id}")
    refused = shelf.change(path="", quantity="x")
    assert (refused.status_code, 'id="change"' in refused.get_data(as_text=True)) == (422, True)


def test_another_workspaces_place_or_sku_looks_missing(shelf: Shelf) -> None:
    foreign = shelf.world.location(shelf.world.other.id)
    assert shelf.change(location=str(foreign.id)).status_code == 404
    theirs = shelf.world.variant(shelf.world.product(shelf.world.shop(shelf.world.other)))
    assert shelf.post(f"{shelf.here}/{theirs.id}/movements", do="receive", quantity="1").status_code == 404
    assert shelf.on_hand() == 10


def test_a_viewer_sees_stock_and_changes_none(world: World, client: Any) -> None:
    viewer = Shelf(world, client, world.vera)
    page = viewer.page()
    assert "Nebula print" in page and "stock-panel" not in page and "/inventory/import" not in page
    assert viewer.change().status_code == 403
    assert viewer.client.get(f"{viewer.here}/import").status_code == 403
    assert viewer.on_hand() == 10


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    """Besides ten prints: three charts (low), no globes (sold out), and a download that is not counted."""
    for title, stock in (("Sea chart", 3), ("Globe", 0)):
        shelf.world.product(shelf.shop, title, stock=stock)
    shelf.world.product(shelf.shop, "Wallpaper", ships=False, downloads=True)
    return shelf


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Globe", "Nebula print", "Sea chart"]),
        ("?view=low", ["Globe", "Sea chart"]),
        ("?view=out", ["Globe"]),
        ("?q=CHART", ["Sea chart"]),
        ("?q=sku-", ["Globe", "Nebula print", "Sea chart"]),
        ("?view=out&q=chart", []),
        ("?q=100%25_", []),
        ("?view=nonsense&location=nonsense&after=nonsense", ["Globe", "Nebula print", "Sea chart"]),
    ],
)
def test_the_list_is_narrowed_by_state_and_words(stocked: Shelf, query: str, found: list[str]) -> None:
    page = stocked.page(stocked.here + query)
    assert [one for one in ("Globe", "Nebula print", "Sea chart", "Wallpaper") if f">{one}</a>" in page] == found


def test_stock_elsewhere_counts_before_something_is_called_sold_out(stocked: Shelf) -> None:
    with db.workspace(stocked.world.north.id) as session:
        globe = session.scalars(select(Variant).join(Variant.product).where(Variant.product.has(title="Globe"))).one()
        garage = actions.create_location(Actor("person", "Alice"), "Garage")
        actions.receive(Actor("person", "Alice"), globe, garage, 9)
    assert ">Globe</a>" not in stocked.page(f"{stocked.here}?view=out")
    assert ">Globe</a>" in stocked.page(f"{stocked.here}?location={garage.id}")


def test_pages_hold_whole_products_in_order_and_ask_as_much_as_one(stocked: Shelf) -> None:
    few = questions(stocked.client, stocked.here)
    for n in range(60):
        stocked.world.product(stocked.shop, f"Thing {n:02}")
    assert questions(stocked.client, stocked.here) <= few + 1
    seen: list[str] = []
    path = stocked.here
    while path:
        page = stocked.page(path)
        seen += [line.split("<")[0] for line in page.split('class="row-link"')[1:] for line in [line.split(">")[1]]]
        path = (
            (stocked.here + page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
            if 'rel="next"' in page
            else ""
        )
    assert seen == ["Globe", "Nebula print", "Sea chart", *(f"Thing {n:02}" for n in range(60))]


def test_the_table_alone_is_what_live_news_fetch(stocked: Shelf) -> None:
    headers = HTMX | {"HX-Target": "div#stock-table"}
    part = stocked.client.get(f"{stocked.here}?view=low", headers=headers).get_data(as_text=True)
    assert part.strip().startswith('<div id="stock-table"')
    assert "inventory.StockChanged from:body" in part and "view=low" in part
    assert "<html" not in part and ">Sea chart</a>" in part


def test_the_export_is_the_view_and_holds_no_formula(stocked: Shelf) -> None:
    with db.workspace(stocked.world.north.id):
        db.lock(stocked.variant).sku = "=1+1"
    every = stocked.client.get(f"{stocked.here}/export.csv").get_data(as_text=True)
    assert "'=1+1" in every and "Wallpaper" not in every
    low = stocked.client.get(f"{stocked.here}/export.csv?view=out").get_data(as_text=True)
    assert [line.split(",")[1] for line in low.strip().splitlines()[1:]] == ["Globe"]


@pytest.fixture
def moved(stocked: Shelf) -> Shelf:
    """A delivery last year and a loss today."""
    alice = Actor("person", "Alice")
    with db.workspace(stocked.world.north.id):
        with db.at(db.now() - timedelta(days=400)):
            actions.receive(alice, stocked.variant, stocked.place, 5, "Old delivery")
        actions.adjust(alice, stocked.variant, stocked.place, -2, "lost", "Fell behind the shelf")
    return stocked


def days_ago(count: int) -> str:
    return (db.now() - timedelta(days=count)).date().isoformat()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (lambda: "", {"Old delivery", "Fell behind the shelf"}),
        (lambda: "?reason=lost", {"Fell behind the shelf"}),
        (lambda: f"?until={days_ago(300)}", {"Old delivery"}),
        (lambda: f"?since={days_ago(300)}", {"Fell behind the shelf"}),
        (lambda: f"?since={days_ago(0)}&until={days_ago(0)}&reason=lost", {"Fell behind the shelf"}),
        (lambda: "?reason=damaged", set()),
        (lambda: "?since=never&reason=nonsense", {"Old delivery", "Fell behind the shelf"}),
    ],
)
def test_movements_are_narrowed_on_both_pages(moved: Shelf, query: Callable[[], str], found: set[str]) -> None:
    for path in (f"{moved.here}/movements", f"{moved.here}/{moved.variant.id}"):
        page = moved.page(path + query())
        assert {one for one in ("Old delivery", "Fell behind the shelf") if one in page} == found


def test_movements_of_all_are_found_by_sku(moved: Shelf) -> None:
    assert "Fell behind the shelf" in moved.page(f"{moved.here}/movements?q=nebula")
    assert "Fell behind the shelf" not in moved.page(f"{moved.here}/movements?q=globe")


def test_pages_of_movements_follow_each_other_and_ask_as_much_as_one(moved: Shelf) -> None:
    path = f"{moved.here}/movements"
    few = questions(moved.client, path)
    with db.workspace(moved.world.north.id):
        for n in range(60):
            actions.receive(Actor("person", "Alice"), moved.variant, moved.place, 1, f"note {n};")
    assert questions(moved.client, path) <= few
    first = moved.page(f"{path}?reason=received&q=nebula")
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = moved.page(path + following)
    seen = [{n for n in range(60) if f"note {n};" in page} for page in (first, second)]
    assert (len(seen[0]), seen[0] & seen[1], seen[0] | seen[1]) == (50, set(), set(range(60)))


def test_a_second_place_of_the_same_name_is_refused(shelf: Shelf) -> None:
    assert shelf.post(f"{shelf.here}/locations", name="Garage").status_code == 303
    for name in ("garage ", ""):
        assert shelf.post(f"{shelf.here}/locations", name=name).status_code == 422
    assert shelf.count(Location) == 2
