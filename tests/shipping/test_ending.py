"""An order is cancelled while its parcel waits: nothing is bought any more, and what was bought goes back (TRAPS.md A11)."""

import pytest
import requests
from sqlalchemy import func, update

from app.core import db
from app.core.outbox import OutboxJob
from app.orders import actions as orders
from app.orders.models import Order
from app.shipping.models import Parcel
from tests.shipping.parceling import ALICE, Shipping


@pytest.fixture
def shipping(shipping: Shipping) -> Shipping:
    shipping.connect()
    return shipping


def cancel(shipping: Shipping, parcel: Parcel) -> None:
    with db.workspace(shipping.workspace.id):
        orders.cancel(ALICE, db.get(Order, parcel.order_id), "Changed their mind")
    shipping.run()


def states(shipping: Shipping, parcel: Parcel) -> tuple[str, str]:
    return shipping.fresh(parcel).state, shipping.label(parcel).state


def test_a_bought_label_goes_back_and_is_not_printed(shipping: Shipping) -> None:
    parcel = shipping.labelled()
    cancel(shipping, parcel)
    assert states(shipping, parcel) in {("cancelled", "void_requested"), ("cancelled", "voided")}
    assert len(shipping.effects("void")) == 1
    assert shipping.fresh(parcel).raised == ""


def test_a_planned_parcel_is_unpacked(shipping: Shipping) -> None:
    parcel = shipping.packed(shipping.paid())
    cancel(shipping, parcel)
    assert shipping.fresh(parcel).state == "cancelled" and shipping.effects() == []


def test_a_promised_label_is_not_bought(shipping: Shipping) -> None:
    parcel = shipping.packed(shipping.paid())
    shipping.order_label(parcel)
    with db.workspace(shipping.workspace.id):
        orders.cancel(ALICE, db.get(Order, parcel.order_id), "Changed their mind")
    shipping.run()
    assert states(shipping, parcel) == ("cancelled", "failed") and shipping.effects() == []


def test_a_label_without_an_answer_is_found_first_and_then_goes_back(shipping: Shipping) -> None:
    parcel = shipping.packed(shipping.paid())
    shipping.fault(kind="drop_answer", path="*/buy")
    shipping.order_label(parcel)
    shipping.run()
    assert shipping.label(parcel).state == "sent"
    cancel(shipping, parcel)
    assert shipping.label(parcel).state == "sent", "nobody knows yet, so nothing is given back"
    with db.system("jobs") as session:
        session.execute(update(OutboxJob).where(OutboxJob.done_at.is_(None)).values(due_at=func.now()))
    shipping.run()
    assert states(shipping, parcel) in {("cancelled", "void_requested"), ("cancelled", "voided")}
    assert len(shipping.effects()) == len(shipping.effects("void")) == 1


def test_a_label_that_the_carrier_keeps_is_put_in_front_of_a_person(shipping: Shipping) -> None:
    """It has scanned the parcel, and we have not heard of it."""
    parcel = shipping.labelled()
    number = shipping.label(parcel).tracking_number
    answer = requests.post(
        f"{shipping.sandbox.url}/_sandbox/parcels/{number}/scans", json={"step": "in_transit"}, timeout=20
    )
    assert answer.ok, answer.text
    cancel(shipping, parcel)
    assert states(shipping, parcel) == ("labelled", "bought")
    assert "could not be given back" in shipping.fresh(parcel).raised
