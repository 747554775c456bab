"""The whole library of a buyer: searched, filtered, sorted and in pages, always by the same number of questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_

from app.access.models import Grant
from app.catalogue.models import File, Product, Shop
from app.core import db
from app.downloads import genres
from app.downloads.models import LibraryMark
from app.downloads.queries.library import Shelf, in_library, loaded, shelved
from app.licences.models import Licence

PAGE = 24
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SAME = and_(Product.workspace_id == Grant.workspace_id, Product.id == Grant.product_id)
SORTS = {"newest": "Newest first", "updated": "Recently updated", "title": "By title", "oldest": "Oldest first"}


@dataclass(frozen=True)
class Wanted:
    """What the address of the library asks for. `after` is where the page begins: (value of the sort, grant)."""

    q: str = ""
    seller: UUID | None = None
    kind: str = ""
    sort: str = "newest"
    archived: bool = False
    after: tuple[str, UUID] | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Wanted":
        """Whatever does not make sense is left out."""
        return cls(
            q=args.get("q", "").strip()[:100],
            seller=_uuid(args.get("seller", "")),
            kind=args.get("kind", "") if args.get("kind") in genres.KINDS else "",
            sort=args.get("sort", "") if args.get("sort") in SORTS else "newest",
            archived=args.get("archived") == "1",
            after=_place(args.get("after", "")),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.seller or self.kind)

    def path(self, **changes: Any) -> str:
        """The library's address with these changes, at its first page unless `after` is among them."""
        now = {"q": self.q, "seller": self.seller, "kind": self.kind, "archived": "1" if self.archived else ""}
        now |= {"sort": "" if self.sort == "newest" else self.sort, **changes}
        query = urlencode({name: str(value) for name, value in now.items() if value})
        return f"/library?{query}" if query else "/library"


@dataclass(frozen=True)
class Page:
    """`next_path` is where the library goes on, empty at its end. `sellers` are all shops that this buyer bought from."""

    shelves: list[Shelf]
    next_path: str
    sellers: list[Shop]
    total: int
    put_away: int


def page(wanted: Wanted) -> Page:
    """In a buyer's scope."""
    value = _value(wanted.sort)
    found = _narrowed(select(Grant, value.label("place")).join(Product, SAME), wanted)
    if wanted.after:
        found = found.where(_beyond(wanted, value))
    rows = db.session().execute(_sorted(found, wanted.sort, value).options(*loaded()).limit(PAGE + 1)).unique().all()
    shown = rows[:PAGE]
    beyond = wanted.path(after=_written(*shown[-1])) if len(rows) > PAGE else ""
    open_, away = _counts()
    return Page(shelved([row[0] for row in shown]), beyond, _sellers(), open_, away)


def _narrowed(found: Select[Any], wanted: Wanted) -> Select[Any]:
    shop = and_(Shop.workspace_id == Product.workspace_id, Shop.id == Product.shop_id)
    found = found.where(in_library(), _away() if wanted.archived else ~_away())
    if wanted.q:
        words = or_(
            Product.title.icontains(wanted.q, autoescape=True),
            exists().where(shop, Shop.name.icontains(wanted.q, autoescape=True)),
        )
        found = found.where(words)
    if wanted.seller:
        found = found.where(Product.shop_id == wanted.seller)
    return found.where(_of_kind(wanted.kind)) if wanted.kind else found


def _away() -> ColumnElement[bool]:
    return exists().where(
        LibraryMark.workspace_id == Grant.workspace_id,
        LibraryMark.grant_id == Grant.id,
        LibraryMark.archived_at.is_not(None),
    )


def _of_kind(kind: str) -> ColumnElement[bool]:
    if kind == "licence":
        return exists().where(Licence.workspace_id == Grant.workspace_id, Licence.grant_id == Grant.id)
    named = func.lower(File.name).regexp_match(genres.endings(kind))
    return exists().where(_of_product(), ~named if kind == "other" else named)


def _of_product() -> ColumnElement[bool]:
    """Files that a grant may offer; which releases it does is decided when they are shown."""
    return and_(
        File.workspace_id == Grant.workspace_id,
        File.product_id == Grant.product_id,
        or_(File.variant_id.is_(None), File.variant_id == Grant.variant_id),
        or_(File.removed_at.is_(None), File.removed_at > Grant.created_at),
    )


def _value(sort: str) -> ColumnElement[Any]:
    if sort == "title":
        return func.lower(Product.title)
    if sort == "updated":
        newest = select(func.max(File.created_at)).where(_of_product()).correlate(Grant).scalar_subquery()
        return func.greatest(newest, Grant.created_at)
    return Grant.created_at.expression


def _rising(sort: str) -> bool:
    return sort in ("title", "oldest")


def _sorted(found: Select[Any], sort: str, value: ColumnElement[Any]) -> Select[Any]:
    if _rising(sort):
        return found.order_by(value, Grant.id)
    return found.order_by(value.desc(), Grant.id.desc())


def _beyond(wanted: Wanted, value: ColumnElement[Any]) -> ColumnElement[bool]:
    text, grant_id = wanted.after or ("", UUID(int=0))
    place = tuple_(text if wanted.sort == "title" else _moment(text), grant_id)
    return tuple_(value, Grant.id) > place if _rising(wanted.sort) else tuple_(value, Grant.id) < place


def _written(grant: Grant, value: datetime | str) -> str:
    return f"{value if isinstance(value, str) else value.isoformat()}~{grant.id}"


def _place(text: str) -> tuple[str, UUID] | None:
    value, _, grant_id = text[:400].rpartition("~")
    found = _uuid(grant_id)
    return (value, found) if value and found else None


def _moment(text: str) -> datetime:
    """Of a typed address; long ago when it is none, so that the page is empty rather than broken."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return LONG_AGO
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _counts() -> tuple[int, int]:
    """How many purchases there are in the library, and how many were put away."""
    counted = select(func.count().filter(~_away()), func.count().filter(_away())).where(in_library())
    row = db.session().execute(counted.select_from(Grant)).one()
    return int(row[0]), int(row[1])


def _sellers() -> list[Shop]:
    """Shops this buyer bought from, by name. In a buyer's scope."""
    bought = exists().where(
        Product.workspace_id == Shop.workspace_id,
        Product.shop_id == Shop.id,
        Grant.workspace_id == Product.workspace_id,
        Grant.product_id == Product.id,
        in_library(),
    )
    return list(db.session().scalars(select(Shop).where(bought).order_by(func.lower(Shop.name), Shop.id).limit(200)))
