"""One order on the seller's desk: holds, tags, notes, address, and who may do it."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Forbidden, Refused
from app.core.mail import Mail
from app.orders import actions as orders
from app.orders.models import Fulfilment, Order, OrderEvent, OrderLine, OrderNote
from app.payments.models import Dispute, PaymentPart
from tests.world import World

BOB, ADA = Actor("person", "Bob"), Actor("person", "Ada")
NEW = {"name": "Fay", "line1": "2 Lane", "line2": "", "postcode": "BS1", "city": "Bath", "region": "", "country": "GB"}


def now(order: Any) -> Order:
    with db.workspace(order.workspace_id) as session:
        return session.get_one(Order, (order.workspace_id, order.id), populate_existing=True)


def told(order: Any) -> list[str]:
    with db.workspace(order.workspace_id) as session:
        statement = select(OrderEvent.summary).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
        return list(session.scalars(statement))


def audited(world: World, action: str) -> int:
    with db.workspace(world.north.id) as session:
        statement = select(func.count()).select_from(audit.AuditEntry).where(audit.AuditEntry.action == action)
        return session.scalar(statement) or 0


def mails(template: str) -> list[Mail]:
    with db.system("test world") as session:
        return list(session.scalars(select(Mail).where(Mail.template == template)))


def test_a_held_order_is_not_sent_until_it_is_released(world: World, paid: Any, desk: Any) -> None:
    order, seller = paid(), desk()
    assert seller.post(f"/{order.number}/hold", reason="Waits for the frame").status_code == 303
    with db.workspace(world.north.id) as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
    refused = seller.post(f"/{order.number}/fulfilments", **{f"quantity-{line.id}": "1"})
    assert refused.status_code == 409
    assert "Waits for the frame" in refused.get_data(as_text=True)
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Fulfilment)).all() == []
    assert mails("order_shipped") == []
    assert seller.post(f"/{order.number}/release").status_code == 303
    assert seller.post(f"/{order.number}/fulfilments", **{f"quantity-{line.id}": "1"}).status_code == 303
    assert told(order)[-3:] == ["Put on hold: Waits for the frame", "Released from hold", "Sent"]
    assert (audited(world, "orders.hold"), audited(world, "orders.release")) == (1, 1)


def test_a_hold_needs_a_reason_and_an_open_order(world: World, paid: Any, desk: Any) -> None:
    order, seller = paid(), desk()
    answer = seller.post(f"/{order.number}/hold", reason="  ")
    assert answer.status_code == 422
    with db.workspace(world.north.id):
        orders.cancel(BOB, order, "")
    assert seller.post(f"/{order.number}/hold", reason="Waits").status_code == 409
    assert now(order).held_at is None and audited(world, "orders.hold") == 0


def test_tags_are_cleaned_kept_once_and_taken_off(paid: Any, desk: Any) -> None:
    order, seller = paid(), desk()
    for word in ("  Gift   wrap ", "gift wrap", "VIP"):
        assert seller.post(f"/{order.number}/tags", tag=word).status_code == 303
    assert now(order).tags == ["gift wrap", "vip"]
    assert "Tags: +gift wrap" in told(order) and told(order).count("Tags: +gift wrap") == 1
    seller.post(f"/{order.number}/tags/removal", tag="VIP")
    assert now(order).tags == ["gift wrap"]
    assert seller.post(f"/{order.number}/tags", tag="x" * 31).status_code == 422
    assert now(order).tags == ["gift wrap"]


def test_a_note_is_changed_by_its_author_alone(world: World, paid: Any, desk: Any) -> None:
    order, bob, ada = paid(), desk(world.bob), desk(world.ada)
    bob.post(f"/{order.number}/notes", body="Wrap it twice")
    with db.workspace(world.north.id) as session:
        note = session.scalars(select(OrderNote)).one()
    assert ada.post(f"/{order.number}/notes/{note.id}", body="Mine now").status_code == 403
    assert ada.post(f"/{order.number}/notes/{note.id}/removal").status_code == 403
    assert told(order)[-1] == "Wrap it twice"
    assert bob.post(f"/{order.number}/notes/{note.id}", body="Wrap it once").status_code == 303
    page = ada.text(f"/{order.number}")
    assert "Wrap it once" in page and "Wrap it twice" not in page and "edited" in page
    assert f"/notes/{note.id}/removal" not in page
    assert bob.post(f"/{order.number}/notes/{note.id}/removal").status_code == 303
    assert "Wrap it once" not in ada.text(f"/{order.number}")
    assert told(order)[-1] == "Wrote a note and removed it later"


def test_a_note_of_another_order_is_not_reached_through_this_one(world: World, paid: Any) -> None:
    first, second = paid(), paid()
    writer = Actor("person", "Bob", world.bob.id)
    with db.workspace(world.north.id):
        note = orders.add_note(writer, first, "Here")
        with pytest.raises(Forbidden):
            orders.edit_note(writer, second, note, "There")
        with pytest.raises(Refused):
            orders.add_note(writer, first, "x" * 4001)
    assert told(first)[-1] == "Here"


def test_an_address_is_corrected_before_anything_left_and_the_buyer_hears_of_it(
    world: World, paid: Any, desk: Any
) -> None:
    order, seller = paid(), desk()
    answer = seller.post(f"/{order.number}/address", version=str(now(order).version), **NEW)
    assert answer.status_code == 303
    assert (now(order).ship_to["line1"], now(order).ship_to["city"]) == ("2 Lane", "Bath")
    assert [mail.to for mail in mails("address_changed")] == [order.buyer_email]
    assert audited(world, "orders.change_address") == 1
    seller.post(f"/{order.number}/address", version=str(now(order).version), **NEW)
    assert len(mails("address_changed")) == 1 and audited(world, "orders.change_address") == 1


def test_two_people_changing_one_address_do_not_overwrite_each_other(world: World, paid: Any, desk: Any) -> None:
    order, seller = paid(), desk()
    seen = str(now(order).version)
    seller.post(f"/{order.number}/tags", tag="changed meanwhile")
    answer = seller.post(f"/{order.number}/address", version=seen, **NEW)
    assert answer.status_code == 409
    assert "2 Lane" in answer.get_data(as_text=True), "what was typed is kept"
    assert now(order).ship_to["line1"] == "1 Road" and mails("address_changed") == []


@pytest.mark.parametrize("change", [{"country": "FR"}, {"city": ""}, {"name": "x" * 101}])
def test_an_address_that_does_not_fit_is_refused(world: World, paid: Any, desk: Any, change: dict[str, str]) -> None:
    order = paid()
    answer = desk().post(f"/{order.number}/address", version=str(now(order).version), **(NEW | change))
    assert answer.status_code == 422
    assert now(order).ship_to["line1"] == "1 Road"
    assert mails("address_changed") == [] and audited(world, "orders.change_address") == 0


def test_an_address_stays_once_something_was_sent(world: World, paid: Any, desk: Any) -> None:
    order, seller = paid(2), desk()
    with db.workspace(world.north.id) as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
        orders.fulfil(BOB, order, {line.id: 1})
    assert seller.post(f"/{order.number}/address", version=str(now(order).version), **NEW).status_code == 409
    assert now(order).ship_to["line1"] == "1 Road" and mails("address_changed") == []


def test_a_viewer_is_refused_everything_and_nothing_happens(world: World, paid: Any, desk: Any) -> None:
    order, vera = paid(), desk(world.vera)
    before = told(order)
    page = vera.text(f"/{order.number}")
    for words in ("Put on hold", "Add note", "Correct the address", "Cancel this order", "Mark as sent"):
        assert words not in page
    for path, data in (
        ("hold", {"reason": "x"}),
        ("release", {}),
        ("tags", {"tag": "x"}),
        ("notes", {"body": "x"}),
        ("address", NEW | {"version": "1"}),
        ("cancellation", {}),
        ("fulfilments", {}),
    ):
        assert vera.post(f"/{order.number}/{path}", **data).status_code == 403, path
    assert told(order) == before
    assert (now(order).held_at, now(order).tags, now(order).state) == (None, [], "open")


def test_the_page_shows_lines_by_parcel_and_profit_to_the_last_posting(world: World, paid: Any, desk: Any) -> None:
    order = paid(3)
    with db.workspace(world.north.id) as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
        orders.fulfil(BOB, order, {line.id: 2}, "Post", "AB1")
        part = session.scalars(select(PaymentPart).where(PaymentPart.order_id == order.id)).one()
    page = desk().text(f"/{order.number}")
    assert "Parcel 1" in page and "AB1" in page and "2 × $20.00" in page
    assert "To send" in page and "1 × $20.00" in page
    profit = order.money(part.amount_minor - part.fee_minor) - part.borne_fee
    assert "Buyer paid" in page and order.total.format() in page and profit.format() in page


def test_a_dispute_is_shown_with_its_date_and_told_once(world: World, paid: Any, desk: Any) -> None:
    order = paid()
    with db.workspace(world.north.id) as session:
        part = session.scalars(select(PaymentPart).where(PaymentPart.order_id == order.id)).one()
        db.add(
            Dispute(
                part_id=part.id,
                order_id=order.id,
                stripe_dispute_id="dp_1",
                currency="USD",
                amount_minor=order.total_minor,
                status="needs_response",
                reason="product_not_received",
                money_moved=True,
                evidence_due_at=db.now(),
            )
        )
        for _ in range(2):
            orders.dispute_moved(order, "needs_response", "")
    assert sorted(mail.to for mail in mails("dispute_opened")) == sorted([world.alice.email, world.ada.email])
    seller = desk()
    assert seller.numbers("?view=disputed") == [order.number]
    page = seller.text(f"/{order.number}")
    assert "The buyer says nothing arrived" in page and "Answer due" in page and "/refunds/new" not in page
