"""Discount codes as their seller reads them: which there are, and how each stands in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from app.catalogue.models import Discount, DiscountUse, Product
from app.core import db
from app.core.money import Money

VIEWS = {"": "All", "running": "Running", "scheduled": "Not started", "ended": "Ended"}


@dataclass(frozen=True)
class Standing:
    """`state` names the chip, `label` is its word, `words` say why and what comes next."""

    state: str
    label: str
    words: str


def standing(code: Discount, now: datetime) -> Standing:
    used = f"{code.used_count} of {code.max_uses} used" if code.max_uses else f"used {code.used_count} times"
    used = {"used 0 times": "not used yet", "used 1 times": "used once"}.get(used, used)
    if code.ends_at and code.ends_at <= now:
        return Standing("expired", "Ended", f"Since {_day(code.ends_at)}; {used}.")
    if code.max_uses is not None and code.used_count >= code.max_uses:
        return Standing("expired", "Used up", f"All {code.max_uses} uses are taken.")
    if code.starts_at and code.starts_at > now:
        return Standing("scheduled", "Not started", f"Starts on {_day(code.starts_at)}.")
    until = f", until {_day(code.ends_at)}" if code.ends_at else ", with no end"
    return Standing("active", "Running", f"{used.capitalize()}{until}.")


def _day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def terms(code: Discount, currency: str, titles: Mapping[UUID, str]) -> str:
    """«10 % off Nebula print, from $20.00, once per buyer»."""
    off = {
        "percent": f"{code.value / 100:g} % off",
        "amount": f"{Money(code.value, currency)} off",
        "delivery": "Free delivery",
    }[code.kind]
    on = [titles.get(one, "a product") for one in code.product_ids]
    parts = [off + (f" {', '.join(on[:2])}{f' and {len(on) - 2} more' if len(on) > 2 else ''}" if on else "")]
    if code.min_total_minor:
        parts.append(f"from {Money(code.min_total_minor, currency)}")
    if code.once_per_buyer:
        parts.append("once per buyer")
    return ", ".join(parts)


def _views(now: datetime) -> dict[str, ColumnElement[bool]]:
    over = or_(
        func.coalesce(Discount.ends_at <= now, False),
        func.coalesce(Discount.used_count >= Discount.max_uses, False),
    )
    later = func.coalesce(Discount.starts_at > now, False)
    return {"running": and_(~over, ~later), "scheduled": and_(~over, later), "ended": over}


def page(view: str, search: str, before: tuple[datetime, UUID] | None, limit: int) -> list[Discount]:
    """Newest first; keyset by (created_at, id)."""
    statement = select(Discount).order_by(Discount.created_at.desc(), Discount.id.desc()).limit(limit)
    if view in _views(db.now()):
        statement = statement.where(_views(db.now())[view])
    if search:
        statement = statement.where(Discount.code.icontains(search, autoescape=True))
    if before:
        statement = statement.where(tuple_(Discount.created_at, Discount.id) < before)
    return list(db.session().scalars(statement))


def counts() -> dict[str, int]:
    """Codes per view, «» for all."""
    views = _views(db.now())
    row = (
        db.session()
        .execute(select(func.count(), *[func.count().filter(rule) for rule in views.values()]).select_from(Discount))
        .one()
    )
    return dict(zip(["", *views], [int(number) for number in row], strict=True))


def uses(discount_id: UUID, limit: int = 50) -> list[DiscountUse]:
    """Newest first."""
    statement = select(DiscountUse).where(DiscountUse.discount_id == discount_id)
    return list(db.session().scalars(statement.order_by(DiscountUse.created_at.desc()).limit(limit)))


def products(shop_id: UUID, limit: int = 500) -> list[Product]:
    """What a code of this shop can be for."""
    statement = select(Product).where(Product.shop_id == shop_id, Product.state != "archived").order_by(Product.title)
    return list(db.session().scalars(statement.limit(limit)))


def titles(codes: list[Discount]) -> dict[UUID, str]:
    """Of the products that these codes are for."""
    wanted = {one for code in codes for one in code.product_ids}
    if not wanted:
        return {}
    rows = db.session().execute(select(Product.id, Product.title).where(Product.id.in_(wanted)))
    return {row.id: row.title for row in rows}
