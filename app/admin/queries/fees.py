"""Fee rules as operators see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Category, Shop
from app.core import db
from app.payments.models import FeeRule

SUGGESTED = 200


@dataclass(frozen=True)
class Target:
    """A shop, a category, or (neither) everything else, with its changes. `now` counts; `planned` are to come, in order."""

    kind: str
    id: UUID | None
    name: str
    note: str
    now: FeeRule | None
    planned: list[FeeRule]
    past: list[FeeRule]


def targets() -> list[Target]:
    """Everything that has a rule, had one, or will: the default first, then categories, then shops, by name."""
    changes: dict[tuple[UUID | None, UUID | None], list[FeeRule]] = {}
    for rule in db.session().scalars(select(FeeRule).order_by(FeeRule.starts_at)):
        changes.setdefault((rule.shop_id, rule.category_id), []).append(rule)
    shops = _named(Shop, [shop for shop, _ in changes if shop])
    categories = _named(Category, [category for _, category in changes if category])
    at = db.now()
    found = [_target(shop, category, rules, shops, categories, at) for (shop, category), rules in changes.items()]
    return sorted(found, key=lambda one: (("default", "category", "shop").index(one.kind), one.name.casefold()))


def _target(
    shop_id: UUID | None,
    category_id: UUID | None,
    rules: list[FeeRule],
    shops: dict[UUID, tuple[str, str]],
    categories: dict[UUID, tuple[str, str]],
    at: datetime,
) -> Target:
    begun = [rule for rule in rules if rule.starts_at <= at]
    now = begun[-1] if begun else None
    if shop_id:
        kind, (name, note) = "shop", shops.get(shop_id, ("A deleted shop", ""))
    elif category_id:
        kind, (name, note) = "category", categories.get(category_id, ("A deleted category", ""))
    else:
        kind, (name, note) = "default", ("Everything else", "")
    planned = [rule for rule in rules if rule.starts_at > at]
    return Target(kind, shop_id or category_id, name, note, now, planned, begun[-2::-1])


def _named(model: type[Shop] | type[Category], ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    """id → (name, address)."""
    if not ids:
        return {}
    found = db.session().execute(select(model.id, model.name, model.slug).where(model.id.in_(ids)))
    return {row.id: (row.name, row.slug) for row in found}


def categories() -> list[Category]:
    return list(db.session().scalars(select(Category).order_by(Category.position, Category.name)))


def shops() -> list[Shop]:
    """Shops to choose from while typing; any other address may be typed too."""
    return list(db.session().scalars(select(Shop).order_by(Shop.name).limit(SUGGESTED)))


def shop_at(slug: str) -> Shop | None:
    return db.session().scalars(select(Shop).where(Shop.slug == slug)).one_or_none()


def category_at(slug: str) -> Category | None:
    return db.session().scalars(select(Category).where(Category.slug == slug)).one_or_none()


def name_of(shop_id: UUID | None, category_id: UUID | None) -> str:
    """«the shop Deep Field Prints», «the category Prints», or nothing for the default."""
    for kind, model, one in (("shop", Shop, shop_id), ("category", Category, category_id)):
        if one is not None:
            found = _named(model, [one]).get(one, (f"a deleted {kind}", ""))
            return f"the {kind} {found[0]}"
    return ""
