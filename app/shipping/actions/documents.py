"""The papers of a batch: drawn by a job, kept, and printed again without buying anything."""

from collections.abc import Callable, Mapping
from uuid import UUID

from babel import Locale
from sqlalchemy import select, update

from app.core import db, storage
from app.core.errors import NotFound, Refused
from app.core.outbox import emit, later
from app.inventory.models import Location, Reservation
from app.orders.models import Order, OrderLine
from app.shipping import batches, places, queries, sheets
from app.shipping.actions import files
from app.shipping.actions.buying import printable
from app.shipping.actions.parcels import settings_of
from app.shipping.events import BatchMoved
from app.shipping.models import BatchItem, Label, LabelBatch, Parcel

COUNTRIES: Mapping[str, str] = Locale("en").territories


class NotDrawn(Refused):
    status = 409
    title = "Not drawn yet"
    keeps = True
    message = "The papers are being drawn. They are there in a moment; nothing is bought by opening them."


def of_batch(batch: LabelBatch, name: str) -> str:
    """The storage key of a batch's document. Raises NotDrawn and has it drawn, NotFound when there is nothing on it."""
    key = batch.documents.get(name)
    if key is None:
        later("shipping.draw_batch", workspace_id=batch.workspace_id, batch_id=batch.id)
        raise NotDrawn
    if not key:
        raise NotFound
    return str(key)


def draw_batch(workspace_id: UUID, batch_id: UUID) -> None:
    """Job: fetch what label files are missing, then draw labels, slips and picks in the batch's order."""
    with db.workspace(workspace_id):
        batch = db.get(LabelBatch, batch_id)
        missing = [label.id for label in _labels(batch) if printable(label) and label.format not in label.files]
    for label_id in missing:
        with db.workspace(workspace_id):
            format = db.get(Label, label_id).format
        files.fetch(workspace_id, label_id, format)
    with db.workspace(workspace_id):
        batch = db.get(LabelBatch, batch_id)
        rows = [row for row in batches.rows(batch) if row.label is not None and printable(row.label)]
        printed = [row.label for row in rows if row.label and row.label.format != "zpl"]
        keys = [label.files[label.format] for label in printed]
        plotted = [row.label.files["zpl"] for row in rows if row.label and row.label.format == "zpl"]
        parcels = [row.parcel for row in rows if row.parcel is not None]
        slips, picks = _slips(parcels), _picks(parcels)
    drawn = {
        "zpl": _keep(
            workspace_id, batch_id, "labels.zpl", lambda: b"\n".join(storage.read(k) for k in plotted), plotted
        ),
        "labels": _keep(
            workspace_id, batch_id, "labels.pdf", lambda: sheets.joined([storage.read(k) for k in keys]), keys
        ),
        "slips": _keep(workspace_id, batch_id, "slips.pdf", lambda: sheets.slips(slips), slips),
        "picks": _keep(workspace_id, batch_id, "picks.pdf", lambda: sheets.picks(picks), picks),
    }
    with db.workspace(workspace_id):
        batch = db.lock(db.get(LabelBatch, batch_id))
        batch.documents = drawn
        emit(BatchMoved(workspace_id=workspace_id, batch_id=batch_id))


def forget(label_id: UUID) -> None:
    """In the label's workspace: papers that show this label are drawn anew, so that a label given back is not printed."""
    mine = select(BatchItem.batch_id).where(BatchItem.label_id == label_id)
    statement = update(LabelBatch).where(LabelBatch.id.in_(mine), LabelBatch.documents != {}).values(documents={})
    for batch_id in db.session().scalars(statement.returning(LabelBatch.id)):
        workspace_id = db.current_workspace()
        later("shipping.draw_batch", workspace_id=workspace_id, batch_id=batch_id)
        emit(BatchMoved(workspace_id=workspace_id, batch_id=batch_id))


def _labels(batch: LabelBatch) -> list[Label]:
    return [row.label for row in batches.rows(batch) if row.label is not None]


