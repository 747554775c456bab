"""The counters: one conditional UPDATE per level, and a movement that says why. Private to inventory."""

from uuid import UUID

from sqlalchemy import select, update

from app.core import db
from app.core.actor import Actor
from app.core.outbox import emit
from app.inventory.events import StockChanged
from app.inventory.models import Location, StockLevel, StockMovement


def default_location() -> Location:
    """The open workspace's default location, made when the first stock arrives."""
    found = db.session().scalars(select(Location).where(Location.is_default)).one_or_none()
    return found or db.add(Location(name="Main location", is_default=True))


def level(variant_id: UUID, location_id: UUID) -> StockLevel:
    """The counter row, locked; made empty when missing."""
    statement = select(StockLevel).where(StockLevel.variant_id == variant_id, StockLevel.location_id == location_id)
    found = db.session().scalars(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()
    return found or db.add(StockLevel(variant_id=variant_id, location_id=location_id, on_hand=0, reserved=0))


def levels_by_available(variant_id: UUID) -> list[StockLevel]:
    """Where the variant lies, fullest first: a reservation takes from as few places as it can."""
    rows = db.session().scalars(select(StockLevel).where(StockLevel.variant_id == variant_id)).all()
    return sorted(rows, key=lambda row: (-(row.on_hand - row.reserved), str(row.id)))


def take(row: StockLevel, quantity: int) -> bool:
    """Reserve in one atomic statement. False when fewer than `quantity` are available by now."""
    return _change(
        row.id, StockLevel.on_hand - StockLevel.reserved >= quantity, reserved=StockLevel.reserved + quantity
    )


def give_back(variant_id: UUID, location_id: UUID, quantity: int) -> None:
    _change(level(variant_id, location_id).id, StockLevel.reserved >= quantity, reserved=StockLevel.reserved - quantity)


def sell(variant_id: UUID, location_id: UUID, quantity: int) -> None:
    """Turn reserved units into sold ones."""
    _change(
        level(variant_id, location_id).id,
        StockLevel.reserved >= quantity,
        reserved=StockLevel.reserved - quantity,
        on_hand=StockLevel.on_hand - quantity,
    )


def _change(level_id: UUID, condition: object, **values: object) -> bool:
    statement = update(StockLevel).where(StockLevel.id == level_id, condition).values(**values)  # type: ignore[arg-type]
    changed = (
        db.session()
        .execute(statement.returning(StockLevel.id).execution_options(synchronize_session=False))
        .one_or_none()
    )
    row = db.session().identity_map.get(db.session().identity_key(StockLevel, (db.current_workspace(), level_id)))
    if row is not None:
        db.session().expire(row)
    return changed is not None


def note(
    actor: Actor,
    variant_id: UUID,
    location_id: UUID,
    reason: str,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    text: str = "",
    reference_id: UUID | None = None,
) -> None:
    """Write the movement and tell whoever watches stock."""
    db.add(
        StockMovement(
            variant_id=variant_id,
            location_id=location_id,
            on_hand_delta=on_hand,
            reserved_delta=reserved,
            reason=reason,
            note=text,
            actor_name=actor.name,
            reference_id=reference_id,
        )
    )
    emit(StockChanged(workspace_id=db.current_workspace(), variant_id=variant_id, reason=reason))
