"""What went wrong elsewhere with labels and parcels, and is not told by another test (TRAPS.md of shipping, by number)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.errors import ProviderError
from app.core.outbox import OutboxJob
from app.orders import actions as orders
from app.orders.models import Order
from app.payments import ledger
from app.shipping.actions import buying, manifests, parcels, tracking, voiding
from app.shipping.actions.parcels import CannotShip
from app.shipping.carrier import News, Seen, Tracking
from app.shipping.models import CarrierAccount, Label, Parcel
from tests.shipping.parceling import ALICE, BEACH, Shipping


@pytest.fixture
def stored(committed: None, shipping: Shipping) -> Shipping:
    """With real commits, for threads."""
    return shipping


def test_a1_ten_people_who_press_at_once_buy_one_label(stored: Shipping) -> None:
    stored.connect()
    parcel = stored.packed(stored.paid())
    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(lambda _: stored.order_label(parcel), range(10)))) == 1
    stored.run()
    assert len(stored.effects()) == 1
    with db.workspace(stored.workspace.id) as session:
        assert session.scalars(select(Label.state)).all() == ["bought"]


def test_a7_a_rate_of_yesterday_is_not_bought(shipping: Shipping) -> None:
    account_id = shipping.connect()
    parcel = shipping.packed(shipping.paid())
    best = shipping.offers(parcel)[0].rate
    with db.at(db.now() + timedelta(hours=13)), pytest.raises(buying.RateGone), db.workspace(shipping.workspace.id):
        account = db.get(CarrierAccount, account_id)
        buying.order_label(ALICE, db.get(Parcel, parcel.id), account, best.id, best.total_minor)
    shipping.run()
    assert shipping.effects() == []


def test_a7_a_rate_of_another_parcel_is_not_bought(shipping: Shipping) -> None:
    account_id = shipping.connect()
    mine, other = shipping.packed(shipping.paid()), shipping.packed(shipping.paid(3))
    theirs = shipping.offers(other)[0].rate
    with pytest.raises(buying.RateGone), db.workspace(shipping.workspace.id):
        account = db.get(CarrierAccount, account_id)
        buying.order_label(ALICE, db.get(Parcel, mine.id), account, theirs.id, theirs.total_minor)
    shipping.run()
    assert shipping.effects() == []


def test_a11_a_label_that_was_only_promised_ends_with_its_order(shipping: Shipping) -> None:
    """The order is cancelled between the press and the purchase: nothing is bought for it."""
    shipping.connect()
    order = shipping.paid()
    parcel = shipping.packed(order)
    shipping.order_label(parcel)
    with db.workspace(shipping.workspace.id):
        orders.cancel(ALICE, db.get(Order, order.id), "Changed their mind")
    shipping.run()
    assert shipping.effects() == []
    label = shipping.label(parcel)
    assert label.state == "failed" and "cancelled" in label.error


def on_its_way(label: Label, number: str = "") -> News:
    """What a carrier says of a number, without naming a label of ours."""
    seen = Seen("scan-1", db.now(), "delivered", "Delivered", "Oakland")
    number = number or label.tracking_number
    return News("n1", "tracking", number=number, tracking=Tracking(label.carrier, number, "delivered", (seen,)))


def test_b17_a_number_that_is_used_again_moves_the_parcel_of_its_own_account_only(
    shipping: Shipping, world: Any, run_jobs: Any
) -> None:
    """Two sellers' labels carry the same number; news for one account leaves the other's parcel where it is."""
    accounts, moved, sellers = [], [], [shipping, Shipping(world, shipping.sandbox, run_jobs, world.other)]
    for number, seller in enumerate(sellers):
        accounts.append(seller.connect(key=f"EZTK_seller{number}"))
        moved.append(seller.labelled())
    twin = shipping.label(moved[0]).tracking_number
    with db.workspace(world.other.id):
        db.lock(db.get(Label, sellers[1].label(moved[1]).id)).tracking_number = twin
    tracking.apply(world.other.id, accounts[1], on_its_way(sellers[1].label(moved[1]), twin))
    assert (sellers[0].fresh(moved[0]).status, sellers[1].fresh(moved[1]).status) == ("unknown", "delivered")
    tracking.apply(world.other.id, accounts[0], on_its_way(shipping.label(moved[0]), twin))
    assert sellers[0].fresh(moved[0]).status == "unknown", "an account of somebody else's finds nothing here"


def asked(parcel_id: UUID) -> int:
    with db.system("jobs") as session:
        mine = OutboxJob.payload["parcel_id"].astext == str(parcel_id)
        return session.scalar(select(func.count()).where(OutboxJob.name == "shipping.poll", mine)) or 0


def test_b21_b22_a_carrier_that_sends_nothing_is_asked_until_the_parcel_is_given_up(shipping: Shipping) -> None:
    """Once in four hours, however often the sweep comes; after sixty days a person is told."""
    shipping.connect()
    parcel = shipping.labelled()
    for _ in range(3):
        tracking.poll_due()
    assert asked(parcel.id) == 1
    with db.at(db.now() + timedelta(hours=5)):
        tracking.poll_due()
    assert asked(parcel.id) == 2
    with db.workspace(shipping.workspace.id):
        parcels.hand_over(ALICE, db.get(Parcel, parcel.id))
    with db.at(db.now() + timedelta(days=61)):
        assert tracking.raise_late() == 1
    assert shipping.fresh(parcel).raised == "Lost: no delivery in 60 days"


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"name": "J*** S***"}, "marketplace hides this address"),
        ({"postcode": "902**"}, "marketplace hides this address"),
        ({"line1": ""}, "no street"),
        ({"city": " "}, "no town"),
    ],
)
def test_c27_an_address_that_is_hidden_or_cut_buys_nothing(
    shipping: Shipping, change: dict[str, str], trouble: str
) -> None:
    shipping.connect()
    parcel = shipping.packed(shipping.paid())
    best = shipping.offers(parcel)[0]
    with pytest.raises(CannotShip, match=trouble), db.workspace(shipping.workspace.id):
        row = db.lock(db.get(Parcel, parcel.id))
        row.recipient = {**BEACH, **change}
        account = db.get(CarrierAccount, best.account_id)
        buying.order_label(ALICE, row, account, best.rate.id, best.rate.total_minor)
    shipping.run()
    assert shipping.effects() == []


def test_c23_a_parcel_without_a_weight_is_asked_for_it(shipping: Shipping) -> None:
    shipping.connect()
    parcel = shipping.packed(shipping.paid())
    with pytest.raises(CannotShip, match="no weight"), db.workspace(shipping.workspace.id):
        row = db.lock(db.get(Parcel, parcel.id))
        row.weight_g = 0
        parcels.shipment(row, "reference")
    assert shipping.effects() == []


def test_d34_a_busy_carrier_is_asked_again_when_it_says(shipping: Shipping) -> None:
    """429 with Retry-After: the job goes back to its queue, the label is bought once and later."""
    shipping.connect()
    parcel = shipping.packed(shipping.paid())
    label_id = shipping.order_label(parcel)
    shipping.fault(kind="429", path="*/buy", method="POST")
    with pytest.raises(ProviderError) as busy:
        buying.buy_label(shipping.workspace.id, label_id)
    assert (busy.value.permanent, busy.value.unknown) == (False, False) and (busy.value.retry_after or 0) > 0
    assert shipping.effects() == []
    with db.at(db.now() + buying.GRACE + timedelta(seconds=1)):
        buying.buy_label(shipping.workspace.id, label_id)
    assert len(shipping.effects()) == 1


def test_d36_a_label_of_test_keys_is_marked_as_such(shipping: Shipping) -> None:
    shipping.connect()
    assert shipping.label(shipping.labelled()).test is True
    with db.workspace(shipping.workspace.id) as session:
        assert session.scalars(select(CarrierAccount.mode)).one() == "test"


def costs(shipping: Shipping) -> list[int]:
    with db.workspace(shipping.workspace.id):
        return [one.minor for one in ledger.balances().get("label_costs", [])]


@pytest.mark.parametrize(("outcome", "state"), [("refunded", "voided"), ("rejected", "bought")])
def test_a9_a_label_costs_until_the_carrier_says_that_the_money_is_back(
    shipping: Shipping, outcome: str, state: str
) -> None:
    """Asked for is not given: days pass, the carrier decides, and a refusal leaves the label what it was."""
    shipping.connect()
    parcel = shipping.labelled()
    first = shipping.label(parcel)
    with db.workspace(shipping.workspace.id):
        voiding.void(ALICE, db.get(Label, first.id))
    shipping.run()
    assert (shipping.label(parcel).state, costs(shipping)) == ("void_requested", [first.total_minor])
    shipping.sandbox.post(f"parcels/{first.tracking_number}/void", status=outcome)
    for _ in range(2):
        with db.at(db.now() + timedelta(hours=7)):
            voiding.follow_up()
        shipping.run()
    assert shipping.label(parcel).state == state
    assert sum(costs(shipping)) == (0 if state == "voided" else first.total_minor)


@pytest.mark.parametrize("why", ["scanned", "on a manifest"])
def test_a10_what_the_carrier_has_is_not_given_back(shipping: Shipping, why: str) -> None:
    account_id = shipping.connect()
    parcel = shipping.labelled()
    label = shipping.label(parcel)
    if why == "scanned":
        tracking.apply(shipping.workspace.id, account_id, on_its_way(label))
    else:
        with db.workspace(shipping.workspace.id):
            manifests.order_manifest(ALICE, db.get(CarrierAccount, account_id))
        shipping.run()
    with pytest.raises(voiding.CannotVoid), db.workspace(shipping.workspace.id):
        voiding.void(ALICE, db.get(Label, label.id))
    shipping.run()
    assert shipping.effects("void") == [] and shipping.label(parcel).state == "bought"
