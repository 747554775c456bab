"""The platform's commission: which rule counts, and changing it. A change never touches what was sold before."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.money import Money
from app.payments.models import FeeRule


class NoChange(Refused):
    status = 409
    message = "That is the fee already. Nothing was changed."


class PastChange(Refused):
    message = "Choose today or a later day. What was sold before keeps the fee it had; nothing was changed."


class ChangePlanned(Refused):
    status = 409
    message = "A change is planned for that very moment already. Take it back first, or choose another day."


class ChangeBegun(Refused):
    status = 409
    message = "This change has begun, so sales may have paid it. Make a new change instead; nothing was changed."


def fee(shop_id: UUID, category_id: UUID | None, amount: Money) -> Money:
    """Commission on `amount` by the rule in force: the shop's, else the category's, else the default."""
    return amount.share(rule_for(shop_id, category_id, db.now()).basis_points or 0)


def rule_for(shop_id: UUID | None, category_id: UUID | None, at: datetime) -> FeeRule:
    """The rule for a sale in this shop and category at that time. Raises LookupError when nothing was agreed by then."""
    fits = FeeRule.shop_id.is_(None) & FeeRule.category_id.is_(None)
    if shop_id is not None:
        fits |= FeeRule.shop_id == shop_id
    if category_id is not None:
        fits |= FeeRule.category_id == category_id
    with db.system("fee rule") as session:
        found = most_specific(session.scalars(select(FeeRule).where(fits)), shop_id, category_id, at)
    if found is None:
        raise LookupError("there is no default fee rule")
    return found


def most_specific(
    rules: Iterable[FeeRule], shop_id: UUID | None, category_id: UUID | None, at: datetime
) -> FeeRule | None:
    """The choice itself. Of each target's changes the newest that has begun counts; one that ended its rule gives way."""
    newest: dict[tuple[UUID | None, UUID | None], FeeRule] = {}
    for rule in sorted(rules, key=lambda rule: rule.starts_at):
        if rule.starts_at <= at:
            newest[rule.shop_id, rule.category_id] = rule
    own: list[tuple[UUID | None, UUID | None]] = [(shop_id, None)] if shop_id else []
    wanted = [*own, (None, category_id), (None, None)]
    return next((newest[one] for one in wanted if one in newest and newest[one].basis_points is not None), None)


def change_fee(
    actor: Actor,
    basis_points: int | None,
    *,
    shop_id: UUID | None = None,
    category_id: UUID | None = None,
    starts_at: datetime | None = None,
    name: str = "",
) -> FeeRule:
    """From `starts_at` (now when empty) this target pays `basis_points`; None ends its own rule. `name` is for the trail.

    System scope. Raises NoChange, PastChange, ChangePlanned; ValueError for ending the default.
    """
    if basis_points is None and shop_id is None and category_id is None:
        raise ValueError("the default fee can be changed, not removed")
    begins = starts_at or db.now()
    if begins < db.now().replace(hour=0, minute=0, second=0, microsecond=0):
        raise PastChange(field="starts_on")
    before = _of(shop_id, category_id, begins)
    if (before.basis_points if before else None) == basis_points:
        raise NoChange(field="percent")
    rule = _insert(FeeRule(shop_id=shop_id, category_id=category_id, basis_points=basis_points, starts_at=begins))
    _record(actor, "payments.change_fee", rule, name, before)
    return rule


def withdraw_fee(actor: Actor, rule_id: UUID, name: str = "") -> None:
    """Take back a change that has not begun. Raises ChangeBegun, NotFound."""
    rule = db.lock(db.get(FeeRule, rule_id))
    if rule.starts_at <= db.now():
        raise ChangeBegun
    _record(actor, "payments.withdraw_fee", rule, name, None)
    db.session().delete(rule)


def _of(shop_id: UUID | None, category_id: UUID | None, at: datetime) -> FeeRule | None:
    """What counts at that time for this very target, an end of its rule included."""
    own = select(FeeRule).where(
        FeeRule.shop_id.is_not_distinct_from(shop_id),
        FeeRule.category_id.is_not_distinct_from(category_id),
        FeeRule.starts_at <= at,
    )
    return db.session().scalars(own.order_by(FeeRule.starts_at.desc()).limit(1)).one_or_none()


def _insert(rule: FeeRule) -> FeeRule:
    try:
        with db.session().begin_nested():
            return db.add(rule)
    except IntegrityError as error:
        raise ChangePlanned(field="starts_on") from error


def _record(actor: Actor, action: str, rule: FeeRule, name: str, before: FeeRule | None) -> None:
    facts = {
        "target": name or "everything else",
        "fee": percent(rule.basis_points),
        "before": percent(before.basis_points if before else None),
        "starts_at": rule.starts_at.isoformat(timespec="minutes"),
    }
    with db.workspace(db.PLATFORM):
        audit.record(actor, action, rule, **facts)


def percent(basis_points: int | None) -> str:
    """«7.5 %», or that there is no rule of its own."""
    if basis_points is None:
        return "no rule of its own"
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %"
