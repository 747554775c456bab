"""Many orders at once: each is done or left alone by itself, and the answer says which."""

import io
import re
from typing import Any

import pikepdf
from sqlalchemy import func, select

from app.core import db
from app.core.mail import Mail
from app.orders.models import Fulfilment, Order, OrderEvent
from tests.world import World


def rows(world: World) -> dict[int, Order]:
    with db.workspace(world.north.id) as session:
        return {row.number: row for row in session.scalars(select(Order).execution_options(populate_existing=True))}


def parcels(world: World) -> dict[str, str]:
    with db.workspace(world.north.id) as session:
        return {row.tracking_number: row.carrier for row in session.scalars(select(Fulfilment))}


def mails(template: str) -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).where(Mail.template == template)) or 0


def test_the_dry_run_says_who_cannot_and_changes_nothing(world: World, paid: Any, desk: Any) -> None:
    first, second, seller = paid(), paid(), desk()
    seller.post("/selection/holds", numbers=str(second.number), reason="Address looks wrong")
    page = seller.post("/selection/sending", numbers=[str(first.number), str(second.number)]).get_data(as_text=True)
    assert "Mark 1 as sent" in page and f'name="tracking-{first.number}"' in page
    assert "Address looks wrong" in page and f'name="tracking-{second.number}"' not in page
    assert parcels(world) == {} and mails("order_shipped") == 0


def test_ticked_orders_are_sent_each_with_its_own_tracking(world: World, paid: Any, desk: Any) -> None:
    first, second, third, seller = paid(2), paid(), paid(), desk()
    seller.post("/selection/holds", numbers=str(third.number), reason="Waits")
    answer = seller.post(
        "/selection/fulfilments",
        numbers=[str(one.number) for one in (first, second, third)],
        carrier="Royal Mail",
        query="view=ready",
        **{f"tracking-{first.number}": "AA1", f"tracking-{second.number}": "BB2", f"carrier-{second.number}": "DHL"},
    )
    assert answer.headers["Location"].endswith("/orders?view=ready")
    assert parcels(world) == {"AA1": "Royal Mail", "BB2": "DHL"}
    found = rows(world)
    assert [found[one.number].state for one in (first, second, third)] == ["done", "done", "open"]
    assert mails("order_shipped") == 2
    page = seller.text("?view=ready")
    assert "2 orders are marked as sent" in page and f"#{third.number} left as before" in page


def test_pressing_twice_sends_once(world: World, paid: Any, desk: Any) -> None:
    order, seller = paid(), desk()
    for _ in range(2):
        seller.post("/selection/fulfilments", numbers=str(order.number), **{f"tracking-{order.number}": "AA1"})
    assert mails("order_shipped") == 1 and len(parcels(world)) == 1


def test_everything_that_matches_is_more_than_the_page_shows(world: World, paid: Any, desk: Any) -> None:
    for _ in range(3):
        paid()
    other, seller = paid(), desk()
    seller.post("/selection/tags", numbers=str(other.number), tag="Leave alone")
    seller.post("/selection/tags", everything="1", query="view=all&country=GB", tag="Spring,  FAIR ")
    assert all("fair" in row.tags and "spring" in row.tags for row in rows(world).values())
    seller.post("/selection/holds", everything="1", query="view=all&tag=leave+alone", reason="Waits")
    assert [number for number, row in rows(world).items() if row.held_at] == [other.number]
    seller.post("/selection/releases", everything="1", query="view=held")
    assert [number for number, row in rows(world).items() if row.held_at] == []


def test_no_tick_is_refused_and_the_list_stays_as_it_was(world: World, paid: Any, desk: Any) -> None:
    paid()
    answer = desk().post("/selection/tags", tag="x", query="view=all&country=GB")
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "Tick at least one order" in text and "To United Kingdom" in text
    assert all(row.tags == [] for row in rows(world).values())


def test_what_one_order_refuses_does_not_stop_the_others(world: World, paid: Any, desk: Any) -> None:
    full, fine, seller = paid(), paid(), desk()
    for start in range(0, 20, 5):
        seller.post("/selection/tags", numbers=str(full.number), tag=",".join(f"t{n}" for n in range(start, start + 5)))
    seller.post("/selection/tags", numbers=[str(full.number), str(fine.number)], tag="one more")
    found = rows(world)
    assert len(found[full.number].tags) == 20 and "one more" not in found[full.number].tags
    assert found[fine.number].tags == ["one more"]


def test_slips_are_one_pdf_in_the_order_chosen_and_noted_once_each(world: World, paid: Any, desk: Any) -> None:
    first, second, seller = paid(), paid(3), desk()
    answer = seller.post("/selection/slips", numbers=[str(second.number), str(first.number)])
    place = answer.headers["Location"]
    assert place.endswith(f"slips.pdf?numbers={second.number},{first.number}")
    for _ in range(2):
        pdf = seller.client.get(place)
        assert pdf.headers["Content-Disposition"].startswith("inline")
        with pikepdf.open(io.BytesIO(pdf.data)) as document:
            assert len(document.pages) == 2
    with db.workspace(world.north.id) as session:
        told = session.scalars(
            select(OrderEvent.order_id).where(OrderEvent.summary == "Printed the packing slip")
        ).all()
    assert sorted(map(str, told)) == sorted(map(str, (first.id, second.id)))


def test_the_chosen_orders_are_exported_alone(world: World, paid: Any, desk: Any) -> None:
    first, _, seller = paid(), paid(), desk()
    place = seller.post("/selection/exports", numbers=str(first.number)).headers["Location"]
    text = seller.client.get(place).get_data(as_text=True)
    assert re.findall(r"^(\d+),", text, re.M) == [str(first.number)]
    assert "1 Road, Bristol" in text


def test_numbers_of_another_workspace_are_not_there(
    world: World, market: Any, paid: Any, app: Any, run_jobs: Any
) -> None:
    from tests.orders.conftest import Desk

    order = paid()
    charlie = Desk(world.sign_in(app.test_client(), world.charlie), world.other.slug)
    assert charlie.post("/selection/holds", numbers=str(order.number), reason="x").status_code == 422
    assert charlie.get(f"/slips.pdf?numbers={order.number}").status_code == 404
    assert rows(world)[order.number].held_at is None
