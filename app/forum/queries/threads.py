"""Lists of threads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, Uuid, and_, any_, func, or_, select, tuple_

from app.access.models import Grant
from app.access.queries import active
from app.catalogue.models import Product, Shop
from app.core import db
from app.core.errors import NotFound
from app.forum.models import CategoryProduct, Following, ForumCategory, ForumPerson, Reading, Thread
from app.forum.queries.places import Place

PAGE, FEW = 30, 400
TABS = ("latest", "unread", "new", "mine", "following")


@dataclass(frozen=True)
class Wish:
    """What a list shows. `after` is where the page before it ended: `<moment>,<id>` of its last thread."""

    tab: str = "latest"
    tag: str = ""
    after: str = ""


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
    rows: list[Row]
    after: str = ""


@dataclass
class Shelf:
    """A category as the index shows it. `enterable`: whether this viewer may read it; `products`: whose buyers may."""

    row: ForumCategory
    enterable: bool
    unread: int = 0
    products: list[UUID] = field(default_factory=list)


def categories(place: Place) -> list[Shelf]:
    """All that the viewer may know of, in their order; archived ones only for the team."""
    order = (ForumCategory.position, ForumCategory.id)
    rows = list(db.session().scalars(select(ForumCategory).where(ForumCategory.product_id.is_(None)).order_by(*order)))
    if not place.team:
        rows = [row for row in rows if row.archived_at is None]
    open_ = enterable(place, rows)
    unread = _unread_by_category(place)
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
    keys = {
        one.category_id
        for one in db.session().scalars(select(CategoryProduct).where(CategoryProduct.product_id.in_(held)))
    }
    may = {"public": True, "customers": bool(held), "team": False}
    return {row.id for row in rows if may.get(row.audience, row.id in keys)}


def _unread_by_category(place: Place) -> dict[UUID, int]:
    """Threads with news per category, among those that the viewer has opened."""
    if place.user_id is None:
        return {}
    behind = (
        select(Thread.category_id, func.count())
        .join(Reading, and_(Reading.workspace_id == Thread.workspace_id, Reading.thread_id == Thread.id))
        .where(Reading.user_id == place.user_id, Reading.number < Thread.last_number, Thread.state == "visible")
        .group_by(Thread.category_id)
    )
    return {row[0]: row[1] for row in db.session().execute(behind)}


def category(slug: str) -> ForumCategory:
    """Raises NotFound; one that may be known and not entered is found."""
    row = db.session().scalars(select(ForumCategory).where(ForumCategory.slug == slug)).one_or_none()
    if row is None:
        raise NotFound
    return row


def page(place: Place, wish: Wish, of: ForumCategory | None = None, limit: int = PAGE) -> Page:
    """Threads by their newest post; pinned ones come first on the first page. Keyset paging."""
    wanted = statement = _wanted(place, wish, of)
    moment, last = _after(wish.after)
    order = (Thread.last_post_at.desc(), Thread.id.desc())
    if moment is not None:
        statement = statement.where(tuple_(Thread.last_post_at, Thread.id) < tuple_(moment, last))
    found = list(db.session().scalars(statement.where(Thread.pinned_at.is_(None)).order_by(*order).limit(limit + 1)))
    more = len(found) > limit
    found = found[:limit]
    end = f"{found[-1].last_post_at.isoformat()},{found[-1].id}" if more else ""
    pinned = [] if moment is not None else _pinned(wanted)
    return Page(rows(place, [*pinned, *found]), end)


def _pinned(wanted: Select[Thread]) -> list[Thread]:
    first = wanted.where(Thread.pinned_at.is_not(None)).order_by(Thread.pinned_at.desc()).limit(20)
    return list(db.session().scalars(first))


def _after(raw: str) -> tuple[datetime | None, UUID | None]:
    moment, _, last = raw.partition(",")
    try:
        return datetime.fromisoformat(moment), UUID(last)
    except ValueError:
        return None, None


def _wanted(place: Place, wish: Wish, of: ForumCategory | None) -> Select[Thread]:
    wanted = select(Thread).where(Thread.state == "visible")
    if of is not None:
        wanted = wanted.where(Thread.category_id == of.id)
    if wish.tag:
        wanted = wanted.where(tagged(wish.tag))
    if place.user_id is None:
        return wanted
    if wish.tab == "mine":
        return wanted.where(Thread.author_id == place.user_id)
    wanted = _heard(wanted, place.user_id, of)
    return _personal(wanted, wish.tab, place.user_id) if wish.tab in ("unread", "new", "following") else wanted


def _heard(wanted: Select[Any], user_id: UUID, of: ForumCategory | None) -> Select[Any]:
    """Without the threads that the person muted; a muted category is left out where it is not asked for by name."""
    muted = select(Following.thread_id).where(
        Following.user_id == user_id, Following.level == "mute", Following.thread_id.is_not(None)
    )
    shelves = select(Following.category_id).where(
        Following.user_id == user_id, Following.level == "mute", Following.category_id.is_not(None)
    )
    wanted = wanted.where(Thread.id.not_in(muted))
    return wanted if of is not None else wanted.where(Thread.category_id.not_in(shelves))


def level_of(place: Place, of: ForumCategory | None) -> str | None:
    """How much the viewer wants to hear of a category."""
    if of is None or place.user_id is None:
        return None
    chosen = select(Following.level).where(Following.user_id == place.user_id, Following.category_id == of.id)
    return db.session().scalar(chosen)


def tagged(tag: str) -> ColumnElement[bool]:
    """By the index when few have the tag, which under row-level security only a function can use; when many do, the list meets
    enough of them as it goes."""
    called = func.tagged_threads(tag).table_valued(Column("id", Uuid()))
    few = list(db.session().scalars(select(called.c.id)))
    return Thread.id.in_(few) if len(few) <= FEW else any_(Thread.tags) == tag


def _personal(wanted: Select[Any], tab: str, user_id: UUID) -> Select[Any]:
    read = select(Reading.number).where(
        Reading.workspace_id == Thread.workspace_id, Reading.thread_id == Thread.id, Reading.user_id == user_id
    )
    followed = select(Following.thread_id).where(Following.user_id == user_id, Following.level == "everything")
    shelves = select(Following.category_id).where(Following.user_id == user_id, Following.level == "everything")
    if tab == "unread":
        return wanted.where(read.scalar_subquery() < Thread.last_number)
    if tab == "new":
        return wanted.where(~read.exists(), Thread.author_id != user_id)
    return wanted.where(or_(Thread.id.in_(followed), Thread.category_id.in_(shelves)))


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
