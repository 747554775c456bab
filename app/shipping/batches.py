"""What the pages about batches read, in a fixed number of queries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import db
from app.core.errors import NotFound
from app.core.money import Money
from app.orders.models import Order
from app.shipping.models import BatchItem, Label, LabelBatch, Parcel


@dataclass(frozen=True)
class Row:
    """One order of a batch with its parcel and label, as far as they exist."""

    item: BatchItem
    order: Order
    parcel: Parcel | None
    label: Label | None


def recent(limit: int = 50) -> list[tuple[LabelBatch, Mapping[str, int]]]:
    """The newest batches, each with its rows counted by state."""
    found = list(db.session().scalars(select(LabelBatch).order_by(LabelBatch.number.desc()).limit(limit)))
    counted = (
        select(BatchItem.batch_id, BatchItem.state, func.count())
        .where(BatchItem.batch_id.in_([batch.id for batch in found]))
        .group_by(BatchItem.batch_id, BatchItem.state)
    )
    states: dict[object, dict[str, int]] = {}
    for batch_id, state, count in db.session().execute(counted):
        states.setdefault(batch_id, {})[state] = count
    return [(batch, states.get(batch.id, {})) for batch in found]


def by_number(number: int) -> LabelBatch:
    """Raises NotFound."""
    found = db.session().scalars(select(LabelBatch).where(LabelBatch.number == number)).one_or_none()
    if found is None:
        raise NotFound
    return found


def rows(batch: LabelBatch) -> list[Row]:
    """In the order that the seller picked."""
    wanted = (
        select(BatchItem, Order, Parcel, Label)
        .join(Order, Order.id == BatchItem.order_id)
        .outerjoin(Parcel, Parcel.id == BatchItem.parcel_id)
        .outerjoin(Label, Label.id == BatchItem.label_id)
        .where(BatchItem.batch_id == batch.id)
        .order_by(BatchItem.position)
        .execution_options(populate_existing=True)
    )
    return [Row(*found) for found in db.session().execute(wanted)]


def counts(found: Sequence[Row]) -> Mapping[str, int]:
    return Counter(row.item.state for row in found)


def totals(found: Sequence[Row], *states: str) -> list[Money]:
    """What the rows in these states cost; one sum per currency."""
    sums: dict[str, int] = {}
    for row in found:
        if row.item.state in states:
            sums[row.item.currency] = sums.get(row.item.currency, 0) + row.item.quoted_minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]
