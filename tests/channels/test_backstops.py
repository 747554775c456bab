"""What was lost on the way is found: jobs that went down with their worker, pushes that never came, sales between two tellings."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from app.channels.actions import keeping_up, reading, runs, stocking, telling
from app.channels.models import ChannelConnection, ChannelRun, ChannelShipment
from app.core import db
from app.core.actor import Actor
from app.inventory import actions as inventory
from app.orders import actions as orders
from app.orders.models import Fulfilment
from tests.channels.fair import Booth, Fair
from tests.channels.stage import Stage, staged

every = staged()
some = staged(lambda one: one.kind == "woocommerce")
ALICE = Actor("person", "Alice")


def look_is_due(fair: Fair, booth: Booth) -> None:
    """The last look was a while ago."""
    with db.workspace(fair.workspace.id) as session:
        mine = update(ChannelConnection).where(ChannelConnection.id == booth.connection_id)
        session.execute(mine.values(looked_at=db.now() - timedelta(minutes=1)))


@every
def test_a_number_is_told_again_after_a_sale_there_that_a_cart_here_made_up_for(fair: Fair, stage: Stage) -> None:
    """Nine were told, one of them was sold there, and one came back here: nine again, and there are only eight to be seen."""
    booth, holder = fair.join(stage), fair.world.fay.id
    with db.buyer(holder):
        inventory.reserve(
            holder, [inventory.Want(fair.workspace.id, fair.variant.id, 1)], db.now() + timedelta(hours=1)
        )
    fair.work()
    placed = booth.scene.place(1)
    assert booth.stock() == 8
    reading.read_orders(fair.workspace.id, booth.connection_id, [placed["id"]])
    with db.buyer(holder):
        inventory.release(holder, [fair.workspace.id])
    fair.work()
    assert (fair.available(), booth.stock()) == (9, 9)


@some
def test_a_look_that_went_down_with_its_worker_does_not_keep_the_next_from_looking(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    booth.scene.place(1)
    with db.workspace(fair.workspace.id) as session:
        run = runs.begin(booth.connection_id, "orders")
        assert run
        session.execute(update(ChannelRun).where(ChannelRun.id == run.id).values(moved_at=db.now() - reading.LOST))
    reading.look(fair.workspace.id, booth.connection_id)
    assert len(fair.orders()) == 1


@some
def test_stock_is_not_told_before_orders_are_known_though_somebody_else_is_looking(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    booth.scene.place(2)
    look_is_due(fair, booth)
    with db.workspace(fair.workspace.id):
        assert runs.begin(booth.connection_id, "orders")
        stocking.want([fair.variant.id])
    fair.run_jobs(only="channels.push_stock")
    assert len(fair.orders()) == 1 and booth.stock() == 8


@some
def test_what_changed_while_a_connection_was_paused_is_told_when_it_goes_on(fair: Fair, stage: Stage) -> None:
    booth = fair.join(stage)
    with db.workspace(fair.workspace.id):
        stocking.want([fair.variant.id])
        keeping_up.pause(ALICE, fair.connection(booth))
    fair.work()
    with db.workspace(fair.workspace.id):
        inventory.adjust_default(ALICE, db.get(type(fair.variant), fair.variant.id), -4, "broken")
    fair.work()
    assert booth.stock() == 10
    with db.workspace(fair.workspace.id):
        keeping_up.resume(ALICE, fair.connection(booth))
    fair.work()
    assert booth.stock() == 6


@some
def test_a_job_that_was_given_up_is_called_anew(fair: Fair, stage: Stage) -> None:
    """The flag says that somebody is on the way, and nobody is."""
    booth = fair.join(stage)
    with db.workspace(fair.workspace.id) as session:
        inventory.adjust_default(ALICE, db.get(type(fair.variant), fair.variant.id), -4, "broken")
        mine = update(ChannelConnection).where(ChannelConnection.id == booth.connection_id)
        session.execute(mine.values(push_wanted=True))
    fair.work()
    assert booth.stock() == 10
    keeping_up.look_after()
    fair.work()
    assert booth.stock() == 6


@every
def test_what_changed_twice_in_one_second_is_found_by_looking(fair: Fair, stage: Stage) -> None:
    """Platforms count in whole seconds: read between the two, the order looks as if it had not changed since."""
    booth = fair.join(stage)
    placed = booth.scene.place(1)
    reading.read_orders(fair.workspace.id, booth.connection_id, [placed["id"]])
    (before,) = fair.there(booth)
    booth.scene.act(placed, "cancel", by="buyer")
    told = datetime.fromtimestamp(booth.scene.order(placed)["updated"], UTC)
    with db.workspace(fair.workspace.id) as session:  # as if the second had not been over
        session.execute(update(type(before)).where(type(before).id == before.id).values(remote_at=told, read_at=told))
    reading.look(fair.workspace.id, booth.connection_id)
    assert [one.state for one in fair.there(booth)] == ["cancelled"]


def sent(fair: Fair, stage: Stage) -> tuple[Booth, ChannelShipment]:
    """An order that was sent here, and its telling, whose job has not run."""
    booth = fair.join(stage)
    booth.scene.place(1, platform_ships=False)
    fair.carry()
    fair.work()
    (order,) = fair.orders(stage.kind)
    with db.workspace(fair.workspace.id) as session:
        mine = db.get(type(order), order.id)
        orders.fulfil(ALICE, mine, {line.id: line.quantity for line in mine.lines}, "Royal Mail", "RM123456789GB")
        telling.intend(session.scalars(select(Fulfilment.id)).one())
        return booth, session.scalars(select(ChannelShipment)).one()


@every
def test_two_jobs_that_tell_the_same_parcel_tell_it_once(fair: Fair, stage: Stage) -> None:
    """The sweep's job comes while the first one waits for the answer; once that one is surely dead, the next one tells."""
    booth, shipment = sent(fair, stage)
    with db.workspace(fair.workspace.id) as session:
        session.execute(update(ChannelShipment).values(state="sent", asked_at=db.now()))
    telling.tell(fair.workspace.id, shipment.id)
    assert booth.scene.effects("ship") == []
    with db.workspace(fair.workspace.id) as session:
        session.execute(update(ChannelShipment).values(asked_at=db.now() - telling.BUSY))
    telling.tell(fair.workspace.id, shipment.id)
    fair.work()
    assert len(booth.scene.effects("ship")) == 1


@some
def test_the_sweep_leaves_labels_of_the_platform_to_their_own_job(fair: Fair, stage: Stage) -> None:
    """Told as sent, such a parcel would be over before its label was fetched."""
    booth, shipment = sent(fair, stage)
    fair.work()
    old = db.now() - timedelta(hours=1)
    with db.workspace(fair.workspace.id):
        label = {"channel_order_id": shipment.channel_order_id, "package_ref": "P-1", "handover": {}}
        db.add(ChannelShipment(**label, state="sent", created_at=old))
    telling.sweep()
    assert fair.run_jobs(only="channels.tell_shipped") == []
    assert len(booth.scene.effects("ship")) == 1