def _keep(workspace_id: UUID, batch_id: UUID, name: str, draw: Callable[[], bytes], anything: object) -> str:
    if not anything:
        return ""
    key = f"workspaces/{workspace_id}/batches/{batch_id}/{name}"
    storage.put_bytes(key, draw())
    return key


def slip_of(parcel: Parcel) -> bytes:
    return sheets.slips(_slips([parcel]))


def _slips(parcels: list[Parcel]) -> list[sheets.Slip]:
    contents = queries.contents(parcels)
    orders, boxes = _orders(parcels), _boxes(parcels)
    found, coded = [], settings_of().slip_code
    for parcel in parcels:
        order = orders[parcel.order_id]
        siblings = boxes[order.id]
        found.append(
            sheets.Slip(
                number=order.number,
                code=f"P{parcel.tracking_code}",
                shop=order.shop.name,
                recipient=_recipient(parcel),
                lines=[
                    sheets.SlipLine(
                        f"{line.title} ({line.variant_title})" if line.variant_title else line.title, line.sku, count
                    )
                    for line, count in contents[parcel.id]
                ],
                parcel=siblings.index(parcel.id) + 1 if parcel.id in siblings else 1,
                parcels=max(len(siblings), 1),
                message=order.gift_note,
                page=queries.tracking_page(parcel) if coded else "",
            )
        )
    return found


def _boxes(parcels: list[Parcel]) -> Mapping[UUID, list[UUID]]:
    """Every parcel on the way out of these parcels' orders, by order, as packed."""
    ids = {parcel.order_id for parcel in parcels}
    wanted = select(Parcel.order_id, Parcel.id).where(Parcel.order_id.in_(ids), Parcel.state != "cancelled")
    found: dict[UUID, list[UUID]] = {order_id: [] for order_id in ids}
    for order_id, parcel_id in db.session().execute(wanted.where(Parcel.direction == "out").order_by(Parcel.id)):
        found[order_id].append(parcel_id)
    return found


def _recipient(parcel: Parcel) -> list[str]:
    """The address as it is read; the country in words, and only abroad."""
    to, home = places.address(parcel.recipient), places.address(parcel.sender).country
    town = " ".join(filter(None, (to.postcode, to.city, to.region)))
    abroad = COUNTRIES.get(to.country, to.country) if to.country != home else ""
    found = [to.name, to.company if to.company != to.name else "", to.line1, to.line2, town, abroad]
    return [line for line in found if line.strip()]


def _orders(parcels: list[Parcel]) -> dict[UUID, Order]:
    wanted = select(Order).where(Order.id.in_({parcel.order_id for parcel in parcels}))
    return {order.id: order for order in db.session().scalars(wanted)}


def _picks(parcels: list[Parcel]) -> list[sheets.Pick]:
    """Units per location and SKU, with the orders that wait for them; sorted as one walks."""
    contents, orders = queries.contents(parcels), _orders(parcels)
    places = _places(orders)
    found: dict[tuple[str, str], tuple[str, int, list[int]]] = {}
    for parcel in parcels:
        order = orders[parcel.order_id]
        for line, count in contents[parcel.id]:
            key = (places.get((order.group_id, line.variant_id), ""), line.sku)
            title, units, numbers = found.get(key, (_title(line), 0, []))
            found[key] = (title, units + count, [*numbers, order.number])
    return [
        sheets.Pick(place or "Default location", sku, title, units, numbers)
        for (place, sku), (title, units, numbers) in sorted(found.items())
    ]


def _title(line: OrderLine) -> str:
    return f"{line.title} ({line.variant_title})" if line.variant_title else line.title


def _places(orders: dict[UUID, Order]) -> dict[tuple[UUID, UUID | None], str]:
    """Where the units of a checkout were taken from: (order group, variant) → location's name."""
    groups = {order.group_id for order in orders.values()}
    wanted = (
        select(Reservation.holder_id, Reservation.variant_id, Location.name)
        .join(Location, Location.id == Reservation.location_id)
        .where(Reservation.holder_id.in_(groups))
    )
    return {(holder, variant): name for holder, variant, name in db.session().execute(wanted)}
