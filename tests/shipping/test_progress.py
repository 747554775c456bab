"""What pages of other features tell about parcels: the order list row by row, the buyer's purchase and tracking pages."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import db
from app.home.queries import needs
from app.orders import queries as book
from app.orders.models import Order
from app.shipping import progress
from app.shipping.actions import parcels as acts
from app.shipping.models import Label, Parcel
from tests.shipping.desk import Desk, number
from tests.shipping.parceling import ALICE, BEACH, Shipping


def told(shipping: Shipping, order: Order) -> tuple[str, str] | None:
    with db.workspace(shipping.workspace.id):
        return progress.ways([order.id]).get(order.id)


def test_rows_say_where_the_parcel_is_and_stand_where_they_stood(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    one, two = shipping.paid(), shipping.paid()
    first, second = number(shipping, one), number(shipping, two)
    rows = f"/w/{shipping.workspace.slug}/orders/rows?view=ready&numbers={second}&numbers={first}"
    assert desk.get(rows).count("To ship") >= 2 and told(shipping, one) is None
    parcel = shipping.packed(one)
    assert told(shipping, one) is None
    shipping.order_label(parcel)
    assert told(shipping, one) == ("processing", "Buying label")
    shipping.run()
    shown = desk.get(rows)
    assert "Label bought" in shown and shown.index(f"#{second}<") < shown.index(f"#{first}<")
    with db.workspace(shipping.workspace.id):
        acts.hand_over(ALICE, db.get(Parcel, parcel.id))
    assert told(shipping, one) == ("shipped", "Sent") and f"#{first}<" in desk.get(rows)
    assert "hx-partial" in shown and "hx-partial" not in desk.get(f"/w/{shipping.workspace.slug}/orders")


def test_of_several_parcels_the_one_furthest_behind_is_told(shipping: Shipping) -> None:
    shipping.connect()
    order = shipping.paid(2)
    with db.workspace(shipping.workspace.id):
        line = db.get(Order, order.id).lines[0].id
    sent = shipping.packed(order, {line: 1})
    shipping.packed(order, {line: 1})
    shipping.order_label(sent)
    shipping.run()
    assert told(shipping, order) is None
    with db.workspace(shipping.workspace.id):
        db.get(Parcel, sent.id).raised = "Silent: no scan for 6 days"
    assert told(shipping, order) == ("needs_attention", "Silent: no scan for 6 days")


def test_buyers_may_send_back_what_arrived_while_there_is_time(
    shipping: Shipping, world: Any, app: Any, run_jobs: Any
) -> None:
    shipping.connect()
    order = shipping.paid(2)
    parcel = shipping.labelled(order)
    fay = world.sign_in(app.test_client(), world.fay)
    purchase, offer = f"/purchases/{order.group_id}", f"/returns/new/{order.id}"
    assert offer not in fay.get(purchase).text
    with db.workspace(shipping.workspace.id):
        acts.hand_over(ALICE, db.get(Parcel, parcel.id))
        line = db.get(Order, order.id).lines[0].id
    assert offer in fay.get(purchase).text
    assert offer not in fay.get(f"/t/{parcel.tracking_code}").text
    _arrive(shipping, parcel, timedelta())
    assert offer in fay.get(f"/t/{parcel.tracking_code}").text
    assert offer not in app.test_client().get(f"/t/{parcel.tracking_code}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', fay.get(offer).text)
    assert token
    typed = {"csrf_token": token[1], f"quantity-{line}": "2", f"reason-{line}": "damaged"}
    asked = fay.post(offer, data=typed)
    assert asked.status_code == 303
    shown = fay.get(purchase).text
    assert offer not in shown and "Return 1: asked" in shown
    withdrawn = fay.post(f"{asked.headers['Location']}/withdrawal", data={"csrf_token": token[1]})
    assert withdrawn.status_code == 303 and offer in fay.get(purchase).text
    story = fay.get(asked.headers["Location"]).text
    assert story.index("Withdrew the return") < story.index("Asked to return 2 units")
    _arrive(shipping, parcel, timedelta(days=31))
    late = fay.get(purchase).text
    assert offer not in late and "Return 1: withdrawn" in late


def _arrive(shipping: Shipping, parcel: Parcel, ago: timedelta) -> None:
    with db.workspace(shipping.workspace.id):
        row = db.get(Parcel, parcel.id)
        row.state, row.delivered_at = "delivered", db.now() - ago


def test_the_rest_of_a_batch_is_bought_at_its_own_price(shipping: Shipping, desk: Desk, run_jobs: Any) -> None:
    shipping.connect()
    good, bad = shipping.paid(), shipping.paid(to={**BEACH, "line1": "0 Unknown Road"})
    numbers = [str(number(shipping, good)), str(number(shipping, bad))]
    desk.post("/batches", numbers=numbers)
    run_jobs(only="shipping.")
    desk.post("/batches/1/start", total=_total(desk))
    run_jobs(only="shipping.")
    assert "1 of 2 labels bought" in desk.get("/batches/1")
    with db.workspace(shipping.workspace.id) as session:
        parcel = session.scalars(select(Parcel).where(Parcel.order_id == bad.id)).one()
        acts.change(ALICE, parcel, parcel.version, recipient={**parcel.recipient, **BEACH})
    desk.post("/batches/1/retry")
    run_jobs(only="shipping.")
    assert "1 will get a label" in desk.get("/batches/1")
    desk.post("/batches/1/start", total=_total(desk))
    run_jobs(only="shipping.")
    assert "2 of 2 labels bought" in desk.get("/batches/1")
    with db.workspace(shipping.workspace.id) as session:
        assert len(session.scalars(select(Label)).all()) == len(shipping.effects()) == 2


def _total(desk: Desk) -> str:
    """What the page's own button agrees to."""
    found = re.search(r'name="total" value="(\d+)"', desk.get("/batches/1"))
    assert found
    return found[1]


def test_an_order_leaves_the_queue_once_everything_in_it_has_a_label(shipping: Shipping) -> None:
    shipping.connect()
    done, half, waiting = shipping.paid(2), shipping.paid(2), shipping.paid()
    shipping.labelled(done)
    with db.workspace(shipping.workspace.id):
        line = db.get(Order, half.id).lines[0]
    shipping.order_label(shipping.packed(half, {line.id: 1}))
    shipping.run()
    with db.workspace(shipping.workspace.id):
        counts = book.counts()
        ready = {order.id for order in book.list_orders(book.Filters(view="ready"))}
        assert [order.id for order in book.list_orders(book.Filters(view="labelled"))] == [done.id]
        assert ready == {half.id, waiting.id} and (counts["ready"], counts["labelled"]) == (2, 1)
        cards = {need.path: need.count for need in needs()}
    assert cards["/orders?view=labelled"] == 1 and cards["/orders?view=ready"] == 2
