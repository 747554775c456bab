"""Many labels at once: a dry run in words, one purchase per row, one file in the picked order (TRAPS.md A7, D33)."""

import io

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import func, select, update

from app.core import db, storage
from app.core.outbox import OutboxJob
from app.orders.models import Order
from app.shipping import batches
from app.shipping.actions import batching, documents, voiding
from app.shipping.models import Label, LabelBatch
from tests.shipping.parceling import ALICE, BEACH, Shipping


def prepare(shipping: Shipping, orders: list[Order]) -> LabelBatch:
    with db.workspace(shipping.workspace.id):
        batch = batching.prepare(ALICE, [order.id for order in orders])
    shipping.run()
    return batch


def rows(shipping: Shipping, batch: LabelBatch) -> list[batches.Row]:
    with db.workspace(shipping.workspace.id):
        return batches.rows(db.get(LabelBatch, batch.id))


def start(shipping: Shipping, batch: LabelBatch) -> None:
    with db.workspace(shipping.workspace.id):
        total = sum(row.item.quoted_minor for row in batches.rows(batch) if row.item.state == "ready")
        batching.start(ALICE, db.get(LabelBatch, batch.id), total)
    shipping.run()


def state(shipping: Shipping, batch: LabelBatch) -> LabelBatch:
    with db.workspace(shipping.workspace.id) as session:
        wanted = select(LabelBatch).where(LabelBatch.id == batch.id).execution_options(populate_existing=True)
        return session.scalars(wanted).one()


def test_a_dry_run_says_who_gets_a_label_and_why_not(shipping: Shipping) -> None:
    shipping.connect()
    good, nowhere = shipping.paid(), shipping.paid(to={**BEACH, "line1": ""})
    unpaid = shipping.paid()
    with db.workspace(shipping.workspace.id):
        db.get(Order, unpaid.id).state = "cancelled"
    batch = prepare(shipping, [nowhere, good, unpaid])
    assert state(shipping, batch).state == "ready"
    found = rows(shipping, batch)
    assert [(row.order.id, row.item.state, row.item.fix) for row in found] == [
        (nowhere.id, "cannot", "address"),
        (good.id, "ready", ""),
        (unpaid.id, "cannot", "order"),
    ]
    assert "no street" in found[0].item.reason and found[1].item.quoted_minor > 0
    assert shipping.effects() == []


def due_now(shipping: Shipping) -> None:
    with db.system("jobs") as session:
        waiting = (OutboxJob.done_at.is_(None), OutboxJob.name.like("shipping.%"))
        session.execute(update(OutboxJob).where(*waiting).values(due_at=func.now()))
    shipping.run()


def test_a_row_waits_for_a_carrier_that_is_down_and_then_says_so(shipping: Shipping) -> None:
    shipping.connect()
    shipping.fault(kind="500", path="/easypost/v2/shipments", times=2)
    batch = prepare(shipping, [shipping.paid()])
    (row,) = rows(shipping, batch)
    assert row.item.state == "waiting" and state(shipping, batch).state == "looking"
    due_now(shipping)
    assert rows(shipping, batch)[0].item.state == "waiting"
    due_now(shipping)
    assert rows(shipping, batch)[0].item.state == "ready" and state(shipping, batch).state == "ready"
    shipping.fault(kind="500", path="/easypost/v2/shipments", times=2)
    late = prepare(shipping, [shipping.paid()])
    with db.at(db.now() + batching.PATIENCE):
        due_now(shipping)
    (row,) = rows(shipping, late)
    assert (row.item.state, row.item.fix) == ("cannot", "rates") and "EasyPost" in row.item.reason
    assert state(shipping, late).state == "ready" and shipping.effects() == []


def test_a_batch_buys_each_row_once_and_prints_in_the_picked_order(shipping: Shipping) -> None:
    shipping.connect()
    orders = [shipping.paid(units) for units in (3, 1, 2)]
    picked = [orders[2], orders[0], orders[1]]
    batch = prepare(shipping, picked)
    start(shipping, batch)
    assert state(shipping, batch).state == "done" and len(shipping.effects()) == 3
    found = rows(shipping, batch)
    assert [row.order.id for row in found] == [order.id for order in picked]
    assert {row.item.state for row in found} == {"bought"}
    kept = state(shipping, batch).documents
    with pikepdf.open(io.BytesIO(storage.read(kept["labels"]))) as pdf:
        assert len(pdf.pages) == 3
    assert storage.read(kept["slips"]).startswith(b"%PDF") and storage.read(kept["picks"]).startswith(b"%PDF")
    documents.draw_batch(shipping.workspace.id, batch.id)
    assert len(shipping.effects()) == 3, "printing again never buys"


def test_a_label_that_was_given_back_is_not_printed_again(shipping: Shipping) -> None:
    shipping.connect()
    batch = prepare(shipping, [shipping.paid(), shipping.paid()])
    start(shipping, batch)
    first, second = (row.label for row in rows(shipping, batch))
    assert first and second
    with db.workspace(shipping.workspace.id):
        voiding.void(ALICE, db.get(Label, first.id))
    assert state(shipping, batch).documents == {}, "not even while the carrier is asked"
    shipping.run()
    with pikepdf.open(io.BytesIO(storage.read(state(shipping, batch).documents["labels"]))) as pdf:
        assert len(pdf.pages) == 1
        assert second.tracking_number in pypdfium2.PdfDocument(
            storage.read(state(shipping, batch).documents["labels"])
        )[0].get_textpage().get_text_bounded().replace(" ", "")


def test_a_row_that_fails_is_tried_again_alone(shipping: Shipping) -> None:
    shipping.connect()
    batch = prepare(shipping, [shipping.paid(), shipping.paid()])
    shipping.fault(kind="carrier_refuses", path="*/buy")
    start(shipping, batch)
    found = rows(shipping, batch)
    assert sorted(row.item.state for row in found) == ["bought", "failed"]
    failed = next(row for row in found if row.item.state == "failed")
    assert failed.item.reason and state(shipping, batch).state == "done"
    with db.workspace(shipping.workspace.id):
        batching.retry(ALICE, db.get(LabelBatch, batch.id), [failed.item.id])
    shipping.run()
    start(shipping, batch)
    assert {row.item.state for row in rows(shipping, batch)} == {"bought"}
    assert len(shipping.effects()) == 2
    with db.workspace(shipping.workspace.id):
        assert documents.of_batch(db.get(LabelBatch, batch.id), "labels")


def test_cancelling_stops_what_nobody_was_asked_for(shipping: Shipping) -> None:
    shipping.connect()
    batch = prepare(shipping, [shipping.paid(), shipping.paid()])
    with db.workspace(shipping.workspace.id):
        total = sum(row.item.quoted_minor for row in batches.rows(batch))
        batching.start(ALICE, db.get(LabelBatch, batch.id), total)
        assert batching.cancel(ALICE, db.get(LabelBatch, batch.id)) == 2
    shipping.run()
    assert shipping.effects() == [] and state(shipping, batch).state == "cancelled"


def test_a_total_that_moved_is_not_paid(shipping: Shipping) -> None:
    shipping.connect()
    batch = prepare(shipping, [shipping.paid()])
    with pytest.raises(batching.BatchOver), db.workspace(shipping.workspace.id):
        batching.start(ALICE, db.get(LabelBatch, batch.id), 1)
    shipping.run()
    assert shipping.effects() == []
