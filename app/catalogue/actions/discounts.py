"""Discount codes; a use is counted in one guarded statement, so the last one is not given twice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update

from app.catalogue.models import Discount, DiscountUse, Shop
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused


class DiscountUsedUp(Refused):
    message = "The code {code} has been used up. Nothing was charged; you can go on without it."


def create_discount(
    actor: Actor,
    shop: Shop,
    code: str,
    kind: str,
    value: int,
    *,
    product_ids: list[UUID] | None = None,
    min_total_minor: int = 0,
    max_uses: int | None = None,
    once_per_buyer: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Discount:
    """`kind` percent (`value` in basis points) or amount (`value` in minor units). Codes are upper case, unique per shop."""
    code = "".join(code.upper().split())
    limit = 10_000 if kind == "percent" else 10**11
    if kind not in ("percent", "amount") or not 0 < value <= limit:
        raise Refused("Enter a discount above zero, and at most 100 %.", field="value")
    if db.session().scalars(select(Discount.id).where(Discount.shop_id == shop.id, Discount.code == code)).first():
        raise Refused(f"{code} exists already in this shop.", field="code")
    discount = db.add(
        Discount(
            shop_id=shop.id,
            code=code,
            kind=kind,
            value=value,
            product_ids=product_ids or [],
            min_total_minor=min_total_minor,
            max_uses=max_uses,
            once_per_buyer=once_per_buyer,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )
    audit.record(actor, "catalogue.create_discount", discount, code=code, kind=kind, value=value)
    return discount


def end_discount(actor: Actor, discount: Discount) -> None:
    discount.ends_at = db.now()
    audit.record(actor, "catalogue.end_discount", discount, code=discount.code)


def use_discount(discount: Discount, order_id: UUID, email: str) -> None:
    """Count one use for an order. Raises DiscountUsedUp when none is left or this buyer had theirs."""
    if discount.once_per_buyer and _used_by(discount, email):
        raise DiscountUsedUp(
            f"You have already used {discount.code} once. Nothing was charged; you can go on without it."
        )
    room = or_(Discount.max_uses.is_(None), Discount.used_count < Discount.max_uses)
    taken = (
        db.session()
        .execute(
            update(Discount)
            .where(Discount.id == discount.id, room)
            .values(used_count=Discount.used_count + 1)
            .returning(Discount.id)
        )
        .one_or_none()
    )
    if taken is None:
        raise DiscountUsedUp(code=discount.code)
    db.add(DiscountUse(discount_id=discount.id, order_id=order_id, buyer_email=email.lower()))


def _used_by(discount: Discount, email: str) -> bool:
    mine = exists().where(
        DiscountUse.discount_id == discount.id,
        DiscountUse.buyer_email == email.lower(),
        DiscountUse.released_at.is_(None),
    )
    return bool(db.session().scalar(select(mine)))


def release_discount(order_id: UUID) -> None:
    """Give an unpaid order's use back; repeating it changes nothing."""
    used = (
        db.session()
        .execute(
            update(DiscountUse)
            .where(DiscountUse.order_id == order_id, DiscountUse.released_at.is_(None))
            .values(released_at=func.now())
            .returning(DiscountUse.discount_id)
        )
        .scalars()
        .all()
    )
    for discount_id in used:
        db.session().execute(
            update(Discount).where(Discount.id == discount_id).values(used_count=Discount.used_count - 1)
        )
