"""Buying a label exactly once (TRAPS.md A1-A4).

The label's row, its key and the rate are committed before anybody is asked. Once a request may have left the house, only
`find` is asked; a second request follows when the carrier, asked after every request has surely ended, has no label.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.money import Money
from app.core.outbox import emit, later
from app.orders import actions as orders
from app.orders.models import Order
from app.payments import actions as payments
from app.shipping import queries
from app.shipping.actions import accounts, parcels
from app.shipping.actions.parcels import AlreadyLabelled, CannotShip
from app.shipping.carrier import Bought, Carrier, Shipment
from app.shipping.events import LabelChanged, LabelSettled
from app.shipping.models import CarrierAccount, Label, Parcel, ParcelQuote

log = structlog.get_logger()
GRACE = timedelta(seconds=60)
"""After this no request of an earlier attempt can still be on its way: its time limit is 37 s."""
FRESH = timedelta(hours=12)
LOST = "{said}. The label may be sold all the same, so it is looked up before it is asked for again; it is paid once."


class RateGone(Refused):
    status = 409
    message = "This rate is no longer offered: the parcel changed or the quote is old. Look at the new rates; nothing was bought."


class PriceMoved(Refused):
    status = 409
    message = "The price is now {now} instead of {was}. Confirm the new price; nothing was bought."


def order_label(
    actor: Actor,
    parcel: Parcel,
    account: CarrierAccount,
    rate_id: str,
    shown_minor: int,
    *,
    batch_id: UUID | None = None,
    tracking_number: str = "",
) -> Label:
    """Promise a label and have a job buy it. A second press gets the first one's label.

    `shown_minor` is the price that was agreed to. Raises RateGone, PriceMoved, CannotShip, NotConnected.
    """
    parcel = db.lock(parcel)
    if (living := queries.living_label(parcel.id)) is not None:
        return living
    if parcel.state != "draft":
        raise AlreadyLabelled
    if account.state != "active":
        raise accounts.NotConnected
    parcels.shipment(parcel, str(parcel.id))
    offer, quote = _offer(parcel, account, rate_id)
    if offer.total_minor != shown_minor:
        raise PriceMoved(now=offer.price, was=Money(shown_minor, offer.currency))
    order = db.get(Order, parcel.order_id)
    label = db.add(
        Label(
            parcel_id=parcel.id,
            account_id=account.id,
            batch_id=batch_id,
            reference=quote.reference,
            shipment_id=quote.shipment_id,
            rate_id=rate_id,
            carrier=offer.carrier,
            service=offer.service,
            service_name=offer.service_name,
            quoted_minor=offer.total_minor,
            currency=offer.currency,
            tracking_number=tracking_number.strip(),
            format=account.settings.get("format") or parcels.settings_of().label_format,
            actor_name=actor.name,
        )
    )
    audit.record(actor, "shipping.order_label", label, order=order.number, price=label.quoted)
    later("shipping.buy_label", workspace_id=label.workspace_id, label_id=label.id, dedupe_key=f"buy:{label.id}")
    tell(label, order)
    return label


def _offer(parcel: Parcel, account: CarrierAccount, rate_id: str) -> tuple[queries.Offered, ParcelQuote]:
    """The rate as it was quoted. Raises RateGone when it is older than FRESH or the parcel changed since."""
    quote = queries.quote_of(parcel.id, account.id)
    if quote is None or quote.fingerprint != parcels.fingerprint(parcel) or quote.created_at < db.now() - FRESH:
        raise RateGone
    offered = next((rate for rate in queries.rates_in(quote) if rate.id == rate_id), None)
    if offered is None:
        raise RateGone
    return offered, quote


def buy_label(workspace_id: UUID, label_id: UUID) -> None:
    """Job: ask the carrier, or look up what an earlier attempt of ours did. Raises ProviderError to be run again."""
    step = _begin(workspace_id, label_id)
    if step is None:
        return
    adapter, shipment, label = step
    if label.state == "sent" and shipment is None:
        found = adapter.find(label.shipment_id, label.rate_id, label.reference)
        if found is not None:
            record(workspace_id, label_id, found)
            return
        _wait_for_the_last_request(label)
        _ask_again(workspace_id, label)
        shipment = _shipment_again(workspace_id, label_id)
    if shipment is not None:
        _buy(workspace_id, label_id, adapter, shipment, label)


def _begin(workspace_id: UUID, label_id: UUID) -> tuple[Carrier, Shipment | None, Label] | None:
    """Commit «sent» before anything is sent. None when the label needs no asking any more.

    Without a shipment the carrier was asked before: what it knows counts, whatever became of the order meanwhile.
    """
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, label_id))
        if label.state not in ("intended", "sent"):
            return None
        speaker = accounts.speaker(db.get(CarrierAccount, label.account_id))
        if label.state == "sent":
            return speaker, None, label
        shipment = _shipment(label)
        if shipment is None:
            return None
        label.state, label.asked_at = "sent", db.now()
        return speaker, shipment, label


def _shipment(label: Label) -> Shipment | None:
    """None when the parcel must not travel any more; the label then says why, and nothing was bought."""
    try:
        parcel = db.get(Parcel, label.parcel_id)
        return parcels.shipment(parcel, label.reference, label.format, label.tracking_number)
    except CannotShip as refused:
        fail(label, refused.message)
        return None


def _shipment_again(workspace_id: UUID, label_id: UUID) -> Shipment | None:
    with db.workspace(workspace_id):
        return _shipment(db.lock(db.get(Label, label_id)))


def _wait_for_the_last_request(label: Label) -> None:
    assert label.asked_at is not None
    left = (label.asked_at + GRACE - db.now()).total_seconds()
    if left > 0:
        raise ProviderError(
            label.carrier, "no answer yet; looked up, nothing found so far", permanent=False, retry_after=left
        )


def _ask_again(workspace_id: UUID, seen: Label) -> None:
    """Of two attempts that found nothing at the same time, one asks. Raises ProviderError for the other."""
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, seen.id))
        if label.state != "sent" or label.asked_at != seen.asked_at:
            raise ProviderError(label.carrier, "another attempt is asking already", permanent=False)
        label.asked_at = db.now()
    log.info("shipping.asked_again", label_id=str(seen.id))


def _buy(workspace_id: UUID, label_id: UUID, adapter: Carrier, shipment: Shipment, label: Label) -> None:
    try:
        bought = adapter.buy(shipment, label.shipment_id, label.rate_id)
    except ProviderError as error:
        _note(workspace_id, label_id, error)
        if error.permanent and not error.unknown:
            return
        raise
    record(workspace_id, label_id, bought)


def _note(workspace_id: UUID, label_id: UUID, error: ProviderError) -> None:
    """Say on the row why there is no label yet; only a certain «no» lets the carrier be asked afresh."""
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, label_id))
        if label.state != "sent":
            return
        if error.permanent and not error.unknown:
            fail(label, str(error))
            return
        label.error = LOST.format(said=error) if error.unknown else str(error)
        label.state = "sent" if error.unknown else "intended"
        tell(label)


def record(workspace_id: UUID, label_id: UUID, bought: Bought) -> None:
    """Write down what was bought: the label, the parcel, the books and the timeline agree from here on."""
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, label_id))
        if label.state not in ("intended", "sent"):
            return
        parcel, order = db.lock(db.get(Parcel, label.parcel_id)), db.get(Order, _order_id(label))
        _fill(label, bought)
        parcel.state, parcel.status = "labelled", "unknown"
        parcel.carrier, parcel.service_name = label.carrier, label.service_name
        parcel.tracking_number, parcel.tracking_url = label.tracking_number, label.tracking_url
        actor = Actor("person", label.actor_name)
        payments.book_label(label.id, order.id, label.total)
        orders.tell(
            order,
            "fulfilment",
            actor,
            f"Bought a label: {label.carrier} {label.service_name}",
            price=label.total,
            tracking_number=label.tracking_number,
        )
        audit.record(actor, "shipping.bought", label, price=label.total, remote_id=label.remote_id)
        later("shipping.fetch_file", workspace_id=workspace_id, label_id=label.id, format=label.format)
        if parcels.settings_of().sent_when == "label" and parcel.direction == "out":
            parcels.hand_over(actor, parcel)
        _settled(label, order)


def _fill(label: Label, bought: Bought) -> None:
    label.state, label.error, label.bought_at = "bought", "", db.now()
    label.remote_id, label.shipment_id = bought.id, bought.shipment_id or label.shipment_id
    label.carrier, label.service = bought.carrier or label.carrier, bought.service or label.service
    label.service_name = bought.service_name or label.service_name
    label.tracking_number, label.tracking_url = bought.tracking_number, bought.tracking_url
    label.total_minor, label.currency, label.test = bought.total_minor, bought.currency, bought.test
    label.remote_files = dict(bought.files)


def fail(label: Label, words: str) -> None:
    """The carrier surely sold nothing; the parcel may get another label."""
    label.state, label.error = "failed", words[:500]
    order = db.get(Order, _order_id(label))
    orders.tell(order, "fulfilment", Actor("provider", label.carrier or "Carrier"), f"No label: {words[:200]}")
    _settled(label, order)


def _order_id(label: Label) -> UUID:
    return db.session().scalars(select(Parcel.order_id).where(Parcel.id == label.parcel_id)).one()


def take_back(actor: Actor, label: Label) -> bool:
    """Stop a label that nobody has asked for yet. False when it is too late for that."""
    label = db.lock(label)
    if label.state != "intended":
        return False
    label.state, label.error = "failed", f"Cancelled by {actor.name} before it was bought."
    _settled(label, db.get(Order, _order_id(label)))
    return True


def look_up(actor: Actor, label: Label) -> None:
    """A person asks at once what became of an attempt without an answer."""
    audit.record(actor, "shipping.look_up", label)
    later("shipping.buy_label", workspace_id=label.workspace_id, label_id=label.id)


def _settled(label: Label, order: Order) -> None:
    """Nothing more will come of this attempt: open pages hear of it, and rows of batches follow."""
    tell(label, order)
    emit(LabelSettled(workspace_id=label.workspace_id, label_id=label.id))


def tell(label: Label, order: Order | None = None) -> None:
    order = order or db.get(Order, _order_id(label))
    ids = {"workspace_id": label.workspace_id, "order_id": order.id, "group_id": order.group_id}
    emit(LabelChanged(**ids, label_id=label.id, state=label.state))


def printable(label: Label) -> bool:
    """Labels given back are never printed again (TRAPS.md A11)."""
    return label.state == "bought"


def printed(actor: Actor, rows: list[Label]) -> None:
    """Remember who printed what; printing again never buys."""
    for label in rows:
        label = db.lock(label)
        label.printed_at, label.printed_by = db.now(), actor.name
        order = db.get(Order, _order_id(label))
        orders.tell(order, "fulfilment", actor, "Printed the label")
        tell(label, order)


def due_again() -> None:
    """Backstop: attempts whose job was lost are taken up again."""
    with db.system("sweep labels") as session:
        before = db.now() - 2 * GRACE
        rows: Any = session.execute(
            select(Label.workspace_id, Label.id)
            .where(Label.state.in_(("intended", "sent")), func.coalesce(Label.asked_at, Label.created_at) < before)
            .limit(200)
        ).all()
        for workspace_id, label_id in rows:
            with db.workspace(workspace_id):
                later(
                    "shipping.buy_label",
                    workspace_id=workspace_id,
                    label_id=label_id,
                    dedupe_key=f"buy:{label_id}:{db.now():%Y%m%d%H%M}",
                )
