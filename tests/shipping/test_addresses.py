"""Addresses are checked by the carrier, corrected only on a person's word, and doubted ones stop a batch's row
(TRAPS.md C26)."""

import pytest

from app.core import db
from app.shipping.actions import addresses, quoting
from app.shipping.models import Parcel
from tests.shipping.parceling import ALICE, BEACH, Shipping
from tests.shipping.test_batches import prepare, rows

NOWHERE = {**BEACH, "line1": "000 unknown street", "city": "Not A City", "region": "ZZ", "postcode": "00001"}


@pytest.fixture
def shipping(shipping: Shipping) -> Shipping:
    shipping.connect()
    return shipping


def checked(shipping: Shipping, to: dict[str, str]) -> Parcel:
    parcel = shipping.packed(shipping.paid(to=to))
    with db.workspace(shipping.workspace.id):
        assert addresses.ask_check(db.get(Parcel, parcel.id))
    shipping.run()
    return shipping.fresh(parcel)


def test_a_correction_is_offered_and_taken_only_when_asked(shipping: Shipping) -> None:
    parcel = checked(shipping, {**BEACH, "line1": "179 North Harbor Drive"})
    better = parcel.address_check["corrected"]
    assert better and parcel.recipient["line1"] == "179 North Harbor Drive"
    with db.workspace(shipping.workspace.id):
        addresses.accept(ALICE, db.get(Parcel, parcel.id), parcel.version)
    shipping.run()
    fresh = shipping.fresh(parcel)
    assert fresh.recipient["line1"] == better["line1"] and fresh.recipient["name"] == "Fay"
    assert not fresh.address_check["corrected"] and shipping.offers(fresh)


def test_a_doubted_address_stops_its_row_until_a_person_keeps_it(shipping: Shipping) -> None:
    order = shipping.paid(to=NOWHERE)
    [row] = rows(shipping, prepare(shipping, [order]))
    assert (row.item.state, row.item.fix) == ("cannot", "address") and row.parcel
    with db.workspace(shipping.workspace.id):
        parcel = db.get(Parcel, row.parcel.id)
        addresses.keep(ALICE, parcel)
        quoting.ask(parcel)
    shipping.run()
    with db.workspace(shipping.workspace.id):
        assert addresses.problem(db.get(Parcel, row.parcel.id)) == ""
    assert shipping.effects() == []
