"""Lists of threads."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, tuple_

from app.access.models import Grant
from app.access.queries import active
from app.catalogue.models import Product, Shop
from app.core import db
from app.core.errors import NotFound
from app.forum.models import CategoryProduct, Following, ForumCategory, ForumPerson, Reading, Thread
from app.forum.queries import filters, hiding
from app.forum.queries.hiding import Hidden
from app.forum.queries.places import Place
from app.forum.wishes import Wish

PAGE = 30


@dataclass(frozen=True)
class Row:
    """A thread as lists show it. `read` is the number of the last post that the viewer saw, None when they never looked."""

    thread: Thread
    author: ForumPerson | None
    voices: list[ForumPerson]
    read: int | None
    level: str | None

    @property
    def path(self) -> str:
        return f"/threads/{self.thread.id}"

    @property
    def unread(self) -> int:
        """Posts since the viewer looked; 0 for threads they never opened, which are new instead."""
        return max(self.thread.last_number - self.read, 0) if self.read is not None else 0

    @property
    def jump(self) -> str:
        """The first post that the viewer has not seen, the thread's beginning for a new one."""
        return f"{self.path}?at={self.read + 1}#post-{self.read + 1}" if self.read and self.unread else self.path


@dataclass(frozen=True)
class Page:
    """`after`: where the next one begins. `left_out`: how many threads are missing for a tag that the reader hides, None for very many."""

    rows: list[Row]
    after: str = ""
    left_out: int | None = 0


@dataclass
class Shelf:
    """A category as the index shows it. `enterable`: whether this viewer may read it; `products`: whose buyers may."""

    row: ForumCategory
    enterable: bool
    unread: int = 0
    products: list[UUID] = field(default_factory=list)


def categories(place: Place, hidden: Hidden = hiding.NOTHING) -> list[Shelf]:
    """All that the viewer may know of, in their order; archived ones only for the team."""
    order = (ForumCategory.position, ForumCategory.id)
    rows = list(db.session().scalars(select(ForumCategory).where(ForumCategory.product_id.is_(None)).order_by(*order)))
    if not place.team:
        rows = [row for row in rows if row.archived_at is None]
    open_ = enterable(place, rows)
    unread = _unread_by_category(place, hidden)
    sold: dict[UUID, list[UUID]] = {}
    for one in db.session().scalars(select(CategoryProduct)):
        sold.setdefault(one.category_id, []).append(one.product_id)
    return [Shelf(row, row.id in open_, unread.get(row.id, 0), sold.get(row.id, [])) for row in rows]


def enterable(place: Place, rows: Iterable[ForumCategory]) -> set[UUID]:
    """Which categories the viewer may read; the same question that the policies ask, for showing locks."""
    rows = list(rows)
    if place.role:
        return {row.id for row in rows}
    held = set(db.session().scalars(select(Grant.product_id).where(Grant.buyer_id == place.owner_id, active())))
    return opened(held, rows)


def opened(held: Collection[UUID], rows: Iterable[ForumCategory]) -> set[UUID]:
    """Which of these categories somebody may read who holds these products and is not of the team."""
    keys = {
        one.category_id
        for one in db.session().scalars(select(CategoryProduct).where(CategoryProduct.product_id.in_(held)))
    }
    may = {"public": True, "customers": bool(held), "team": False}
    return {row.id for row in rows if may.get(row.audience, row.id in keys)}


def _unread_by_category(place: Place, hidden: Hidden) -> dict[UUID, int]:
    """Threads with news per category, among those that the viewer has opened and wants to hear of."""
    if place.user_id is None:
        return {}
    behind: Any = (
        select(Thread.category_id, func.count())
        .join(Reading, and_(Reading.workspace_id == Thread.workspace_id, Reading.thread_id == Thread.id))
        .where(Reading.user_id == place.user_id, Reading.number < Thread.last_number, Thread.state == "visible")
        .group_by(Thread.category_id)
    )
    mine = hiding.without(place, filters.muted(behind, place.user_id), hidden)
    return {row[0]: row[1] for row in db.session().execute(mine)}


