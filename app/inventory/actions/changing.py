"""What people do to stock: a delivery, a count, a loss. Each is a movement with a reason and an entry in the audit trail."""

from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.inventory import stock
from app.inventory.models import Location
from app.inventory.stock import default_location

REASONS = {
    "corrected": "Correction",
    "damaged": "Damaged",
    "lost": "Lost or stolen",
    "found": "Found",
    "returned": "Came back from a buyer",
    "given": "Given away or used",
}
"""Why an adjustment was made, in the words that people choose from."""
MOST = 9_999_999


class BadQuantity(Refused):
    message = "Enter a whole number of units, zero or more."


def restock(actor: Actor, variant_id: UUID | None, quantity: int, reference_id: UUID, reason: str = "refunded") -> None:
    """Put units back on the shelf of the default location, for a refund or return. None: nothing of ours, so no shelf."""
    if variant_id is not None and quantity > 0 and db.get(Variant, variant_id).tracked:
        _move(actor, variant_id, default_location().id, quantity, reason, "", reference_id)


def receive(actor: Actor, variant: Variant, location: Location, quantity: int, note: str = "") -> None:
    """Add delivered units. Raises BadQuantity."""
    if not 0 < quantity <= MOST:
        raise BadQuantity("Enter how many units arrived, 1 or more.", field="quantity")
    _move(actor, variant.id, location.id, quantity, "received", note)
    audit.record(actor, "inventory.receive", variant, quantity=quantity, location=location.name, note=note)


def count(
    actor: Actor, variant: Variant, location: Location, on_hand: int, note: str = "", reason: str = "counted"
) -> None:
    """Set what is really there. Raises BadQuantity below zero or below what buyers hold right now."""
    row = stock.level(variant.id, location.id)
    if not 0 <= on_hand <= MOST:
        raise BadQuantity(field="quantity")
    _refuse_below_held(on_hand, row.reserved)
    if on_hand != row.on_hand:
        _move(actor, variant.id, location.id, on_hand - row.on_hand, reason, note)
        audit.record(actor, f"inventory.{reason}", variant, on_hand=on_hand, location=location.name, note=note)


def adjust(
    actor: Actor, variant: Variant, location: Location, by: int, reason: str = "corrected", note: str = ""
) -> None:
    """So many more (or fewer, below zero) than there were, whatever was sold meanwhile. Raises BadQuantity."""
    if reason not in REASONS:
        raise Refused("Choose why the stock changed. Nothing was changed.", field="reason")
    if by == 0 or abs(by) > MOST:
        raise BadQuantity("Enter how many more (5) or fewer (-5) there are.", field="quantity")
    row = stock.level(variant.id, location.id)
    if row.on_hand + by < 0:
        raise BadQuantity(
            f"Only {row.on_hand} are on hand, so {-by} cannot be taken away. Nothing was changed.", field="quantity"
        )
    _refuse_below_held(row.on_hand + by, row.reserved)
    _move(actor, variant.id, location.id, by, reason, note)
    audit.record(actor, "inventory.adjust", variant, by=by, reason=reason, location=location.name, note=note)


def adjust_default(actor: Actor, variant: Variant, by: int, note: str) -> None:
    """`adjust` at the workspace's default location."""
    adjust(actor, variant, default_location(), by, "corrected", note)


def _refuse_below_held(on_hand: int, reserved: int) -> None:
    if on_hand < reserved:
        raise BadQuantity(
            f"{reserved} units are held by buyers at this moment, so the count cannot go below that. Nothing was changed.",
            field="quantity",
        )


def _move(
    actor: Actor,
    variant_id: UUID,
    location_id: UUID,
    delta: int,
    reason: str,
    note: str,
    reference_id: UUID | None = None,
) -> None:
    row = stock.level(variant_id, location_id)
    row.on_hand += delta
    db.session().flush()
    stock.note(actor, variant_id, location_id, reason, on_hand=delta, text=note, reference_id=reference_id)


def create_location(actor: Actor, name: str) -> Location:
    """Another place where stock lies. Raises Refused for a name that another place has."""
    known = list(db.session().scalars(select(Location.name)))
    if name.casefold() in {one.casefold() for one in known}:
        raise Refused(f"You have a location called {name} already.", field="name")
    location = db.add(Location(name=name, is_default=not known))
    audit.record(actor, "inventory.create_location", location, name=name)
    return location
