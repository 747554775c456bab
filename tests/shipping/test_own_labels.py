"""«Own label» on the whole way: from a paid order to paper, with the number of the order, the parcel and the buyer's page."""

from typing import Any

import pytest

from app.core import db
from app.shipping.actions import buying, files
from app.shipping.carriers.own_bars import is_ours
from app.shipping.models import CarrierAccount, Label
from tests.shipping.parceling import ALICE, BEACH, Shipping


@pytest.fixture
def shipping(world: Any, run_jobs: Any) -> Shipping:
    return Shipping(world, None, run_jobs)


def test_a_label_is_drawn_for_nothing_and_printed_in_every_format(shipping: Shipping) -> None:
    shipping.connect("own")
    parcel = shipping.labelled()
    label = shipping.label(parcel)
    assert (label.state, label.total_minor, is_ours(label.tracking_number)) == ("bought", 0, True)
    with db.workspace(shipping.workspace.id):
        row = db.get(Label, label.id)
        assert files.content(row, "pdf").startswith(b"%PDF")
        files.fetch(shipping.workspace.id, label.id, "zpl")
        zpl = files.content(db.get(Label, label.id), "zpl").decode()
    assert "Parcel 1 of 1" in zpl and parcel.tracking_code in zpl and label.tracking_number in zpl


def test_a_number_bought_elsewhere_is_printed_and_followed(shipping: Shipping) -> None:
    account_id = shipping.connect("own")
    parcel = shipping.packed(shipping.paid())
    (offer,) = shipping.offers(parcel)
    with db.workspace(shipping.workspace.id):
        account = db.get(CarrierAccount, account_id)
        fresh = shipping.fresh(parcel)
        buying.order_label(ALICE, fresh, account, offer.rate.id, 0, tracking_number="rr 123 456 785 de")
    shipping.run()
    assert shipping.label(parcel).tracking_number == "RR123456785DE"
    assert shipping.fresh(parcel).tracking_number == "RR123456785DE"


def test_a_name_that_cannot_be_printed_fails_the_label_in_words(shipping: Shipping) -> None:
    shipping.connect("own")
    parcel = shipping.labelled(shipping.paid(to={**BEACH, "name": "山田太郎"}))
    label = shipping.label(parcel)
    assert label.state == "failed" and "Latin letters" in label.error and label.tracking_number == ""
    assert shipping.fresh(parcel).state == "draft"
