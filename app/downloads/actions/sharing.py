"""Signs that a purchase is shared: who fetched it from where, the lock, and how it opens again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import audit, db, mail, signing
from app.core.actor import SYSTEM, Actor
from app.core.ids import new_id
from app.core.outbox import emit
from app.downloads import sharing
from app.downloads.models import SharingLock, Sighting
from app.downloads.refusals import AtPurchase
from app.orders import actions as orders
from app.orders.events import OrderChanged
from app.orders.models import Order

MOST = 2000
"""Sightings of one purchase that are looked at; a link that is passed around is locked long before."""
EVIDENCE = 40
LINK_DAYS = 14


class LooksShared(AtPurchase):
    status = 409
    keeps = True
    title = "Is it you who downloads this?"
    message = (
        "This purchase was fetched from many places that have nothing in common, so new downloads are paused. Open the link that we "
        "sent to the address it was bought with, and everything opens at once. Nothing is lost and nothing was charged."
    )


@dataclass(frozen=True)
class Seen:
    """Who fetches: `device_id` of a cookie, `family` the kind of browser, `network` as app/downloads/sharing.py names it.

    `known`: the cookie was brought; else the id was made just now.
    """

    device_id: UUID
    family: str
    network: str
    known: bool = True


def note_sighting(grant: Grant, seen: Seen) -> None:
    """From any scope: remember who fetches, and lock when it looks shared. Raises LooksShared, also while it is locked."""
    with db.workspace(grant.workspace_id):
        if _open_lock(grant.id) is not None:
            raise LooksShared(grant)
        _remember(grant, seen)
        product = db.get(Product, grant.product_id)
        if product.sharing_places is None:
            return
        _one_at_a_time(grant)
        rows = _recent(grant, product.sharing_days)
        found = sharing.places((f"{row.device_id} {row.family}", row.network) for row in rows)
        if found > product.sharing_places:
            _lock(grant, rows, found)
            raise LooksShared(grant)


def _remember(grant: Grant, seen: Seen) -> None:
    values = {"device_id": seen.device_id, "family": seen.family[:80], "network": seen.network}
    moment = db.now()
    row = {"workspace_id": grant.workspace_id, "id": new_id(), "grant_id": grant.id, **values}
    made = insert(Sighting).values(row | {"first_at": moment, "last_at": moment})
    keys = ["workspace_id", "grant_id", "device_id", "family", "network"]
    db.session().execute(made.on_conflict_do_update(index_elements=keys, set_={"last_at": moment}))


def _one_at_a_time(grant: Grant) -> None:
    """Two who fetch at once see each other, so that the limit holds."""
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 6))"), {"key": f"seen:{grant.id}"})


def _recent(grant: Grant, days: int) -> Sequence[Sighting]:
    since = db.now() - timedelta(days=days)
    wanted = select(Sighting).where(Sighting.grant_id == grant.id, Sighting.last_at >= since)
    return db.session().scalars(wanted.order_by(Sighting.last_at.desc()).limit(MOST)).all()


def _open_lock(grant_id: UUID) -> SharingLock | None:
    wanted = select(SharingLock).where(SharingLock.grant_id == grant_id, SharingLock.lifted_at.is_(None))
    return db.session().scalars(wanted).one_or_none()


def _lock(grant: Grant, rows: Sequence[Sighting], found: int) -> None:
    lock = db.add(
        SharingLock(
            grant_id=grant.id,
            places=found,
            devices=len({(row.device_id, row.family) for row in rows}),
            networks=len({row.network for row in rows}),
            evidence=[_evidence(row) for row in rows[:EVIDENCE]],
        )
    )
    order = db.get(Order, grant.order_id)
    words = f"Paused downloads of {_title(grant)}: fetched from {found} places that have nothing in common"
    orders.tell(order, "access", SYSTEM, words, locked=grant.id)
    _send_link(grant, order, lock, f"unlock:{lock.id}")
    _changed(order)


def _evidence(row: Sighting) -> dict[str, Any]:
    """What the seller is shown: a short name of the device, never its cookie."""
    device = f"{row.family} ({str(row.device_id)[-4:]})"
    return {"device": device, "network": row.network, "at": row.last_at.isoformat(timespec="seconds")}


def _title(grant: Grant) -> str:
    return db.get(Product, grant.product_id).title


def _send_link(grant: Grant, order: Order, lock: SharingLock, reason: str) -> None:
    mail.post(
        order.buyer_email,
        "unlock_downloads",
        reason,
        name=order.buyer_name,
        shop=order.shop.name,
        title=_title(grant),
        places=lock.places,
        token=signing.sign("unlock", [str(grant.workspace_id), str(lock.id)]),
    )


def send_unlock_link(grant: Grant) -> bool:
    """In the buyer's scope: once more to the address of the purchase. False when nothing is locked."""
    with db.workspace(grant.workspace_id):
        lock = _open_lock(grant.id)
        if lock is None:
            return False
        _send_link(grant, db.get(Order, grant.order_id), lock, f"unlock:{lock.id}:{new_id()}")
        return True


