"""Many labels at once: a dry run that says what will happen and what cannot, then one purchase per row.

A batch is rows of independent attempts (TRAPS.md D33): a bad address stops its own row. Every row is moved by a job, so a
crash leaves each where it was and the next run goes on from there.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, text

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.outbox import emit, later
from app.orders.models import Order
from app.shipping import queries, rules
from app.shipping.actions import addresses, buying, parcels, quoting
from app.shipping.actions.parcels import CannotShip, NothingToPack
from app.shipping.events import BatchMoved
from app.shipping.models import BatchItem, CarrierAccount, Label, LabelBatch, Parcel

log = structlog.get_logger()
MOST = 1000
PATIENCE, BUSY = timedelta(minutes=1), timedelta(minutes=10)
"""How long a row waits for carriers that are down, and for those that count requests, from its first look."""
LAST = ("cannot", "bought", "failed", "cancelled")


class BatchOver(Refused):
    status = 409
    message = "This batch has moved on since you opened it. Look at it again; nothing was bought twice."


def prepare(actor: Actor, orders: Sequence[UUID], options: Mapping[str, Any] | None = None) -> LabelBatch:
    """Start the dry run over these orders, in this order. Nothing is bought. Raises Refused for none or too many."""
    if not orders:
        raise Refused("Choose at least one order.")
    if len(orders) > MOST:
        raise Refused(f"A batch takes up to {MOST:,} orders. Choose fewer; nothing was bought.")
    batch = db.add(
        LabelBatch(number=_next_number(), actor_name=actor.name, actor_id=actor.user_id, options=dict(options or {}))
    )
    for position, order_id in enumerate(dict.fromkeys(orders), 1):
        item = db.add(BatchItem(batch_id=batch.id, position=position, order_id=order_id))
        later("shipping.look_over", workspace_id=batch.workspace_id, item_id=item.id)
    audit.record(actor, "shipping.prepare_batch", batch, orders=len(orders))
    return batch


def _next_number() -> int:
    key = {"key": f"batch:{db.current_workspace()}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 3))"), key)
    return (db.session().scalar(select(func.max(LabelBatch.number))) or 0) + 1


def look_over(workspace_id: UUID, item_id: UUID) -> None:
    """Job: pack the order, ask for rates and let the rules choose. The row ends as ready or says what is missing."""
    with db.workspace(workspace_id):
        item = db.lock(db.get(BatchItem, item_id))
        if item.state != "waiting":
            return
        try:
            parcel = _parcel(item)
            parcels.shipment(parcel, str(parcel.id))
        except CannotShip as refused:
            _cannot(item, refused.message, refused.fix)
            return
        except NothingToPack as refused:
            _cannot(item, _why_nothing(item.order_id) or refused.message, "order")
            return
        item.parcel_id = parcel.id
        asked = [account.id for account in queries.active_accounts()]
        if not asked:
            _cannot(item, "No carrier account is connected.", "accounts")
            return
        parcel_id, mark = parcel.id, parcels.fingerprint(parcel)
        known = {quote.account_id for quote in queries.quotes_of(parcel_id) if _usable(quote, mark)}
    _check_address(workspace_id, parcel_id)
    away = [error for one in asked if one not in known and (error := _quote(workspace_id, parcel_id, one))]
    with db.workspace(workspace_id):
        _choose(db.lock(db.get(BatchItem, item_id)), away)


def _why_nothing(order_id: UUID) -> str:
    """Orders whose parcels have labels are the usual reason for having nothing to pack."""
    labelled = [parcel for parcel in queries.parcels_of(order_id) if parcel.state == "labelled"]
    return "It has a label already; print it from the order." if labelled else ""


def _check_address(workspace_id: UUID, parcel_id: UUID) -> None:
    """A checker that is down stops nobody; one that says no is heard below."""
    try:
        addresses.check(workspace_id, parcel_id)
    except ProviderError as error:
        log.info("shipping.unchecked_address", error=str(error))


def _usable(quote: Any, mark: str) -> bool:
    return bool(quote.fingerprint == mark and not quote.error and quote.created_at > db.now() - buying.FRESH)


def _quote(workspace_id: UUID, parcel_id: UUID, account_id: UUID) -> ProviderError | None:
    """Returns the trouble of an account that is down for now; a refusal is an answer, and is kept with the quote."""
    try:
        quoting.quote(workspace_id, parcel_id, account_id)
    except ProviderError as error:
        return error
    return None


def _parcel(item: BatchItem) -> Parcel:
    """The order's planned parcel, or a new one for all that is left."""
    order = db.get(Order, item.order_id)
    planned = [
        parcel
        for parcel in queries.parcels_of(order.id)
        if parcel.state == "draft" and parcel.direction == "out" and queries.living_label(parcel.id) is None
    ]
    if planned:
        parcels.check_order(order)
        return planned[0]
    return parcels.pack(_actor(db.get(LabelBatch, item.batch_id)), order)


