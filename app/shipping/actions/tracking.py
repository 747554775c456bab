"""Where parcels are: scans by webhook, asked for when none come. Statuses go by the carrier's clock and never regress."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.orders import actions as orders
from app.orders.models import Order
from app.shipping import carrier, queries
from app.shipping.actions import accounts, parcels, returning
from app.shipping.actions.quoting import tell
from app.shipping.carrier import News, Seen, Tracking
from app.shipping.models import CarrierAccount, Label, Parcel, TrackingEvent
from app.shipping.states import MOVING, overtakes

log = structlog.get_logger()
POLL = timedelta(hours=4)
LATE = timedelta(days=2)
SILENT = timedelta(days=10)
GIVE_UP = timedelta(days=60)
WORDS = {
    "pre_transit": "The carrier expects the parcel",
    "in_transit": "On its way",
    "out_for_delivery": "Out for delivery",
    "available_for_pickup": "Waiting to be picked up",
    "delivered": "Delivered",
    "return_to_sender": "Coming back",
    "failure": "The carrier reports a problem",
    "cancelled": "Cancelled",
    "unknown": "No scan yet",
}
TOLD = {"out_for_delivery", "available_for_pickup", "delivered", "return_to_sender", "failure"}


def apply(workspace_id: UUID, account_id: UUID, news: News) -> None:
    """One message of a provider, in the transaction that marks it handled. Foreign numbers touch nothing."""
    with db.workspace(workspace_id):
        account = db.find(CarrierAccount, account_id)
        if account is None or account.state == "removed":
            return
        account.last_news_at = db.now()
        if news.kind == "tracking":
            parcel = _parcel(account_id, news)
            if parcel is not None:
                follow(parcel, news)
        elif news.kind == "void" and news.label_id:
            label = db.session().scalars(_label(account_id, news.label_id)).one_or_none()
            if label is not None and label.state == "void_requested":
                later("shipping.void_label", workspace_id=workspace_id, label_id=label.id)


def _label(account_id: UUID, remote_id: str) -> Any:
    return select(Label).where(Label.account_id == account_id, Label.remote_id == remote_id)


def _parcel(account_id: UUID, news: News) -> Parcel | None:
    """By our own label of this account, never by the number alone: carriers use numbers again (TRAPS.md B17)."""
    wanted = Label.remote_id == news.label_id if news.label_id else Label.tracking_number == news.number
    found = select(Parcel).join(Label, Label.parcel_id == Parcel.id).where(Label.account_id == account_id, wanted)
    return db.session().scalars(found.order_by(Label.id.desc()).limit(1)).one_or_none()


def follow(parcel: Parcel, news: News) -> None:
    if news.tracking is not None:
        record(parcel, news.tracking)
    else:
        later("shipping.poll", workspace_id=parcel.workspace_id, parcel_id=parcel.id)


def poll(workspace_id: UUID, parcel_id: UUID) -> None:
    """Job: ask the carrier where one parcel is."""
    with db.workspace(workspace_id):
        parcel = db.get(Parcel, parcel_id)
        label = queries.living_label(parcel_id)
        if label is None or not label.tracking_number:
            return
        account = db.get(CarrierAccount, label.account_id)
        if account.state == "removed" or not carrier.profiles()[account.kind].tracks:
            return
        adapter = accounts.speaker(account)
        asked = (label.carrier, label.tracking_number, label.remote_id)
    answer = adapter.track(*asked)
    with db.workspace(workspace_id):
        parcel = db.lock(db.get(Parcel, parcel_id))
        parcel.polled_at = db.now()
        record(parcel, answer)


def record(parcel: Parcel, tracking: Tracking) -> None:
    """Keep new scans and move the parcel on by the newest. Repeated and late ones change nothing that is newer."""
    parcel = db.lock(parcel)
    if tracking.expected_at is not None:
        parcel.expected_at = tracking.expected_at
    fresh = [seen for seen in tracking.seen if _keep(parcel, seen)]
    before = parcel.status
    for seen in sorted(fresh, key=lambda scan: scan.at):
        if overtakes(seen.status, seen.at, parcel.status, parcel.status_at):
            parcel.status, parcel.status_at = seen.status, seen.at
    if parcel.status != before:
        _moved(parcel, before)
    if fresh:
        tell(parcel)


def _keep(parcel: Parcel, seen: Seen) -> bool:
    statement = insert(TrackingEvent).values(
        workspace_id=parcel.workspace_id,
        id=new_id(),
        parcel_id=parcel.id,
        key=seen.key[:200],
        at=seen.at,
        status=seen.status,
        text=seen.text[:300],
        place=seen.place[:120],
        local=seen.local,
    )
    kept = db.session().execute(statement.on_conflict_do_nothing().returning(TrackingEvent.id)).one_or_none()
    return kept is not None


def _moved(parcel: Parcel, before: str) -> None:
    """What a new status means for the parcel, its order and its buyer."""
    order, actor = db.get(Order, parcel.order_id), Actor("provider", parcel.carrier or "Carrier")
    if parcel.direction == "back":
        if parcel.status in MOVING:
            returning.moved(actor, parcel)
        return
    if parcel.status in MOVING and parcel.state in ("draft", "labelled"):
        _hand_over(actor, parcel)
    if parcel.status == "delivered":
        parcel.state, parcel.delivered_at, parcel.raised = "delivered", parcel.status_at, ""
        orders.delivered(order, parcel.fulfilment_id)
    elif parcel.status in ("return_to_sender", "failure"):
        parcel.state = "returned" if parcel.status == "return_to_sender" else parcel.state
        parcel.raised = WORDS[parcel.status]
    orders.tell(order, "fulfilment", actor, WORDS[parcel.status], tracking_number=parcel.tracking_number)
    if parcel.status in TOLD:
        _tell_buyer(order, parcel)


def _hand_over(actor: Actor, parcel: Parcel) -> None:
    """A scan proves that it left. When its units were refunded or sent by hand meanwhile, a person has to look."""
    try:
        with db.session().begin_nested():
            parcels.hand_over(actor, parcel)
    except Refused as refused:
        parcel.state, parcel.raised = "shipped", f"Travelling, but not counted as sent: {refused.message}"
        log.warning("shipping.not_counted", parcel=str(parcel.id))


def _tell_buyer(order: Order, parcel: Parcel) -> None:
    """Once per parcel and status, however often the carrier repeats itself."""
    orders.write(
        order,
        "parcel_moved",
        f"parcel:{parcel.id}:{parcel.status}",
        status=parcel.status,
        words=WORDS[parcel.status],
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        tracking_url=queries.tracking_page(parcel),
    )


def poll_due(limit: int = 200) -> None:
    """Backstop: parcels that are out and were not asked about for POLL; after GIVE_UP the asking ends with a raised hand."""
    now = db.now()
    with db.system("sweep parcels") as session:
        moving = Parcel.state.in_(("labelled", "shipped"))
        stale = or_(Parcel.polled_at.is_(None), Parcel.polled_at < now - POLL)
        wanted = select(Parcel.workspace_id, Parcel.id).where(moving, stale, Parcel.tracking_number != "")
        for workspace_id, parcel_id in session.execute(wanted.order_by(Parcel.polled_at).limit(limit)).all():
            with db.workspace(workspace_id):
                slot = f"{now:%Y%m%d}{now.hour // 4}"
                later(
                    "shipping.poll",
                    workspace_id=workspace_id,
                    parcel_id=parcel_id,
                    dedupe_key=f"poll:{parcel_id}:{slot}",
                )


def raise_late(limit: int = 500) -> int:
    """Raise what a person should know: overdue, silent for days, or lost. Returns how many were raised now."""
    now, raised = db.now(), 0
    with db.system("sweep parcels") as session:
        wanted = select(Parcel).where(Parcel.state == "shipped", Parcel.raised == "", Parcel.direction == "out")
        rows: Sequence[Parcel] = session.scalars(wanted.order_by(Parcel.handed_over_at).limit(limit)).all()
        for parcel in rows:
            words = _worry(parcel, now)
            if words:
                with db.workspace(parcel.workspace_id):
                    parcel.raised = words
                    orders.tell(db.get(Order, parcel.order_id), "fulfilment", Actor("system", "Guildhall"), words)
                    tell(parcel)
                raised += 1
    return raised


def _worry(parcel: Parcel, now: Any) -> str:
    sent = parcel.handed_over_at or parcel.created_at
    heard = parcel.status_at or sent
    if now - sent > GIVE_UP:
        return "Lost: no delivery in 60 days"
    if parcel.expected_at is not None and now - parcel.expected_at > LATE:
        return f"Late: it was expected on {parcel.expected_at:%d %b}"
    if now - heard > SILENT:
        return f"Silent: no scan for {(now - heard).days} days"
    return ""


def settle_by_hand(actor: Actor, parcel: Parcel, outcome: str) -> None:
    """A person closes a parcel that no carrier follows: delivered or lost."""
    if outcome not in ("delivered", "lost"):
        raise Refused("Choose delivered or lost.")
    parcel = db.lock(parcel)
    order = db.get(Order, parcel.order_id)
    parcel.raised = ""
    parcel.state = outcome
    if outcome == "delivered":
        parcel.delivered_at = db.now()
        orders.delivered(order, parcel.fulfilment_id)
    orders.tell(order, "fulfilment", actor, "Marked as delivered" if outcome == "delivered" else "Marked as lost")
    tell(parcel)
