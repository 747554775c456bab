"""Opening a community and arranging its categories. In the workspace's scope."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.core.outbox import emit
from app.forum import text
from app.forum.actions.threads import slug as slugged
from app.forum.events import CategoryChanged
from app.forum.models import CategoryProduct, Community, ForumCategory

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,58}[a-z0-9]")
TAKEN = frozenset(
    [
        "new",
        "people",
        "products",
        "search",
        "moderation",
        "feed",
        "tags",
        "views",
        "pictures",
        "latest",
        "unread",
        "mine",
        "drafts",
        "decisions",
        "previews",
        "similar",
    ]
)
"""Words that stand for pages of a community in the place of a category."""
MOST_CATEGORIES = 50


def open_community(actor: Actor, name: str, slug: str, about: str = "", rules: str = "") -> Community:
    """A workspace's forum with a first category. Raises Refused: a workspace has one, and an address belongs to one."""
    if db.session().scalar(select(func.count()).select_from(Community)):
        raise Refused("This workspace has its community already. Nothing was changed.")
    if not SLUG.fullmatch(slug):
        raise Refused("Use 3 to 60 small letters, digits and hyphens. Nothing was saved.", field="slug")
    with db.system("is a public address taken"):
        taken = db.session().scalar(select(func.count()).select_from(Community).where(Community.slug == slug))
    if taken:
        raise Refused("Another community has this address. Nothing was saved.", field="slug")
    made = db.add(
        Community(name=text.title(name), slug=slug, about=text.tidy(about).strip(), rules=text.tidy(rules).strip())
    )
    audit.record(actor, "forum.open_community", made, slug=slug)
    add_category(actor, name="General", about="Anything about what we make.")
    return made


def change_community(actor: Actor, community: Community, version: int, **fields: Any) -> None:
    """`name`, `about`, `rules`, `state`. Raises Conflict."""
    if community.version != version:
        raise Conflict
    for key, value in fields.items():
        setattr(community, key, value)
    audit.record(actor, "forum.change_community", community, state=community.state)


def add_category(
    actor: Actor,
    *,
    name: str,
    about: str = "",
    audience: str = "public",
    writes: str = "everyone",
    products: Sequence[UUID] = (),
    product_id: UUID | None = None,
) -> ForumCategory:
    """At the end of the list. Raises Refused: a category for buyers names products, and there are at most fifty."""
    _check(audience, products)
    ordinary = select(func.count()).select_from(ForumCategory).where(ForumCategory.product_id.is_(None))
    count = db.session().scalar(ordinary) or 0
    if count >= MOST_CATEGORIES and product_id is None:
        raise Refused(f"A community has at most {MOST_CATEGORIES} categories. Nothing was saved.")
    row = db.add(
        ForumCategory(
            name=text.title(name),
            slug=_free(slugged(name)),
            about=text.tidy(about).strip(),
            audience=audience,
            writes=writes,
            position=count,
            product_id=product_id,
        )
    )
    _set_products(row, products)
    audit.record(actor, "forum.add_category", row, audience=audience)
    return row


def change_category(
    actor: Actor,
    row: ForumCategory,
    version: int,
    *,
    name: str,
    about: str,
    audience: str,
    writes: str,
    products: Sequence[UUID] = (),
) -> None:
    """Open streams ask again who may enter. Raises Conflict, Refused."""
    if row.version != version:
        raise Conflict
    _check(audience, products)
    row.name, row.about, row.audience, row.writes = text.title(name), text.tidy(about).strip(), audience, writes
    _set_products(row, products)
    audit.record(actor, "forum.change_category", row, audience=audience)
    emit(CategoryChanged(workspace_id=row.workspace_id, category_id=row.id))


def archive_category(actor: Actor, row: ForumCategory) -> None:
    """Out of sight for everybody but the team; what was written stays. Archived once more, it comes back."""
    row.archived_at = None if row.archived_at else db.now()
    audit.record(actor, "forum.archive_category", row, archived=row.archived_at is not None)
    emit(CategoryChanged(workspace_id=row.workspace_id, category_id=row.id))


def move_category(actor: Actor, row: ForumCategory, up: bool) -> None:
    """One place up or down in the list."""
    rows = list(
        db.session().scalars(select(ForumCategory).order_by(ForumCategory.position, ForumCategory.id).with_for_update())
    )
    at = rows.index(row)
    to = at - 1 if up else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    for position, one in enumerate(rows):
        one.position = position


def _check(audience: str, products: Sequence[UUID]) -> None:
    if audience not in ("public", "customers", "buyers", "team"):
        raise Refused("Choose who may enter. Nothing was saved.", field="audience")
    if audience == "buyers" and not products:
        raise Refused("Choose at least one product whose buyers may enter. Nothing was saved.", field="products")


def _set_products(row: ForumCategory, products: Sequence[UUID]) -> None:
    db.session().execute(delete(CategoryProduct).where(CategoryProduct.category_id == row.id))
    wanted = products if row.audience == "buyers" else ()
    for product_id in dict.fromkeys(wanted):
        db.add(CategoryProduct(category_id=row.id, product_id=product_id))


def _free(wanted: str) -> str:
    taken = {*db.session().scalars(select(ForumCategory.slug).where(ForumCategory.slug.startswith(wanted))), *TAKEN}
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(one for one in numbered if one not in taken)