def _actor(batch: LabelBatch) -> Actor:
    return Actor("person", batch.actor_name, batch.actor_id)


def _choose(item: BatchItem, away: Sequence[ProviderError]) -> None:
    if item.state != "waiting" or item.parcel_id is None:
        return
    parcel = db.get(Parcel, item.parcel_id)
    if wrong := addresses.problem(parcel):
        _cannot(item, f"{wrong} Correct the address, or keep it, on the order.", "address")
        return
    offers = queries.offers(parcel.id, parcels.fingerprint(parcel))
    chosen = rules.choose(rules.first(queries.service_rules(), queries.facts(parcel)), offers)
    _wait_for(away, parcel, chosen.offer)
    if chosen.offer is None:
        said = "; ".join(filter(None, (*_notes(parcel.id), chosen.why)))
        _cannot(item, said[:300], "rates")
        return
    rate = chosen.offer.rate
    item.account_id, item.rate_id = chosen.offer.account_id, rate.id
    item.quoted_minor, item.currency = rate.total_minor, rate.currency
    item.service_name = f"{rate.carrier} {rate.service_name}".strip()
    item.state, item.reason = "ready", chosen.why
    _moved(item)


def _wait_for(away: Sequence[ProviderError], parcel: Parcel, offer: rules.Offer | None) -> None:
    """Raises the trouble that is worth waiting for: of a carrier that said when it has time, or that the row needs."""
    for error in away:
        patience = BUSY if error.retry_after else PATIENCE
        if (error.retry_after or offer is None) and db.now() - parcel.created_at < patience:
            raise error


def _notes(parcel_id: UUID) -> list[str]:
    return [words for quote in queries.quotes_of(parcel_id) for words in (quote.error, *quote.notes) if words]


def _cannot(item: BatchItem, words: str, fix: str) -> None:
    item.state, item.reason, item.fix = "cannot", words, fix
    _moved(item)


def _moved(item: BatchItem) -> None:
    """Tell open pages, and end the batch's phase with its last row."""
    db.session().flush()
    batch = db.lock(db.get(LabelBatch, item.batch_id))
    if batch.state == "looking" and not _count(batch, "waiting"):
        batch.state = "ready"
    elif batch.state in ("running", "cancelled") and not _count(batch, "waiting", "ready", "buying"):
        batch.state = "done" if batch.state == "running" else batch.state
        if batch.ended_at is None:
            batch.ended_at = db.now()
            later("shipping.draw_batch", workspace_id=batch.workspace_id, batch_id=batch.id)
    emit(BatchMoved(workspace_id=batch.workspace_id, batch_id=batch.id))


def _count(batch: LabelBatch, *states: str) -> int:
    wanted = (
        select(func.count()).select_from(BatchItem).where(BatchItem.batch_id == batch.id, BatchItem.state.in_(states))
    )
    return db.session().scalar(wanted) or 0


def start(actor: Actor, batch: LabelBatch, shown_minor: int) -> None:
    """Buy what is ready. `shown_minor` is the total that was agreed to. Raises BatchOver, also when the total moved."""
    batch = db.lock(batch)
    if batch.state != "ready":
        raise BatchOver
    items = _items(batch, "ready")
    if sum(item.quoted_minor for item in items) != shown_minor:
        raise BatchOver("The total changed since you saw it. Look at it again; nothing was bought.")
    batch.state, batch.started_at = "running", db.now()
    audit.record(actor, "shipping.start_batch", batch, labels=len(items), total_minor=shown_minor)
    for item in items:
        item.state = "buying"
        later("shipping.buy_item", workspace_id=batch.workspace_id, item_id=item.id)
    emit(BatchMoved(workspace_id=batch.workspace_id, batch_id=batch.id))


