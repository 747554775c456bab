"""What people ask of a platform, by the real adapters: cancel, answer the buyer, labels, returns; asked once (TRAPS.md F39, F40, F44)."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from app.channels.actions import asking, labelling, returning
from app.channels.models import ChannelOrder, ChannelRequest, ChannelReturn, ChannelShipment
from app.channels.order_facts import OrderFacts
from app.core import db, storage
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from tests.channels.fair import Booth, Fair
from tests.channels.stage import Doc, Stage, staged, stages

BOB = Actor("person", "Bob")
every = staged()


def arrived(fair: Fair, booth: Booth, quantity: int = 2, **more: Any) -> tuple[Doc, ChannelOrder]:
    """An order placed there that is here by its push."""
    placed = booth.scene.place(quantity, **more)
    heard(fair)
    (row,) = [one for one in fair.there(booth) if one.remote_id == placed["id"]]
    return placed, row


def heard(fair: Fair) -> None:
    fair.carry()
    fair.work()


def request(fair: Fair) -> ChannelRequest:
    with db.workspace(fair.workspace.id) as session:
        newest = select(ChannelRequest).order_by(ChannelRequest.id.desc()).limit(1)
        return session.scalars(newest.execution_options(populate_existing=True)).one()


@every
def test_an_order_is_cancelled_there_once_and_its_units_come_back(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    _, row = arrived(fair, booth)
    with db.workspace(fair.workspace.id):
        asking.cancel(BOB, row, "out_of_stock")
        with pytest.raises(asking.CannotAsk):
            asking.cancel(BOB, row, "out_of_stock")
    fair.work()
    heard(fair)
    (order,) = fair.orders(stage.kind)
    assert (request(fair).state, order.state) == ("done", "cancelled")
    assert fair.available() == 10 == booth.stock()


@every
def test_a_lost_answer_to_a_cancellation_is_looked_up_and_not_asked_again(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    _, row = arrived(fair, booth)
    booth.scene.fault("drop_answer", "cancel")
    with db.workspace(fair.workspace.id):
        asking.cancel(BOB, row, "out_of_stock")
    fair.work()
    assert request(fair).state == "sent"
    booth.scene.sandbox_at_peace()
    asking.ask(fair.workspace.id, request(fair).id)
    fair.work()
    assert request(fair).state == "done" and len(booth.scene.effects("cancel")) == 1
    assert fair.orders(stage.kind)[0].state == "cancelled"


@staged(lambda one: one.adapter.profile.answers_cancellations)
@pytest.mark.parametrize("accept", [True, False])
def test_the_buyers_wish_to_cancel_is_answered(fair: Fair, stage: Stage, accept: bool) -> None:
    booth = fair.join(stage)
    placed, _ = arrived(fair, booth)
    booth.scene.act(placed, "ask_cancel", reason="changed my mind")
    heard(fair)
    (order,) = fair.orders(stage.kind)
    assert order.hold_reason.startswith("The buyer asks to cancel")
    (row,) = fair.there(booth)
    with db.workspace(fair.workspace.id):
        asking.answer_cancellation(BOB, row, accept)
    fair.work()
    heard(fair)
    (order,) = fair.orders(stage.kind)
    assert order.state == ("cancelled" if accept else "open") and order.held_at is None
    assert fair.available() == (10 if accept else 8)


@staged(lambda one: one.adapter.profile.labels)
def test_the_platforms_own_label_is_kept_as_a_file(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    placed, row = arrived(fair, booth, platform_ships=True)
    with db.workspace(fair.workspace.id):
        facts = row.facts
    package = facts["packages"][0]["id"] if facts.get("packages") else ""
    with db.workspace(fair.workspace.id):
        first = labelling.look(row, package)
        assert labelling.look(row, package).id == first.id
    fair.work()
    waiting = shipment(fair)
    assert waiting.state == "choosing" and waiting.ways
    with db.workspace(fair.workspace.id):
        with pytest.raises(Refused, match="Choose how"):
            labelling.want(BOB, waiting, "carried by pigeons")
        for _ in range(2):
            labelling.want(BOB, waiting, waiting.ways[0]["id"])
    fair.work()
    for _ in range(6):  # the platform takes its time; each asking is another try of the same job
        with suppress(ProviderError):
            labelling.fetch(fair.workspace.id, waiting.id)
    kept = shipment(fair)
    assert kept.state == "done" and kept.tracking_number
    assert storage.read(kept.document).startswith(b"%PDF")
    assert len(booth.scene.effects("ship")) == 1
    assert booth.scene.order(placed)["packages"][0]["tracking"] == kept.tracking_number


def shipment(fair: Fair) -> ChannelShipment:
    with db.workspace(fair.workspace.id) as session:
        return session.scalars(select(ChannelShipment).execution_options(populate_existing=True)).one()


@staged(lambda one: one.adapter.profile.returns)
def test_a_return_is_accepted_and_restocked_when_it_was_unpacked(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    placed, _ = arrived(fair, booth)
    booth.scene.travel(placed, "arrange", "collect", "deliver")
    booth.scene.act(placed, "ask_return", reason="broken")
    heard(fair)
    returning.look(fair.workspace.id, booth.connection_id)
    with db.workspace(fair.workspace.id) as session:
        asked = session.scalars(select(ChannelReturn)).one()
        assert asked.state == "asked" and asked.channel_order_id is not None
        asking.answer_return(BOB, asked, True)
    fair.work()
    returning.look(fair.workspace.id, booth.connection_id)
    assert request(fair).state == "done" and fair.available() == 8
    with db.workspace(fair.workspace.id) as session:
        row = session.scalars(select(ChannelReturn).execution_options(populate_existing=True)).one()
        assert row.state in ("accepted", "on_the_way", "refunded")
        returning.receive(BOB, row, True)
    fair.work()
    assert fair.available() == 10 == booth.stock()


def test_facts_survive_their_keeping(fair: Fair) -> None:
    """What is applied once more is what was heard: dataclasses, moments and all."""
    booth = fair.join(stages()[0])
    _, row = arrived(fair, booth)
    assert msgspec.to_builtins(msgspec.convert(row.facts, OrderFacts)) == row.facts
