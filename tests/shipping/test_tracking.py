"""Parcels follow the carrier's clock: by signed webhooks, by asking, never backwards (TRAPS.md B14-B19, B21)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.core.mail import Mail
from app.orders.models import Fulfilment, Order
from app.shipping.actions import quoting, returning, tracking
from app.shipping.carrier import Seen, Tracking
from app.shipping.models import CarrierAccount, Parcel, Return, TrackingEvent
from tests.sandbox.carriers.conftest import Inbox
from tests.sandbox.conftest import wait_until
from tests.shipping.parceling import ALICE, Shipping


def scan(status: str, minutes: int, key: str = "") -> Seen:
    at = db.now().replace(microsecond=0) + timedelta(minutes=minutes)
    return Seen(key or f"{status}{minutes}", at, status, status, "Oakland")


def follow(shipping: Shipping, parcel: Parcel, *scans: Seen) -> Parcel:
    with db.workspace(shipping.workspace.id):
        found = db.get(Parcel, parcel.id)
        tracking.record(found, Tracking(found.carrier, found.tracking_number, "in_transit", scans))
    return shipping.fresh(parcel)


def mails(shipping: Shipping, template: str) -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).select_from(Mail).where(Mail.template == template)) or 0


def test_a_label_is_not_a_sent_order_until_it_is_scanned(shipping: Shipping) -> None:
    shipping.connect()
    order = shipping.paid()
    parcel = shipping.labelled(order)
    assert follow(shipping, parcel, scan("pre_transit", 0)).state == "labelled"
    with db.workspace(shipping.workspace.id):
        assert db.get(Order, order.id).fulfilment_state == "unfulfilled"
    moved = follow(shipping, parcel, scan("in_transit", 5))
    assert moved.state == "shipped" and moved.fulfilment_id
    with db.workspace(shipping.workspace.id):
        assert db.get(Order, order.id).fulfilment_state == "fulfilled"
    assert mails(shipping, "order_shipped") == 1


def test_late_and_repeated_scans_change_nothing_newer(shipping: Shipping) -> None:
    shipping.connect()
    parcel = shipping.labelled()
    way = [scan("in_transit", 1), scan("out_for_delivery", 60), scan("delivered", 120)]
    follow(shipping, parcel, *way[:2])
    done = follow(shipping, parcel, way[2])
    assert done.state == "delivered" and done.delivered_at == way[2].at
    again = follow(shipping, parcel, *way, scan("in_transit", 30), scan("in_transit", 500))
    assert (again.state, again.status, again.delivered_at) == ("delivered", "delivered", way[2].at)
    with db.workspace(shipping.workspace.id) as session:
        assert session.scalar(select(func.count()).select_from(TrackingEvent)) == 5
        assert session.scalars(select(Fulfilment.state)).one() == "delivered"
    assert mails(shipping, "parcel_moved") == 2, "one for the day of delivery, one for the delivery, however often told"


def test_a_return_is_on_its_way_only_once_it_is_scanned(shipping: Shipping) -> None:
    shipping.connect()
    order = shipping.paid()
    follow(shipping, shipping.labelled(order), scan("delivered", 0))
    with db.workspace(shipping.workspace.id):
        held = db.get(Order, order.id)
        row = returning.ask(ALICE, held, {line.id: (1, "wrong") for line in held.lines})
        returning.accept(ALICE, row)
        back = db.get(Parcel, row.parcel_id)
        quoting.ask(back)
    shipping.run()
    shipping.order_label(back)
    shipping.run()
    assert follow(shipping, back, scan("pre_transit", 1)).state == "labelled"
    with db.workspace(shipping.workspace.id):
        assert db.get(Return, row.id).state == "accepted", "the label is known to the carrier; nobody has the parcel"
    assert follow(shipping, back, scan("in_transit", 2)).state == "shipped"
    with db.workspace(shipping.workspace.id):
        assert db.get(Return, row.id).state == "on_the_way"


def test_delivered_is_left_only_by_a_return(shipping: Shipping) -> None:
    shipping.connect()
    parcel = shipping.labelled()
    follow(shipping, parcel, scan("delivered", 10))
    back = follow(shipping, parcel, scan("return_to_sender", 600))
    assert back.state == "returned" and back.raised


def test_silence_is_raised_once(shipping: Shipping) -> None:
    shipping.connect()
    parcel = shipping.labelled()
    follow(shipping, parcel, scan("in_transit", 0))
    with db.at(db.now() + timedelta(days=11)):
        assert tracking.raise_late() == 1 and tracking.raise_late() == 0
    assert "no scan" in shipping.fresh(parcel).raised


def test_the_carriers_webhook_moves_the_parcel_and_a_forged_one_nothing(
    shipping: Shipping, client: Any, run_jobs: Any, news: Inbox
) -> None:
    account_id = shipping.connect()
    order = shipping.paid()
    parcel = shipping.labelled(order)
    shipping.sandbox.post(f"parcels/{shipping.label(parcel).tracking_number}/scans", step="delivered")
    wait_until(lambda: any(b"delivered" in one.raw for one in news.found), "news of the delivery")
    letters = [
        (path, {n.lower(): v for n, v in kept.items() if n.lower() != "host"}, body) for path, kept, body in news.found
    ]
    for path, headers, body in letters:
        forged = {**headers, "x-hmac-signature": "hmac-sha256-hex=" + "0" * 64}
        assert client.post(path, data=body, headers=forged).status_code == 400
    run_jobs(only="webhooks.")
    assert shipping.fresh(parcel).state == "labelled"
    for path, headers, body in letters * 3:
        assert client.post(path, data=body, headers=headers).status_code == 200
    run_jobs(only="webhooks.")
    assert shipping.fresh(parcel).state == "delivered"
    with db.workspace(shipping.workspace.id):
        account = db.get(CarrierAccount, account_id)
        assert account.last_news_at is not None
    path, headers, body = letters[0]
    elsewhere = path.replace(str(account_id), "00000000-0000-7000-8000-00000000ffff")
    assert client.post(elsewhere, data=body, headers=headers).status_code == 404
