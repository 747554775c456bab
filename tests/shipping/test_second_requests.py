"""While nobody knows what became of a request, no second one leaves; and a second one that left is no second effect (TRAPS.md A1-A4)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import ProviderError
from app.shipping import carrier
from app.shipping.actions import buying, manifests, voiding
from app.shipping.models import CarrierAccount, Label, Manifest, Parcel
from tests.shipping.losing import KEYS, every_carrier, measured
from tests.shipping.parceling import ALICE, Shipping


@pytest.fixture
def shipping(shipping: Shipping) -> Iterator[Shipping]:
    with measured(shipping):
        yield shipping


@every_carrier
def test_while_a_request_may_be_on_its_way_no_second_one_leaves(shipping: Shipping, kind: str) -> None:
    """The request ended before anything was sold. Nobody knows, so GRACE passes before the carrier is asked afresh."""
    shipping.connect(kind, KEYS[kind])
    parcel = shipping.packed(shipping.paid())
    label_id = shipping.order_label(parcel)
    shipping.fault(kind="500", path=f"/{kind}/*", method="POST")
    shipping.run()
    for _ in range(2):
        with pytest.raises(ProviderError, match="no answer yet"):
            buying.buy_label(shipping.workspace.id, label_id)
    assert shipping.label(parcel).state == "sent" and shipping.effects() == []
    with db.at(db.now() + buying.GRACE + timedelta(seconds=1)):
        buying.buy_label(shipping.workspace.id, label_id)
    assert shipping.label(parcel).state == "bought" and len(shipping.effects()) == 1


@every_carrier
def test_of_two_attempts_that_found_nothing_one_asks(
    shipping: Shipping, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second attempt overtakes the first between its look-up and its question."""
    shipping.connect(kind, KEYS[kind])
    parcel = shipping.packed(shipping.paid())
    label_id = shipping.order_label(parcel)
    shipping.fault(kind="500", path=f"/{kind}/*", method="POST")
    shipping.run()
    adapter: Any = carrier.adapter(kind)
    find = adapter.find

    def overtaken(self: Any, *asked: str) -> Any:
        found = find(self, *asked)
        monkeypatch.setattr(adapter, "find", find)
        buying.buy_label(shipping.workspace.id, label_id)
        return found

    monkeypatch.setattr(adapter, "find", overtaken)
    with db.at(db.now() + buying.GRACE + timedelta(seconds=1)):
        with pytest.raises(ProviderError, match="asking already"):
            buying.buy_label(shipping.workspace.id, label_id)
        buying.buy_label(shipping.workspace.id, label_id)
    [sold] = shipping.effects()
    assert shipping.label(parcel).tracking_number == sold["tracking_number"]


@every_carrier
@pytest.mark.parametrize("what", ["void", "manifest"])
def test_a_no_that_echoes_our_own_lost_request_is_a_yes(
    shipping: Shipping, kind: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request arrives while the second looks: the carrier then refuses the second, and the effect stands."""
    account_id = shipping.connect(kind, KEYS[kind])
    parcel = shipping.labelled()
    label_id = shipping.label(parcel).id
    with db.workspace(shipping.workspace.id):
        if what == "void":
            voiding.void(ALICE, db.get(Label, label_id))
        else:
            manifests.order_manifest(ALICE, db.get(CarrierAccount, account_id))
    adapter: Any = carrier.adapter(kind)
    ask = getattr(adapter, what)

    def late(self: Any, *asked: Any) -> Any:
        ask(self, *asked)
        return ask(self, *asked)

    monkeypatch.setattr(adapter, what, late)
    shipping.run()
    assert len(shipping.effects(what)) == 1
    assert settled(shipping, what, label_id, parcel)


def settled(shipping: Shipping, what: str, label_id: UUID, parcel: Parcel) -> bool:
    with db.workspace(shipping.workspace.id) as session:
        if what == "void":
            state = session.scalars(select(Label.state).where(Label.id == label_id)).one()
            return state in ("void_requested", "voided") and shipping.fresh(parcel).state == "draft"
        row = session.scalars(select(Manifest)).one()
        return row.state == "created" and bool(row.file) and shipping.fresh(parcel).state == "shipped"
