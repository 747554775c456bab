"""Scan to verify: every item of a parcel is scanned before it is closed, so that nobody gets somebody else's things."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.orders import actions as orders
from app.orders.models import Order
from app.shipping import scanning
from app.shipping.actions import parcels
from app.shipping.models import Parcel


class Unknown(Refused):
    message = "«{code}» is no order, packing slip or tracking number of yours. Nothing was changed; scan again."


@dataclass(frozen=True)
class Outcome:
    """Units scanned so far per line id, and what to tell the packer. `tone` is good or bad."""

    scanned: dict[str, int]
    words: str
    tone: str


def open_order(actor: Actor, code: str) -> Parcel:
    """The parcel to check; an order that is not packed yet is packed whole. Raises Unknown, CannotShip, NothingToPack."""
    found = scanning.parcel(code)
    if found is not None:
        return found
    order = scanning.order(code)
    if order is None:
        raise Unknown(code=code[:60])
    return parcels.pack(actor, order)


def item(actor: Actor, parcel: Parcel, code: str, scanned: Mapping[str, int]) -> Outcome | None:
    """Count one scanned item. None when the code is no item of anybody's but another order's."""
    line_id = scanning.line(parcel, code)
    if line_id is None:
        if scanning.parcel(code) is not None or scanning.order(code) is not None:
            return None
        return Outcome(dict(scanned), f"{code} does not belong in this parcel", "bad")
    wanted = next(int(entry["quantity"]) for entry in parcel.contents if entry["line_id"] == str(line_id))
    have = scanned.get(str(line_id), 0) + 1
    if have > wanted:
        return Outcome(dict(scanned), f"Too many: this parcel takes {wanted} of {code}", "bad")
    counted = {**scanned, str(line_id): have}
    if all(counted.get(entry["line_id"], 0) >= int(entry["quantity"]) for entry in parcel.contents):
        _verified(actor, parcel, "Every item was scanned")
        return Outcome(counted, "Complete", "good")
    return Outcome(counted, f"{have} of {wanted}", "good")


def by_eye(actor: Actor, parcel: Parcel) -> None:
    """Checked without a scanner."""
    _verified(actor, parcel, "Checked by eye")


def _verified(actor: Actor, parcel: Parcel, how: str) -> None:
    parcel = db.lock(parcel)
    if parcel.verified_at is not None:
        return
    parcel.verified_at = db.now()
    order = db.get(Order, parcel.order_id)
    audit.record(actor, "shipping.verify", parcel, order=order.number, how=how)
    orders.tell(order, "fulfilment", actor, f"Packed: {how[0].lower()}{how[1:]}")
