"""What a scanner read: a packing slip's code, an order's number, a tracking number, or an item's SKU."""

import re
from uuid import UUID

from sqlalchemy import or_, select

from app.core import db
from app.orders.models import Order, OrderLine
from app.shipping.models import Parcel

SLIP = re.compile(r"P([A-Za-z0-9_-]{12})")
NUMBER = re.compile(r"#?(\d{1,9})")


def parcel(code: str) -> Parcel | None:
    """The parcel that a code means: by slip, by tracking number, else the first unsent one of an order by number."""
    code = code.strip()
    if slip := SLIP.fullmatch(code):
        return _one(Parcel.tracking_code == slip[1])
    found = _one(Parcel.tracking_number == code) if code else None
    if found is not None:
        return found
    if number := NUMBER.fullmatch(code):
        order = db.session().scalars(select(Order.id).where(Order.number == int(number[1]))).one_or_none()
        return _one(Parcel.order_id == order, Parcel.state.in_(("draft", "labelled"))) if order else None
    return None


def order(code: str) -> Order | None:
    """An order by its number, for one that is not packed yet."""
    number = NUMBER.fullmatch(code.strip())
    return db.session().scalars(select(Order).where(Order.number == int(number[1]))).one_or_none() if number else None


def _one(*conditions: object) -> Parcel | None:
    wanted = select(Parcel).where(*conditions, Parcel.state != "cancelled", Parcel.direction == "out")  # type: ignore[arg-type]
    return db.session().scalars(wanted.order_by(Parcel.id).limit(1)).one_or_none()


def line(found: Parcel, code: str) -> UUID | None:
    """The line of a parcel that an item's code belongs to: its SKU, case and spaces aside."""
    wanted = [UUID(entry["line_id"]) for entry in found.contents]
    same = or_(OrderLine.sku == code.strip(), OrderLine.sku.ilike(code.strip().replace("%", "").replace("_", r"\_")))
    return db.session().scalars(select(OrderLine.id).where(OrderLine.id.in_(wanted), same).limit(1)).one_or_none()
