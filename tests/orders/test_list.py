"""The order list: tabs, filters, sorting, pages and views, all in the address."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import db
from app.orders import actions as orders
from app.orders import queries
from app.orders.models import Order, OrderView
from tests.asked import statements
from tests.orders.selling import order_of, place
from tests.world import World


def write(order: Any, **values: Any) -> None:
    with db.workspace(order.workspace_id) as session:
        session.execute(update(Order).where(Order.id == order.id).values(**values))


def test_each_tab_holds_what_it_says_and_counts_it(world: World, market: Any, paid: Any, desk: Any) -> None:
    ready, late, held, done = (paid() for _ in range(4))
    unpaid = order_of(place(world, world.fay.id, (market["print"], 1)), market["prints"])
    write(late, ship_by=db.now() - timedelta(days=1))
    write(held, held_at=db.now(), hold_reason="Waits for paint")
    write(done, state="done", fulfilment_state="fulfilled")
    seller = desk()
    assert seller.numbers("?view=late") == [late.number]
    assert seller.numbers("?view=ready") == [late.number, ready.number]
    assert seller.numbers("?view=held") == [held.number]
    assert seller.numbers("?view=unpaid") == [unpaid.number]
    assert seller.numbers("?view=sent") == [done.number]
    assert len(seller.numbers("?view=all")) == 5
    with db.workspace(world.north.id):
        assert queries.counts() == {
            "ready": 2, "late": 1, "today": 0, "labelled": 0, "held": 1, "unpaid": 1, "disputed": 0, "sent": 1, "cancelled": 0, "all": 5
        }  # fmt: skip
    assert "Waits for paint" in seller.text("?view=held")


@pytest.mark.parametrize(
    ("field", "value", "query"),
    [
        ("country", "JP", "country=jp"),
        ("channel", "tiktok", "channel=tiktok"),
        ("payment_state", "part_refunded", "payment=part_refunded"),
        ("tags", ["gift"], "tag=gift"),
        ("placed_at", db.now() - timedelta(days=40), "until=" + (db.now() - timedelta(days=30)).date().isoformat()),
        ("search_text", "ottilie wunderlich", "q=WUNDERL"),
    ],
)
def test_a_filter_finds_its_orders_and_can_be_taken_off(
    paid: Any, desk: Any, field: str, value: Any, query: str
) -> None:
    wanted, other = paid(), paid()
    write(wanted, **{field: value})
    seller = desk()
    assert seller.numbers(f"?view=all&{query}") == [wanted.number]
    page = seller.text(f"?view=all&{query}")
    assert 'class="filter is-on" href="' in page
    assert other.number in seller.numbers("?view=all")


def test_a_day_is_whole_at_both_ends(paid: Any, desk: Any) -> None:
    order = paid()
    write(order, placed_at=db.now().replace(hour=23, minute=59) - timedelta(days=3))
    day = (db.now() - timedelta(days=3)).date().isoformat()
    assert desk().numbers(f"?view=all&since={day}&until={day}") == [order.number]


def test_sku_and_kind_look_at_lines(world: World, market: Any, paid: Any, desk: Any) -> None:
    order, seller = paid(), desk()
    sku = world.variant(market["print"]).sku
    assert seller.numbers(f"?view=all&sku={sku}") == [order.number]
    assert seller.numbers("?view=all&sku=Nebula") == [order.number]
    assert seller.numbers("?view=all&sku=NONE-1") == []
    assert seller.numbers("?view=all&kind=physical") == [order.number]
    assert seller.numbers("?view=all&kind=digital") == []


@pytest.mark.parametrize("query", ["?view=nonsense", "?since=yesterday&sort=evil&country=%00&after=x", "?tag=%27--"])
def test_an_address_that_makes_no_sense_is_still_a_list(paid: Any, desk: Any, query: str) -> None:
    paid()
    assert desk().get(query).status_code == 200


@pytest.mark.parametrize("sort", ["placed", "-placed", "ship_by", "-ship_by", "total", "-total", "buyer", "-buyer"])
def test_pages_hold_every_order_once_whatever_the_order(
    paid: Any, desk: Any, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    """Two rows to a page, with ties and empty dates among them."""
    from app.orders.routes import seller as pages

    monkeypatch.setattr(pages, "PAGE", 2)
    rows = [paid(1 + number % 2) for number in range(5)]
    write(rows[1], ship_by=None)
    write(rows[3], buyer_name="Aaron")
    browser, query, seen = desk(), f"?view=all&sort={sort}", []
    for _ in range(4):
        page = browser.text(query)
        seen += browser.numbers(query)
        found = __import__("re").search(r'rel="next" href="[^"?]*(\?[^"]+)"', page)
        if not found:
            break
        query = found.group(1).replace("&amp;", "&")
    assert sorted(seen) == sorted(row.number for row in rows)
    if sort in ("placed", "-placed"):
        assert seen == sorted(seen, reverse=sort == "-placed")


def test_nothing_found_points_to_where_it_is(paid: Any, desk: Any) -> None:
    order = paid()
    page = desk().text(f"?view=cancelled&q={order.number}")
    assert "No orders match" in page
    assert "1 match in all orders" in page


def test_neighbours_follow_the_list_that_was_left(paid: Any, desk: Any) -> None:
    rows = [paid() for _ in range(3)]
    for row in (rows[0], rows[2]):
        write(row, country="FR")
    page = desk().text(f"/{rows[2].number}?view=all&country=FR")
    assert f"/orders/{rows[0].number}?view=all&amp;country=FR" in page
    assert f"/orders/{rows[1].number}?" not in page


def test_a_view_is_saved_shown_replaced_and_removed(world: World, paid: Any, desk: Any) -> None:
    paid()
    bob, ada = desk(world.bob), desk(world.ada)
    assert bob.post("/views", query="view=all&country=FR", name="France", shared="y").status_code == 303
    assert bob.post("/views", query="view=late", name="Mine").status_code == 303
    assert "France" in ada.text() and "Mine" not in ada.text()
    bob.post("/views", query="view=all&country=DE", name="France")
    with db.workspace(world.north.id) as session:
        kept = {view.name: (view.query, view.shared, view.id) for view in session.scalars(select(OrderView))}
    assert kept["France"][:2] == ("view=all&country=DE", False)
    refused = ada.post(f"/views/{kept['France'][2]}/removal")
    assert refused.status_code == 403
    assert bob.post(f"/views/{kept['France'][2]}/removal").status_code == 303
    with db.workspace(world.north.id) as session:
        assert [view.name for view in session.scalars(select(OrderView))] == ["Mine"]


def test_a_view_without_a_name_is_refused_and_keeps_the_filters(world: World, paid: Any, desk: Any) -> None:
    paid()
    answer = desk().post("/views", query="view=all&country=FR", name=" ")
    assert answer.status_code == 422
    assert "To France" in answer.get_data(as_text=True)
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(OrderView)).all() == []


def test_a_viewer_sees_no_button_of_the_bulk_bar_and_may_not_press_one(world: World, paid: Any, desk: Any) -> None:
    order, vera = paid(), desk(world.vera)
    page = vera.text("?view=all")
    assert "selection/" not in page.replace('selection/sending" class="stack', "")
    for path, data in (("holds", {"reason": "x"}), ("tags", {"tag": "x"}), ("fulfilments", {}), ("exports", {})):
        assert vera.post(f"/selection/{path}", numbers=str(order.number), **data).status_code == 403
    with db.workspace(world.north.id) as session:
        row = session.get_one(Order, (order.workspace_id, order.id), populate_existing=True)
    assert (row.held_at, row.tags, row.fulfilment_state) == (None, [], "unfulfilled")


def questions(seller: Any, path: str) -> int:
    """How many statements one page takes, the second time it is asked for."""
    seller.text(path)
    with statements() as asked:
        seller.text(path)
    return len(asked)


@pytest.mark.parametrize("path", ["?view=all", "?view=ready&country=GB", "/{number}?view=all"])
def test_more_orders_ask_no_more_questions(world: World, paid: Any, desk: Any, path: str) -> None:
    number, seller = paid().number, desk()
    few = questions(seller, path.format(number=number))
    for _ in range(4):
        with db.workspace(world.north.id):
            orders.tag(orders_actor(), paid(2), add=["gift"])
    assert questions(seller, path.format(number=number)) <= few + path.startswith("/")


def orders_actor() -> Any:
    from app.core.actor import Actor

    return Actor("person", "Bob")