def category(slug: str) -> ForumCategory:
    """Raises NotFound; one that may be known and not entered is found."""
    row = db.session().scalars(select(ForumCategory).where(ForumCategory.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return row


def page(
    place: Place, wish: Wish, of: ForumCategory | None = None, limit: int = PAGE, hidden: Hidden = hiding.NOTHING
) -> Page:
    """Threads in the order of the wish; pinned ones come first on the first page of those by newest reply. Keyset paging."""
    wanted = filters.wanted(place, wish, of, hidden)
    by, of_row = SORTED[wish.sort]
    last = _after(wish)
    apart = wanted.where(Thread.pinned_at.is_(None)) if wish.sort == "latest" else wanted
    statement = apart if last is None else apart.where(tuple_(*by) < tuple_(*last))
    found = list(db.session().scalars(statement.order_by(*(one.desc() for one in by)).limit(limit + 1)))
    end = ",".join(map(str, of_row(found[limit - 1]))) if len(found) > limit else ""
    pinned = [] if last is not None or wish.sort != "latest" else _pinned(wanted)
    return Page(rows(place, [*pinned, *found[:limit]]), end, _left_out(place, wish, of, hidden))


SORTED: dict[str, tuple[tuple[Any, ...], Callable[[Thread], tuple[Any, ...]]]] = {
    "latest": ((Thread.last_post_at, Thread.id), lambda row: (row.last_post_at.isoformat(), row.id)),
    "newest": ((Thread.created_at, Thread.id), lambda row: (row.created_at.isoformat(), row.id)),
    "votes": ((Thread.score, Thread.id), lambda row: (row.score, row.id)),
}
"""By what, and what of a row says where the next page begins."""


def _left_out(place: Place, wish: Wish, of: ForumCategory | None, hidden: Hidden) -> int | None:
    if not hidden.tags or wish.hidden or wish.tab == "mine":
        return 0
    return hiding.count(place, filters.wanted(place, wish, of), hidden)


def _pinned(wanted: Select[Thread]) -> list[Thread]:
    first = wanted.where(Thread.pinned_at.is_not(None)).order_by(Thread.pinned_at.desc()).limit(20)
    return list(db.session().scalars(first))


def _after(wish: Wish) -> tuple[Any, UUID] | None:
    """Where the page before ended; None for the first page, as for what is no such place."""
    said, _, last = wish.after.partition(",")
    try:
        return (int(said[:9]) if wish.sort == "votes" else datetime.fromisoformat(said)), UUID(last)
    except ValueError:
        return None


def level_of(place: Place, of: ForumCategory | None) -> str | None:
    """How much the viewer wants to hear of a category."""
    if of is None or place.user_id is None:
        return None
    chosen = select(Following.level).where(Following.user_id == place.user_id, Following.category_id == of.id)
    return db.session().scalar(chosen)


def rows(place: Place, threads: Sequence[Thread]) -> list[Row]:
    """With their people, and what the viewer has read and follows; four statements whatever the length."""
    ids = [thread.id for thread in threads]
    known = people({thread.author_id for thread in threads} | {one for thread in threads for one in thread.voices})
    read: dict[UUID, int] = {}
    levels: dict[UUID, str] = {}
    if place.user_id and ids:
        mine = select(Reading.thread_id, Reading.number).where(
            Reading.user_id == place.user_id, Reading.thread_id.in_(ids)
        )
        read = {row.thread_id: row.number for row in db.session().execute(mine)}
        chosen = select(Following.thread_id, Following.level).where(
            Following.user_id == place.user_id, Following.thread_id.in_(ids)
        )
        levels = {row[0]: row[1] for row in db.session().execute(chosen) if row[0]}
    return [
        Row(
            thread,
            known.get(thread.author_id),
            [known[one] for one in thread.voices if one in known],
            read.get(thread.id),
            levels.get(thread.id),
        )
        for thread in threads
    ]


def people(ids: Iterable[UUID]) -> dict[UUID, ForumPerson]:
    """By the person's id."""
    found = db.session().scalars(select(ForumPerson).where(ForumPerson.user_id.in_(set(ids))))
    return {row.user_id: row for row in found}


def products_of(shelves: Sequence[Shelf], of: ForumCategory | None) -> dict[UUID, tuple[str, str]]:
    """Title and page of the listed products whose buyers may enter these categories, by product."""
    ids = {one for shelf in shelves for one in shelf.products} | ({of.product_id} if of and of.product_id else set())
    if not ids:
        return {}
    wanted = select(Product.id, Product.title, Product.slug, Shop.slug.label("shop")).join(
        Shop, and_(Shop.workspace_id == Product.workspace_id, Shop.id == Product.shop_id)
    )
    found = db.session().execute(wanted.where(Product.id.in_(ids), Product.state == "listed"))
    return {row.id: (row.title, f"/s/{row.shop}/{row.slug}") for row in found}
