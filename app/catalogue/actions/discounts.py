"""Discount codes; a use is counted in one guarded statement, so the last one is not given twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, update

from app.catalogue.models import Discount, DiscountUse, Product, Shop
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused

KINDS = ("percent", "amount", "delivery")
MOST = {"percent": 10_000, "amount": 10**11}


class DiscountUsedUp(Refused):
    message = "The code {code} has been used up. Nothing was charged; you can go on without it."


@dataclass(frozen=True)
class Offer:
    """What a code takes off and when. `value` in basis points (percent) or minor units (amount), 0 for free delivery.

    `product_ids` empty means everything in the shop; `min_total_minor` counts the shop's things in the cart before the discount.
    """

    kind: str
    value: int = 0
    product_ids: tuple[UUID, ...] = ()
    min_total_minor: int = 0
    max_uses: int | None = None
    once_per_buyer: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def create_discount(actor: Actor, shop: Shop, code: str, kind: str, value: int = 0, **terms: Any) -> Discount:
    """`terms` as Offer's fields. Codes are upper case, unique per shop. Raises Refused beside the field that is wrong."""
    offer = Offer(kind, value, **{**terms, "product_ids": tuple(terms.get("product_ids") or ())})
    code = clean_code(code)
    _check_offer(shop, offer)
    if db.session().scalars(select(Discount.id).where(Discount.shop_id == shop.id, Discount.code == code)).first():
        raise Refused(f"{code} exists already in {shop.name}. Change that one, or choose another word.", field="code")
    discount = db.add(Discount(shop_id=shop.id, code=code, **_columns(offer)))
    audit.record(actor, "catalogue.create_discount", discount, code=code, kind=kind, value=value)
    return discount


def update_discount(actor: Actor, shop: Shop, discount: Discount, offer: Offer) -> Discount:
    """New terms for orders from now on; those placed keep theirs. Raises Refused beside the field that is wrong."""
    discount = db.lock(discount)
    _check_offer(shop, offer)
    if offer.max_uses is not None and offer.max_uses < discount.used_count:
        raise Refused(
            f"{discount.used_count} orders used it already, so the limit cannot be lower. End the code instead.",
            field="max_uses",
        )
    for name, value in _columns(offer).items():
        setattr(discount, name, value)
    audit.record(actor, "catalogue.update_discount", discount, code=discount.code, kind=offer.kind, value=offer.value)
    return discount


def clean_code(raw: str) -> str:
    """Upper case without spaces. Raises Refused for what buyers could not type."""
    code = "".join(raw.upper().split())
    if not 3 <= len(code) <= 30 or not all(letter.isalnum() or letter in "-_" for letter in code):
        raise Refused("Use 3 to 30 letters, digits, - or _.", field="code")
    return code


def _check_offer(shop: Shop, offer: Offer) -> None:
    if offer.kind not in KINDS:
        raise Refused("Choose a percentage, an amount or free delivery.", field="kind")
    if offer.kind != "delivery" and not 0 < offer.value <= MOST[offer.kind]:
        raise Refused("Enter a discount above zero, and at most 100 %.", field="value")
    if offer.kind == "delivery" and offer.product_ids:
        raise Refused(
            "Free delivery is for the whole parcel, so it cannot be for chosen products only.", field="products"
        )
    if offer.starts_at and offer.ends_at and offer.ends_at <= offer.starts_at:
        raise Refused("It would end before it starts. Choose a later end.", field="ends_on")
    mine = set(
        db.session().scalars(select(Product.id).where(Product.shop_id == shop.id, Product.id.in_(offer.product_ids)))
    )
    if mine != set(offer.product_ids):
        raise Refused(f"Choose products of {shop.name}; a code works in one shop.", field="products")


def _columns(offer: Offer) -> dict[str, Any]:
    return {
        **vars(offer),
        "product_ids": list(offer.product_ids),
        "value": 0 if offer.kind == "delivery" else offer.value,
    }


def end_discount(actor: Actor, discount: Discount) -> None:
    """At once, and for good unless its dates are changed."""
    discount = db.lock(discount)
    discount.ends_at = db.now()
    if discount.starts_at and discount.starts_at > discount.ends_at:
        discount.starts_at = discount.ends_at
    audit.record(actor, "catalogue.end_discount", discount, code=discount.code)


def use_discount(discount: Discount, order_id: UUID, email: str) -> None:
    """Count one use for an order. Raises DiscountUsedUp when none is left or this buyer had theirs."""
    discount = db.lock(discount)  # before looking: two orders of one buyer would both see no use yet
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
