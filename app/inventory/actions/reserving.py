"""Units held for buyers. Reserving is all or nothing and takes rows in id order, so buyers never deadlock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Variant
from app.core import db
from app.core.actor import SYSTEM, Actor
from app.core.errors import Refused
from app.inventory import stock
from app.inventory.actions.changing import BadQuantity
from app.inventory.models import Reservation


@dataclass(frozen=True)
class Want:
    """`quantity` units of one seller's variant."""

    seller_id: UUID
    variant_id: UUID
    quantity: int


class SoldOut(Refused):
    """`items` lists (variant_id, units still available) for everything that could not be had."""

    message = "Some of this sold out while you were deciding. Nothing was charged; your cart shows what is left."

    def __init__(self, items: list[tuple[UUID, int]]) -> None:
        super().__init__()
        self.items = items


def reserve(holder_id: UUID, wants: Sequence[Want], until: datetime) -> None:
    """Hold units for `holder_id` until `until` (UTC), all or nothing. Raises SoldOut naming every item that ran out.

    Calling again for the same holder adds nothing twice: what is held already counts.
    """
    short: list[tuple[UUID, int]] = []
    for want in sorted(wants, key=lambda want: (str(want.seller_id), str(want.variant_id))):
        with db.workspace(want.seller_id):
            short += _hold(holder_id, want, until)
    if short:
        raise SoldOut(short)


def _hold(holder_id: UUID, want: Want, until: datetime) -> list[tuple[UUID, int]]:
    if want.quantity < 1:
        raise BadQuantity
    variant = db.find(Variant, want.variant_id)
    if variant is None:
        return [(want.variant_id, 0)]
    if not variant.tracked:
        return []
    missing = want.quantity - _held(holder_id, want.variant_id)
    for row in stock.levels_by_available(want.variant_id):
        part = min(missing, row.available)
        if part > 0 and stock.take(row, part):
            _remember(holder_id, want.variant_id, row.location_id, part, until)
            missing -= part
    if missing <= 0:
        return []
    return [(want.variant_id, want.quantity - missing)]


def _held(holder_id: UUID, variant_id: UUID) -> int:
    return sum(row.quantity for row in _reservations(holder_id) if row.variant_id == variant_id)


def _remember(holder_id: UUID, variant_id: UUID, location_id: UUID, quantity: int, until: datetime) -> None:
    mine = (
        db.session()
        .scalars(
            select(Reservation).where(
                Reservation.holder_id == holder_id,
                Reservation.variant_id == variant_id,
                Reservation.location_id == location_id,
            )
        )
        .one_or_none()
    )
    if mine is None:
        db.add(
            Reservation(
                holder_id=holder_id, variant_id=variant_id, location_id=location_id, quantity=quantity, expires_at=until
            )
        )
    else:
        mine.quantity = quantity + (mine.quantity if mine.state == "held" else 0)
        mine.state, mine.expires_at = "held", until
    stock.note(SYSTEM, variant_id, location_id, "reserved", reserved=quantity, reference_id=holder_id)


def _reservations(holder_id: UUID, state: str = "held") -> list[Reservation]:
    """The holder's reservations in the open workspace, locked in a fixed order."""
    statement = select(Reservation).where(Reservation.holder_id == holder_id, Reservation.state == state)
    ordered = statement.order_by(Reservation.variant_id, Reservation.location_id)
    return list(db.session().scalars(ordered.with_for_update().execution_options(populate_existing=True)))


def extend(holder_id: UUID, sellers: Sequence[UUID], until: datetime) -> None:
    """Keep what is still held until later."""
    for seller_id in sorted(set(sellers), key=str):
        with db.workspace(seller_id):
            for row in _reservations(holder_id):
                row.expires_at = max(row.expires_at, until)


def release(holder_id: UUID, sellers: Sequence[UUID]) -> None:
    """Give back what is held; harmless when nothing is."""
    for seller_id in sorted(set(sellers), key=str):
        with db.workspace(seller_id):
            for row in _reservations(holder_id):
                _release(row)


def _release(row: Reservation) -> None:
    row.state = "released"
    stock.give_back(row.variant_id, row.location_id, row.quantity)
    stock.note(SYSTEM, row.variant_id, row.location_id, "released", reserved=-row.quantity, reference_id=row.holder_id)


def commit(actor: Actor, holder_id: UUID, reference_id: UUID) -> None:
    """In the seller's scope: what the holder reserved is sold to order `reference_id`. Repeating it changes nothing."""
    for row in _reservations(holder_id):
        row.state = "committed"
        stock.sell(row.variant_id, row.location_id, row.quantity)
        stock.note(
            actor,
            row.variant_id,
            row.location_id,
            "sold",
            on_hand=-row.quantity,
            reserved=-row.quantity,
            reference_id=reference_id,
        )


def hold_again(holder_id: UUID, units: Mapping[UUID, int], until: datetime) -> None:
    """In the seller's scope: take anew what the holder had and lost when its time was over. Raises SoldOut.

    `units` per variant. What is held or sold already stays as it is, and what was never held is not asked for.
    """
    known = set(db.session().scalars(select(Reservation.variant_id).where(Reservation.holder_id == holder_id)))
    have = held(holder_id)
    lost = {variant_id: count for variant_id, count in units.items() if variant_id in known}
    seller_id = db.current_workspace()
    wants = [
        Want(seller_id, variant_id, count) for variant_id, count in lost.items() if have.get(variant_id, 0) < count
    ]
    if wants:
        reserve(holder_id, wants, until)


def held(holder_id: UUID) -> dict[UUID, int]:
    """In the seller's scope: units held or already sold to the holder, per variant."""
    found: dict[UUID, int] = {}
    for state in ("held", "committed"):
        for row in _reservations(holder_id, state):
            found[row.variant_id] = found.get(row.variant_id, 0) + row.quantity
    return found


def expire(limit: int = 500) -> int:
    """Release every reservation whose time is over. Returns how many. Runs across workspaces, a row at a time."""
    with db.system("expire reservations") as session:
        overdue = session.execute(
            select(Reservation.workspace_id, Reservation.id)
            .where(Reservation.state == "held", Reservation.expires_at < db.now())
            .order_by(Reservation.expires_at)
            .limit(limit)
        ).all()
    return sum(_expire(workspace_id, reservation_id) for workspace_id, reservation_id in overdue)


def _expire(workspace_id: UUID, reservation_id: UUID) -> bool:
    with db.workspace(workspace_id):
        row = db.find(Reservation, reservation_id, lock=True)
        if row is None or row.state != "held" or row.expires_at >= db.now():
            return False
        _release(row)
        return True
