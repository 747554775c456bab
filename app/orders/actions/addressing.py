"""Correcting where an order goes, as long as nothing has left."""

from collections.abc import Mapping

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.orders.actions.refunding import changed
from app.orders.actions.writing import write
from app.orders.models import Order
from app.orders.timeline import tell

PARTS = ("name", "line1", "line2", "postcode", "city", "region", "country")


class AlreadySent(Refused):
    status = 409
    message = "Part of this order has left, or it is over, so its address cannot change any more. Nothing was changed."


class OtherCountry(Refused):
    message = (
        "Delivery was paid for another country. Cancel and refund this order, and let the buyer order again with the "
        "right address. Nothing was changed."
    )


def change_address(actor: Actor, order: Order, address: Mapping[str, str]) -> None:
    """Correct the delivery address and tell the buyer. `address` has the keys of PARTS.

    Raises AlreadySent, OtherCountry (delivery has a price per country).
    """
    order = db.lock(order)
    if order.state not in ("pending", "open") or order.fulfilment_state != "unfulfilled":
        raise AlreadySent
    before = {part: str(order.ship_to.get(part, "")) for part in PARTS}
    after = {part: " ".join(str(address.get(part, "")).split()) for part in PARTS}
    if after["country"] != order.country:
        raise OtherCountry(field="country")
    if after == before:
        return
    order.ship_to = {**order.ship_to, **after}
    tell(order, "order", actor, "Changed the delivery address", before=before, after=after)
    audit.record(actor, "orders.change_address", order, before=before, after=after)
    db.session().flush()
    shown = [after[part] for part in PARTS if after[part]]
    write(order, "address_changed", f"address:{order.id}:{order.version}", address=shown)
    changed(order)