def _items(batch: LabelBatch, *states: str) -> Sequence[BatchItem]:
    wanted = select(BatchItem).where(BatchItem.batch_id == batch.id, BatchItem.state.in_(states))
    return db.session().scalars(wanted.order_by(BatchItem.position)).all()


def buy_item(workspace_id: UUID, item_id: UUID) -> None:
    """Job: promise the row's label; from there the label's own job takes over."""
    with db.workspace(workspace_id):
        item = db.lock(db.get(BatchItem, item_id))
        batch = db.get(LabelBatch, item.batch_id)
        if item.state != "buying" or item.label_id is not None:
            return
        if batch.state == "cancelled":
            item.state = "cancelled"
            _moved(item)
            return
        assert item.parcel_id is not None and item.account_id is not None
        try:
            label = buying.order_label(
                _actor(batch),
                db.get(Parcel, item.parcel_id),
                db.get(CarrierAccount, item.account_id),
                item.rate_id,
                item.quoted_minor,
                batch_id=batch.id,
            )
        except Refused as refused:
            item.state, item.reason, item.fix = "failed", refused.message, getattr(refused, "fix", "rates")
            _moved(item)
            return
        item.label_id = label.id
        if label.batch_id != batch.id:
            settle(label)


def settle(label: Label) -> None:
    """A label of a batch came to its end: its row says so."""
    rows = db.session().scalars(select(BatchItem).where(BatchItem.label_id == label.id, BatchItem.state == "buying"))
    for item in rows.all():
        if label.state == "bought":
            item.state, item.reason = "bought", ""
            item.quoted_minor, item.currency = label.total_minor, label.currency
        elif label.state == "failed":
            item.state, item.reason, item.fix = "failed", label.error, "rates"
        else:
            continue
        _moved(item)


def cancel(actor: Actor, batch: LabelBatch) -> int:
    """Stop what was not asked for yet; what was asked ends by itself. Returns how many rows were stopped."""
    batch = db.lock(batch)
    if batch.state not in ("looking", "ready", "running"):
        raise BatchOver
    stopped = 0
    for item in _items(batch, "waiting", "ready", "buying"):
        label = db.find(Label, item.label_id) if item.label_id else None
        if label is None or buying.take_back(actor, label):
            item.state, item.reason = "cancelled", f"Cancelled by {actor.name}."
            stopped += 1
    batch.state = "cancelled"
    audit.record(actor, "shipping.cancel_batch", batch, stopped=stopped)
    db.session().flush()
    if not _count(batch, "buying"):
        batch.ended_at = db.now()
    emit(BatchMoved(workspace_id=batch.workspace_id, batch_id=batch.id))
    return stopped


def retry(actor: Actor, batch: LabelBatch, items: Sequence[UUID] | None = None) -> LabelBatch:
    """Look again at what failed or could not: a dry run of those rows alone, in the same batch."""
    batch = db.lock(batch)
    if batch.state not in ("ready", "done", "cancelled"):
        raise BatchOver
    rows = [row for row in _items(batch, "cannot", "failed", "cancelled") if items is None or row.id in items]
    if not rows:
        raise BatchOver("Nothing in this batch is left to try again.")
    for item in rows:
        item.state, item.reason, item.fix = "waiting", "", ""
        item.label_id = item.account_id = None
        item.rate_id = ""
        later("shipping.look_over", workspace_id=batch.workspace_id, item_id=item.id)
    batch.state, batch.ended_at, batch.documents = "looking", None, {}
    audit.record(actor, "shipping.retry_batch", batch, rows=len(rows))
    emit(BatchMoved(workspace_id=batch.workspace_id, batch_id=batch.id))
    return batch


def hand_over(actor: Actor, batch: LabelBatch) -> int:
    """Everything of the batch that has a label left the house. Returns how many parcels."""
    handed = 0
    for item in _items(batch, "bought"):
        parcel = db.get(Parcel, item.parcel_id) if item.parcel_id else None
        if parcel is not None and parcel.state == "labelled":
            parcels.hand_over(actor, parcel)
            handed += 1
    audit.record(actor, "shipping.hand_over_batch", batch, parcels=handed)
    emit(BatchMoved(workspace_id=batch.workspace_id, batch_id=batch.id))
    return handed
