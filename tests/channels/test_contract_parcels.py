"""The contract, continued: parcels go out once, and what does not happen is told both ways."""

from datetime import timedelta

import pytest

from app.channels.order_facts import CancelLine, OrderFacts, Sent
from app.core.errors import ProviderError
from app.core.port import NotOffered
from tests.channels.stage import Doc, Scene, staged

every = staged()
answering = staged(lambda one: one.adapter.profile.answers_cancellations)
with_returns = staged(lambda one: one.adapter.profile.returns)
with_labels = staged(lambda one: one.adapter.profile.labels)
OWN = {"platform_ships": False, "masked": False}
LABELS = (b"%PDF", b"^XA", b"\x89PNG")


def own(scene: Scene, order: Doc, number: str = "1Z999AA10123456784") -> Sent:
    """The seller's own parcel of everything in the order."""
    facts = scene.facts(order)
    package = facts.packages[0].id if facts.packages else ""
    return Sent(order["id"], package, carrier="UPS", tracking_number=number, tracking_url=f"https://ups.test/{number}")


# --- parcels go out
@staged(lambda one: one.own_tracking)
def test_our_own_parcel_is_told_once(scene: Scene) -> None:
    scene.product()
    order = scene.place(2, **OWN)
    sent = own(scene, order)
    first = scene.channel().ship(sent)
    assert not first.already
    again = scene.channel().ship(sent)
    assert again.already
    assert len(scene.effects("ship")) == 1
    assert sent.tracking_number in str(scene.order(order))
    assert scene.facts(order).state in (scene.stage.state("in_transit"), scene.stage.state("awaiting_collection"))


@with_labels
def test_the_platforms_parcel_gets_its_number_and_its_label(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    package = scene.facts(order).packages[0].id
    channel = scene.channel()
    ways = channel.handovers(order["id"], package)
    assert ways and all(one.id and one.kind in ("pickup", "drop_off", "own") for one in ways)
    way = next(one for one in ways if one.kind != "own")
    assert not channel.ship(Sent(order["id"], package, way)).already
    assert channel.ship(Sent(order["id"], package, way)).already
    numbers = [channel.tracking_number(order["id"], package) for _ in range(6)]
    assert numbers[-1] and all(one in ("", numbers[-1]) for one in numbers)
    papers = [channel.document(order["id"], package) for _ in range(6)]
    label = papers[-1]
    assert label is not None and label.data.startswith(LABELS) and "json" not in label.content_type
    assert len(scene.effects("ship")) == 1
    assert scene.facts(order).packages[0].tracking_number == numbers[-1]


@with_labels
def test_a_parcels_journey_is_read(scene: Scene) -> None:
    scene.product()
    order = scene.travel(scene.place(), "arrange", "collect", "deliver")
    package = scene.facts(order).packages[0].id
    scans = scene.channel().scans(order["id"], package)
    assert len(scans) >= 2 and all(one.text and one.at.utcoffset() == timedelta(0) for one in scans)


@with_labels
def test_an_order_whose_buyer_wants_out_is_not_shipped(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    channel, package = scene.channel(), scene.facts(order).packages[0].id
    way = next(one for one in channel.handovers(order["id"], package) if one.kind != "own")
    scene.act(order, "ask_cancel")
    with pytest.raises(ProviderError) as caught:
        channel.ship(Sent(order["id"], package, way))
    assert caught.value.permanent and not caught.value.unknown and scene.effects("ship") == []


@staged(lambda one: not one.adapter.profile.labels)
def test_where_there_are_no_labels_none_are_offered(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    channel = scene.channel()
    for ask in (channel.document, channel.scans):
        with pytest.raises(NotOffered):
            ask(order["id"], "")


# --- what does not happen
@every
def test_a_seller_cancels_once(scene: Scene) -> None:
    product = scene.product()
    order = scene.place(2)
    scene.channel().cancel(order["id"], "out_of_stock")
    assert scene.facts(order).state == "cancelled"
    assert len(scene.effects("cancel")) == 1 and scene.stock(product) == 10


def _active(facts: OrderFacts) -> int:
    return sum(one.active for one in facts.items)


@staged(lambda one: one.adapter.profile.part_cancels)
def test_a_seller_cancels_a_part(scene: Scene) -> None:
    scene.product()
    order = scene.place(3)
    item = scene.facts(order).items[0]
    scene.channel().cancel(order["id"], "out_of_stock", [CancelLine(item.ref, 1, item.ids)])
    facts = scene.facts(order)
    assert _active(facts) == 2 and facts.state == "to_ship"


@staged(lambda one: not one.adapter.profile.part_cancels)
def test_where_parts_cannot_be_cancelled_nothing_is(scene: Scene) -> None:
    scene.product()
    order = scene.place(3)
    item = scene.facts(order).items[0]
    with pytest.raises(NotOffered):
        scene.channel().cancel(order["id"], "out_of_stock", [CancelLine(item.ref, 1, item.ids)])
    assert scene.effects("cancel") == []


@answering
@pytest.mark.parametrize("accept", [True, False], ids=["accepted", "refused"])
def test_a_buyers_wish_is_answered(scene: Scene, accept: bool) -> None:
    product = scene.product()
    order = scene.place(2)
    scene.act(order, "ask_cancel", reason="Ordered twice")
    facts = scene.facts(order)
    assert facts.state == "cancel_requested"
    scene.channel().answer_cancellation(order["id"], facts.cancel_id, accept)
    after = scene.facts(order)
    assert after.state == ("cancelled" if accept else "to_ship")
    assert scene.stock(product) == (10 if accept else 8)
    if accept:
        assert after.cancel_by == "buyer" and after.restock in (None, True)


@staged(lambda one: not one.adapter.profile.answers_cancellations)
def test_where_buyers_do_not_ask_nothing_is_answered(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    with pytest.raises(NotOffered):
        scene.channel().answer_cancellation(order["id"], "1", True)
    assert scene.facts(order).state == "to_ship"


@with_returns
@pytest.mark.parametrize("accept", [True, False], ids=["accepted", "refused"])
def test_a_return_is_read_and_answered(scene: Scene, accept: bool) -> None:
    scene.product()
    order = scene.travel(scene.place(2), "arrange", "collect", "deliver")
    scene.act(order, "ask_return", reason="Arrived damaged")
    (case,) = scene.channel().returns(*scene.window()).items
    assert (case.order_id, case.state, case.refund_minor) == (order["id"], "asked", 8400)
    assert case.status and sum(one.quantity for one in case.items) == 2 and case.goods_come_back
    scene.channel().answer_return(case.id, accept, "We are sorry")
    (after,) = scene.channel().returns(*scene.window()).items
    assert after.state in (("accepted",) if accept else ("refused", "disputed"))
    assert scene.effects("refund") == []


@staged(lambda one: not one.adapter.profile.returns)
def test_where_returns_are_not_told_none_are_asked_for(scene: Scene) -> None:
    with pytest.raises(NotOffered):
        scene.channel().returns(*scene.window())
    with pytest.raises(NotOffered):
        scene.channel().answer_return("1", True)
