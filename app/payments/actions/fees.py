"""The platform's commission."""

from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.core.money import Money
from app.payments.models import FeeRule


def fee(shop_id: UUID, category_id: UUID | None, amount: Money) -> Money:
    """Commission on `amount` by the most specific rule: the shop's, else the category's, else the default."""
    fits = (FeeRule.shop_id == shop_id) | (FeeRule.shop_id.is_(None) & FeeRule.category_id.is_(None))
    if category_id is not None:
        fits |= FeeRule.category_id == category_id
    with db.system("fee rule") as session:
        rules = session.scalars(select(FeeRule).where(fits)).all()
    best = max(rules, key=_weight, default=None)
    if best is None:
        raise LookupError("there is no default fee rule")
    return amount.share(best.basis_points)


def _weight(rule: FeeRule) -> int:
    return 2 if rule.shop_id else 1 if rule.category_id else 0
