"""Stock for orders that were sold elsewhere: a holder has exactly what its order says, however often and late that is told.

Such a sale stands whether we have the units or not. What cannot be had is a shortage: it waits, oldest first, and is told to
people; nothing is clamped and nothing goes below zero (TRAPS.md A2).
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Variant
from app.core import db
from app.core.actor import Actor
from app.core.outbox import emit
from app.inventory import stock
from app.inventory.events import StockChanged
from app.inventory.models import Reservation, Shortage

FOREVER = timedelta(days=36_500)
"""Held until the platform says otherwise; never by our clock."""


def keep(
    actor: Actor, holder_id: UUID, units: Mapping[UUID, int], *, sold: bool, restock: bool = True
) -> dict[UUID, int]:
    """In the seller's scope: make the holder have `units` per variant, no more and no less. Returns what is short.

    `sold`: paid for, so it leaves the shelf; else it is held. Units given up go back to the shelf, unless `restock` says that
    they are gone. Repeating it changes nothing.
    """
    known = set(db.session().scalars(select(Reservation.variant_id).where(Reservation.holder_id == holder_id)))
    owed = set(db.session().scalars(select(Shortage.variant_id).where(Shortage.holder_id == holder_id)))
    short = {}
    for variant_id in sorted(known | owed | set(units), key=str):
        missing = _keep(actor, holder_id, variant_id, units.get(variant_id, 0), restock)
        if missing:
            short[variant_id] = missing
    if sold:
        _sell_held(actor, holder_id)
    return short


def _keep(actor: Actor, holder_id: UUID, variant_id: UUID, wanted: int, restock: bool) -> int:
    if not db.get(Variant, variant_id).tracked:
        return 0
    missing = wanted - sum(row.quantity for row in _rows(holder_id, variant_id))
    if missing < 0:
        _give(actor, holder_id, variant_id, -missing, restock)
    elif missing:
        missing -= _take(actor, holder_id, variant_id, missing)
    return _owe(holder_id, variant_id, max(missing, 0))


def _rows(holder_id: UUID, variant_id: UUID) -> list[Reservation]:
    """What the holder has, held or sold, locked; held ones first."""
    mine = select(Reservation).where(
        Reservation.holder_id == holder_id,
        Reservation.variant_id == variant_id,
        Reservation.state.in_(("held", "committed")),
    )
    ordered = mine.order_by(Reservation.state.desc(), Reservation.location_id)
    return list(db.session().scalars(ordered.with_for_update().execution_options(populate_existing=True)))


def _take(actor: Actor, holder_id: UUID, variant_id: UUID, wanted: int) -> int:
    """Take up to `wanted` units, from as few places as can be. Returns how many it got."""
    got = 0
    for row in stock.levels_by_available(variant_id):
        part = min(wanted - got, row.available)
        if part > 0 and stock.take(row, part):
            _hold(actor, holder_id, variant_id, row.location_id, part)
            got += part
    return got


def _hold(actor: Actor, holder_id: UUID, variant_id: UUID, location_id: UUID, quantity: int) -> None:
    """A holder has one row per variant and place; one that is sold already takes the new units with it."""
    stock.note(actor, variant_id, location_id, "reserved", reserved=quantity, reference_id=holder_id)
    mine = _row(holder_id, variant_id, location_id)
    if mine is None:
        until = db.now() + FOREVER
        one = {"holder_id": holder_id, "variant_id": variant_id, "location_id": location_id}
        db.add(Reservation(**one, quantity=quantity, expires_at=until))
    elif mine.state == "committed":
        mine.quantity += quantity
        _sell(actor, mine, quantity)
    else:
        mine.quantity = quantity + (mine.quantity if mine.state == "held" else 0)
        mine.state, mine.expires_at = "held", db.now() + FOREVER
    db.session().flush()


def _row(holder_id: UUID, variant_id: UUID, location_id: UUID) -> Reservation | None:
    mine = select(Reservation).where(
        Reservation.holder_id == holder_id,
        Reservation.variant_id == variant_id,
        Reservation.location_id == location_id,
    )
    return db.session().scalars(mine.with_for_update()).one_or_none()


def _give(actor: Actor, holder_id: UUID, variant_id: UUID, count: int, restock: bool) -> None:
    """Give up `count` units, held ones first."""
    for row in _rows(holder_id, variant_id):
        part = min(count, row.quantity)
        if part == 0:
            return
        count -= part
        was_sold = row.state == "committed"
        if part == row.quantity:
            row.state = "released"
        else:
            row.quantity -= part
        db.session().flush()
        _put_back(actor, row, part, was_sold, restock)


def _put_back(actor: Actor, row: Reservation, part: int, was_sold: bool, restock: bool) -> None:
    place = (row.variant_id, row.location_id)
    if not was_sold:
        stock.give_back(*place, part)
        stock.note(actor, *place, "released", reserved=-part, reference_id=row.holder_id)
    elif restock:
        stock.level(*place).on_hand += part
        db.session().flush()
        stock.note(actor, *place, "returned", on_hand=part, reference_id=row.holder_id)


def _sell_held(actor: Actor, holder_id: UUID) -> None:
    held = select(Reservation).where(Reservation.holder_id == holder_id, Reservation.state == "held")
    ordered = held.order_by(Reservation.variant_id, Reservation.location_id)
    for row in db.session().scalars(ordered.with_for_update().execution_options(populate_existing=True)):
        row.state = "committed"
        _sell(actor, row, row.quantity)


def _sell(actor: Actor, row: Reservation, quantity: int) -> None:
    stock.sell(row.variant_id, row.location_id, quantity)
    stock.note(
        actor,
        row.variant_id,
        row.location_id,
        "sold",
        on_hand=-quantity,
        reserved=-quantity,
        reference_id=row.holder_id,
    )


def _owe(holder_id: UUID, variant_id: UUID, missing: int) -> int:
    """Note what is short; a shortage that is over is removed. Watchers of stock hear of every change."""
    mine = select(Shortage).where(Shortage.holder_id == holder_id, Shortage.variant_id == variant_id)
    row = db.session().scalars(mine.with_for_update()).one_or_none()
    if missing == (row.quantity if row else 0):
        return missing
    if row is None:
        db.add(Shortage(holder_id=holder_id, variant_id=variant_id, quantity=missing))
    elif missing:
        row.quantity = missing
    else:
        db.session().delete(row)
    db.session().flush()
    emit(StockChanged(workspace_id=db.current_workspace(), variant_id=variant_id, reason="short"))
    return missing
