"""«Own label» through the same pages and jobs: a number typed by the seller, no money, three formats."""

import pytest

from app.core import db
from app.payments import ledger
from app.shipping.actions import accounts, buying, files
from app.shipping.models import CarrierAccount, Label, Parcel
from tests.shipping.parceling import ALICE, BEACH, Shipping


@pytest.fixture
def shipping(shipping: Shipping) -> Shipping:
    with db.workspace(shipping.workspace.id):
        accounts.connect(ALICE, "own", "Own label", {})
    return shipping


def own(shipping: Shipping, number: str = "", to: dict[str, str] | None = None) -> Label:
    parcel = shipping.packed(shipping.paid(to=to))
    [only] = shipping.offers(parcel)
    with db.workspace(shipping.workspace.id):
        row, account = db.get(Parcel, parcel.id), db.get(CarrierAccount, only.account_id)
        buying.order_label(ALICE, row, account, only.rate.id, only.rate.total_minor, tracking_number=number)
    shipping.run()
    return shipping.label(parcel)


def test_a_typed_number_is_printed_in_every_format_and_costs_nothing(shipping: Shipping) -> None:
    label = own(shipping, "RR123456785GB")
    assert (label.state, label.tracking_number, label.total_minor) == ("bought", "RR123456785GB", 0)
    for format, start in (("pdf", b"%PDF"), ("png", b"\x89PNG"), ("zpl", b"^XA")):
        files.fetch(shipping.workspace.id, label.id, format)
        with db.workspace(shipping.workspace.id):
            assert files.content(db.get(Label, label.id), format).lstrip().startswith(start)
    with db.workspace(shipping.workspace.id):
        assert "label_costs" not in ledger.balances()
    assert shipping.effects() == [], "no provider was asked"


def test_without_a_number_it_gets_one_and_a_name_that_cannot_be_printed_is_refused(shipping: Shipping) -> None:
    assert own(shipping).tracking_number
    refused = own(shipping, to={**BEACH, "name": "山田太郎"})
    assert refused.state == "failed" and "山" in refused.error