@dataclass(frozen=True)
class Unlocking:
    """What a link from a mail would open. `open`: whether it is still to be done; afterwards the link does nothing."""

    grant_id: UUID
    title: str
    places: int
    open: bool


def unlocking(token: str) -> Unlocking:
    """Raises BadLink."""
    workspace_id, lock_id = _read(token)
    with db.workspace(workspace_id):
        lock = db.session().get(SharingLock, (workspace_id, lock_id))
        if lock is None:
            raise signing.BadLink
        return Unlocking(lock.grant_id, _title(db.get(Grant, lock.grant_id)), lock.places, lock.lifted_at is None)


def unlock(token: str) -> tuple[UUID, str]:
    """The buyer proved their address: open again, forget the old devices and end links that are around.

    Once: returns the grant and a fresh token of the purchase. Raises BadLink when it was done before.
    """
    workspace_id, lock_id = _read(token)
    with db.workspace(workspace_id):
        lock = _locked(lock_id)
        if lock is None:
            raise signing.BadLink("This link was used before. Nothing was changed; your library shows what is open.")
        grant = db.get(Grant, lock.grant_id)
        order = db.get(Order, grant.order_id)
        _lift(lock, "buyer")
        buyer = Actor("buyer", order.buyer_name, grant.buyer_id)
        orders.tell(order, "access", buyer, f"Proved their address; downloads of {_title(grant)} are open again")
        _changed(order)
        return grant.id, orders.renew_links(order.group_id)


def lift(actor: Actor, grant: Grant) -> bool:
    """In the seller's scope: open again without asking. False when nothing is locked."""
    lock = _open_lock(grant.id)
    lock = _locked(lock.id) if lock else None
    if lock is None:
        return False
    _lift(lock, actor.name)
    order = db.get(Order, grant.order_id)
    audit.record(actor, "downloads.lift_lock", grant, order=order.number, places=lock.places)
    orders.tell(order, "access", actor, f"Opened downloads of {_title(grant)} again")
    _changed(order)
    return True


def _locked(lock_id: UUID) -> SharingLock | None:
    wanted = select(SharingLock).where(SharingLock.id == lock_id, SharingLock.lifted_at.is_(None)).with_for_update()
    return db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def _lift(lock: SharingLock, who: str) -> None:
    lock.lifted_at, lock.lifted_by = db.now(), who
    db.session().execute(delete(Sighting).where(Sighting.grant_id == lock.grant_id))


def _read(token: str) -> tuple[UUID, UUID]:
    workspace_id, lock_id = (UUID(part) for part in signing.unsign("unlock", token, LINK_DAYS * 86_400))
    return workspace_id, lock_id


def forget_sightings() -> int:
    """Those older than any window: where buyers were is not kept. Returns how many went."""
    with db.system("forget sightings") as session:
        longest = session.scalar(select(func.max(Product.sharing_days))) or 7
        gone = delete(Sighting).where(Sighting.last_at < db.now() - timedelta(days=longest))
        return int(session.execute(gone).rowcount)


def _changed(order: Order) -> None:
    db.session().flush()
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
