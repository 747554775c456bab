"""Giving a label back: asked once, looked up after an unknown outcome, and the money returns when the carrier says so."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.outbox import later
from app.orders import actions as orders
from app.orders.models import Order
from app.payments import actions as payments
from app.shipping import queries
from app.shipping.actions import accounts, documents, parcels
from app.shipping.actions.buying import tell
from app.shipping.carrier import Carrier, Voided
from app.shipping.models import CarrierAccount, Label, Parcel
from app.shipping.states import MOVING

ASK_AGAIN = timedelta(hours=6)
LOST = "{said}. The carrier is asked how the refund stands before anything else; it is asked for once."


class CannotVoid(Refused):
    status = 409
    message = "This label cannot be voided: {why} Nothing was changed and no money was moved."


def void(actor: Actor, label: Label) -> None:
    """Ask for the money back. Raises CannotVoid when the carrier has the parcel or it is on a manifest."""
    label = db.lock(label)
    if label.state in ("void_requested", "voided"):
        return
    parcel = db.get(Parcel, label.parcel_id)
    if label.state != "bought":
        raise CannotVoid(why="it was never bought.")
    if parcel.status in MOVING:
        raise CannotVoid(why="the carrier has scanned the parcel.")
    if label.manifest_id is not None:
        raise CannotVoid(why="it is on a manifest that the carrier has.")
    label.state, label.asked_at = "void_requested", db.now()
    audit.record(actor, "shipping.void", label, price=label.total)
    documents.forget(label.id)
    orders.tell(db.get(Order, parcel.order_id), "fulfilment", actor, "Asked the carrier to take the label back")
    later("shipping.void_label", workspace_id=label.workspace_id, label_id=label.id)
    tell(label)


def void_label(workspace_id: UUID, label_id: UUID) -> None:
    """Job: what the carrier already knows counts; only when it knows nothing is it asked."""
    with db.workspace(workspace_id):
        label = db.get(Label, label_id)
        if label.state != "void_requested":
            return
        adapter, remote_id = accounts.speaker(db.get(CarrierAccount, label.account_id)), label.remote_id
    try:
        answer = _ask(adapter, remote_id)
    except ProviderError as error:
        with db.workspace(workspace_id):
            db.lock(db.get(Label, label_id)).error = LOST.format(said=error)
        raise
    _settle(workspace_id, label_id, answer)


def _ask(adapter: Carrier, remote_id: str) -> Voided:
    """A «no» may be the echo of a request of ours whose answer was lost, so what the carrier knows afterwards counts."""
    answer = adapter.void_state(remote_id)
    if answer.state:
        return answer
    try:
        answer = adapter.void(remote_id)
    except ProviderError as error:
        if not error.permanent:
            raise
        answer = Voided("refused", str(error))
    if answer.state != "refused":
        return answer
    known = adapter.void_state(remote_id)
    return known if known.state else answer


def _settle(workspace_id: UUID, label_id: UUID, answer: Voided) -> None:
    with db.workspace(workspace_id):
        label = db.lock(db.get(Label, label_id))
        if label.state != "void_requested":
            return
        if answer.state == "requested":
            label.error = answer.message
            _free(label)
        elif answer.state == "refused":
            _keep(label, answer.message or "The carrier declined.")
        else:
            label.state, label.voided_at, label.error = "voided", db.now(), ""
            payments.unbook_label(label.id)
            _free(label)
        order = db.get(Order, db.get(Parcel, label.parcel_id).order_id)
        said = {"requested": "The refund of the label is under way", "refused": f"No refund: {label.error}"}
        orders.tell(
            order, "fulfilment", Actor("provider", label.carrier), said.get(answer.state, "The label was taken back")
        )
        tell(label)


def _keep(label: Label, words: str) -> None:
    """The void was declined: the label is the parcel's again, unless the parcel got another one meanwhile."""
    parcel = db.lock(db.get(Parcel, label.parcel_id))
    replaced = queries.living_label(parcel.id) is not None
    label.state, label.error = ("kept" if replaced else "bought"), words
    documents.forget(label.id)
    if not replaced and _ended(parcel):
        parcels.raise_hand(parcel, "Order cancelled; its label could not be given back")
    if not replaced and parcel.state in ("draft", "cancelled"):
        parcel.state, parcel.carrier, parcel.service_name = "labelled", label.carrier, label.service_name
        parcel.tracking_number, parcel.tracking_url = label.tracking_number, label.tracking_url


def _free(label: Label) -> None:
    """The parcel can be planned again; a label whose refund is under way is not printed any more."""
    parcel = db.lock(db.get(Parcel, label.parcel_id))
    if parcel.state == "labelled" and parcel.tracking_number == label.tracking_number:
        parcel.state = "cancelled" if _ended(parcel) else "draft"
        parcel.tracking_number = parcel.tracking_url = parcel.carrier = parcel.service_name = ""


def _ended(parcel: Parcel) -> bool:
    return parcel.direction == "out" and db.get(Order, parcel.order_id).state == "cancelled"


def follow_up() -> None:
    """Backstop: refunds under way are asked about until the carrier decides."""
    with db.system("sweep voids") as session:
        before = db.now() - ASK_AGAIN
        rows = session.execute(
            select(Label.workspace_id, Label.id)
            .where(Label.state == "void_requested", Label.asked_at < before)
            .limit(200)
        ).all()
        for workspace_id, label_id in rows:
            with db.workspace(workspace_id):
                slot = f"{db.now():%Y%m%d}{db.now().hour // 6}"
                later(
                    "shipping.void_label",
                    workspace_id=workspace_id,
                    label_id=label_id,
                    dedupe_key=f"void:{label_id}:{slot}",
                )
