"""Labels are bought once, whatever happens to the answer (TRAPS.md A1-A4, A7), and can be given back (A9, A11, A12)."""

import pytest

from app.core import db, storage
from app.core.errors import Refused
from app.orders.models import Order
from app.payments import ledger
from app.shipping.actions import buying, files, parcels, voiding
from app.shipping.models import CarrierAccount, Label, Parcel
from tests.shipping.parceling import ALICE, Shipping


def test_from_a_paid_order_to_a_printable_label(shipping: Shipping) -> None:
    shipping.connect()
    order = shipping.paid(2)
    parcel = shipping.packed(order)
    assert parcel.weight_g == 400
    offers = shipping.offers(parcel)
    assert len(offers) > 1 and "cheapest" in offers[0].badges
    assert [one.rate.total_minor for one in offers] == sorted(one.rate.total_minor for one in offers)
    shipping.order_label(parcel)
    shipping.run()
    label = shipping.label(parcel)
    assert label.state == "bought" and label.total_minor == offers[0].rate.total_minor and label.tracking_number
    [effect] = shipping.effects()
    assert effect["reference"] == label.reference
    with db.workspace(shipping.workspace.id):
        data = files.content(db.get(Label, label.id), "pdf")
        assert data.startswith(b"%PDF")
        assert [str(sum_) for sum_ in ledger.balances()["label_costs"]] == [str(label.total)]
        fresh = db.get(Parcel, parcel.id)
        assert fresh.state == "labelled" and fresh.tracking_number == label.tracking_number
        assert db.get(Order, order.id).fulfilment_state == "unfulfilled"
        parcels.hand_over(ALICE, fresh)
        parcels.hand_over(ALICE, fresh)
        assert db.get(Order, order.id).fulfilment_state == "fulfilled"


def test_pressed_ten_times_it_is_bought_once(shipping: Shipping) -> None:
    shipping.connect()
    parcel = shipping.packed(shipping.paid())
    assert len({shipping.order_label(parcel) for _ in range(10)}) == 1
    shipping.run()
    assert len(shipping.effects()) == 1
    with pytest.raises(Refused), db.workspace(shipping.workspace.id):
        parcels.split(ALICE, db.get(Parcel, parcel.id), {})


@pytest.mark.parametrize("kind", ["drop_answer", "invalid_json", "500"])
def test_an_answer_that_is_lost_after_the_purchase_is_looked_up(shipping: Shipping, kind: str) -> None:
    """The label was sold, the answer never came: the next attempt finds it and buys nothing."""
    shipping.connect()
    parcel = shipping.packed(shipping.paid())
    shipping.fault(kind=kind, path="*/buy", when="after")
    label_id = shipping.order_label(parcel)
    shipping.run()
    assert shipping.label(parcel).state == "sent" and len(shipping.effects()) == 1
    buying.buy_label(shipping.workspace.id, label_id)
    label = shipping.label(parcel)
    assert label.state == "bought" and label.tracking_number == shipping.effects()[0]["tracking_number"]
    assert len(shipping.effects()) == 1


def test_a_price_that_moved_is_not_paid(shipping: Shipping) -> None:
    account_id = shipping.connect()
    parcel = shipping.packed(shipping.paid())
    best = shipping.offers(parcel)[0].rate
    with db.workspace(shipping.workspace.id):
        row, account = db.get(Parcel, parcel.id), db.get(CarrierAccount, account_id)
        with pytest.raises(buying.PriceMoved):
            buying.order_label(ALICE, row, account, best.id, best.total_minor - 1)
        parcels.change(ALICE, row, row.version, weight_g=9000)
        with pytest.raises(buying.RateGone):
            buying.order_label(ALICE, row, account, best.id, best.total_minor)
    shipping.run()
    assert shipping.effects() == []


def test_a_label_is_given_back_and_the_parcel_can_get_another(shipping: Shipping) -> None:
    shipping.connect()
    parcel = shipping.labelled()
    first = shipping.label(parcel)
    with db.workspace(shipping.workspace.id):
        voiding.void(ALICE, db.get(Label, first.id))
    shipping.run()
    with db.workspace(shipping.workspace.id):
        row = db.get(Label, first.id)
        assert row.state in ("void_requested", "voided")
        with pytest.raises(files.Voided):
            files.content(row, "pdf")
        assert storage.exists(row.files["pdf"])
    assert shipping.fresh(parcel).state == "draft"
    shipping.order_label(shipping.packed_again(parcel))
    shipping.run()
    assert shipping.label(parcel).state == "bought" and shipping.label(parcel).id != first.id
    assert len(shipping.effects()) == 2
