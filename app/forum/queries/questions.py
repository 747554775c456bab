"""Questions about products: what stands on a product's page, and what the team arranges there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from app.catalogue.models import Product, Shop
from app.core import db
from app.forum.models import Answer, Community, Draft, ForumCategory, ForumPerson, Post, Thread
from app.forum.queries.posts import Clean
from app.forum.queries.threads import people

SHOWN, MOST_FAQ = 5, 20


@dataclass(frozen=True)
class Entry:
    """A question with the answer that the seller chose for the product's page."""

    row: Answer
    thread: Thread
    post: Post
    by: ForumPerson | None

    @property
    def html(self) -> Clean:
        return Clean(self.post.html)


@dataclass(frozen=True)
class Tab:
    """What everybody may read on a product's page. `category` is None until the first question; `asked` counts all questions."""

    community: Community
    category: ForumCategory | None
    faq: list[Entry]
    threads: list[Thread]
    people: dict[UUID, ForumPerson]

    @property
    def asked(self) -> int:
        return self.category.threads if self.category else 0

    @property
    def path(self) -> str:
        """Where all questions about this product are."""
        return f"/c/{self.community.slug}/{self.category.slug}" if self.category else f"/c/{self.community.slug}"


def tab(workspace_id: UUID, product_id: UUID) -> Tab | None:
    """Read as a visitor reads, whoever looks; None without a community, or where the seller turned questions off."""
    with db.community(workspace_id) as session:
        community = session.scalars(select(Community)).one_or_none()
        if community is None or turned_off(product_id):
            return None
        category = of_product(product_id)
        faq = entries(product_id)
        threads = list(session.scalars(_newest(category, faq))) if category else []
        return Tab(community, category, faq, threads, people({one.author_id for one in threads}))


def turned_off(product_id: UUID) -> bool:
    """Whether the seller closed this product's questions. Visitors do not see an archived category, so the workspace is asked."""
    wanted = select(ForumCategory.archived_at).where(ForumCategory.product_id == product_id)
    with db.workspace(db.current_workspace()) as session:
        return session.scalar(wanted) is not None


def of_product(product_id: UUID) -> ForumCategory | None:
    """The category of a product's questions, once there is one."""
    return db.session().scalars(select(ForumCategory).where(ForumCategory.product_id == product_id)).one_or_none()


def _newest(category: ForumCategory, faq: Sequence[Entry]) -> Select[Thread]:
    """What stands in the FAQ is not said twice."""
    wanted = select(Thread).where(Thread.category_id == category.id, Thread.state == "visible")
    wanted = wanted.where(Thread.id.not_in([one.thread.id for one in faq]))
    return wanted.order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(SHOWN)


def entries(product_id: UUID) -> list[Entry]:
    """The FAQ as it stands at this moment: an answer that was hidden or is accepted no more is not in it."""
    wanted = (
        select(Answer, Thread, Post)
        .join(Thread, and_(Thread.workspace_id == Answer.workspace_id, Thread.id == Answer.thread_id))
        .join(Post, and_(Post.workspace_id == Answer.workspace_id, Post.id == Answer.post_id))
        .where(Answer.product_id == product_id, *_standing())
        .order_by(Answer.position, Answer.id)
        .limit(MOST_FAQ)
    )
    rows = db.session().execute(wanted).all()
    known = people({row.Post.author_id for row in rows})
    return [Entry(row.Answer, row.Thread, row.Post, known.get(row.Post.author_id)) for row in rows]


def _standing() -> tuple[Any, ...]:
    return (Thread.accepted_id == Answer.post_id, Thread.state == "visible", Post.state == "visible")


def answer_of(thread: Thread) -> Answer | None:
    """The thread's place in its product's FAQ, shown at the moment or not."""
    return db.session().scalars(select(Answer).where(Answer.thread_id == thread.id)).first()


def draft_of(user_id: UUID, place: str) -> Draft | None:
    """What somebody typed and has not sent."""
    return db.session().scalars(select(Draft).where(Draft.user_id == user_id, Draft.place == place)).one_or_none()


@dataclass(frozen=True)
class Shelf:
    """A product as the team's page of questions shows it. `fallen`: FAQ entries whose answer does not stand any more."""

    product: Product
    category: ForumCategory | None
    faq: list[Entry]
    fallen: list[tuple[Answer, Thread]]

    @property
    def on(self) -> bool:
        return self.category is not None and self.category.archived_at is None


def shelves() -> list[Shelf]:
    """In the workspace's scope: all listed products by title, and those that were asked about. Four statements."""
    categories = {
        row.product_id: row
        for row in db.session().scalars(select(ForumCategory).where(ForumCategory.product_id.is_not(None)))
    }
    wanted = select(Product).where((Product.state == "listed") | Product.id.in_(categories)).order_by(Product.title)
    faq, fallen = _all_entries()
    return [
        Shelf(row, categories.get(row.id), faq.get(row.id, []), fallen.get(row.id, []))
        for row in db.session().scalars(wanted.limit(500))
    ]


def _all_entries() -> tuple[dict[UUID, list[Entry]], dict[UUID, list[tuple[Answer, Thread]]]]:
    wanted = (
        select(Answer, Thread, Post)
        .join(Thread, and_(Thread.workspace_id == Answer.workspace_id, Thread.id == Answer.thread_id))
        .join(Post, and_(Post.workspace_id == Answer.workspace_id, Post.id == Answer.post_id))
        .order_by(Answer.position, Answer.id)
    )
    rows = db.session().execute(wanted).all()
    known = people({row.Post.author_id for row in rows})
    faq: dict[UUID, list[Entry]] = {}
    fallen: dict[UUID, list[tuple[Answer, Thread]]] = {}
    for answer, thread, post in rows:
        if thread.accepted_id == answer.post_id and thread.state == post.state == "visible":
            faq.setdefault(answer.product_id, []).append(Entry(answer, thread, post, known.get(post.author_id)))
        else:
            fallen.setdefault(answer.product_id, []).append((answer, thread))
    return faq, fallen


def product_page(category: ForumCategory | None) -> tuple[str, str] | None:
    """Title and page of the listed product that a category asks about."""
    if category is None or category.product_id is None:
        return None
    wanted = select(Product.title, Product.slug, Shop.slug.label("shop")).join(
        Shop, and_(Shop.workspace_id == Product.workspace_id, Shop.id == Product.shop_id)
    )
    row = db.session().execute(wanted.where(Product.id == category.product_id, Product.state == "listed")).one_or_none()
    return (row.title, f"/s/{row.shop}/{row.slug}#questions") if row else None


def asked_about() -> Sequence[ForumCategory]:
    """Categories of products that hold a question, the liveliest first."""
    wanted = select(ForumCategory).where(ForumCategory.product_id.is_not(None), ForumCategory.archived_at.is_(None))
    order = (ForumCategory.last_post_at.desc().nulls_last(), ForumCategory.name)
    return db.session().scalars(wanted.where(ForumCategory.threads > 0).order_by(*order).limit(200)).all()


def any_asked() -> bool:
    """Whether there is anything to find among the questions about products."""
    wanted = select(func.count()).select_from(ForumCategory).where(ForumCategory.product_id.is_not(None))
    return bool(db.session().scalar(wanted))
