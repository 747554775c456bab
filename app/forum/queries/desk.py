"""What the team's desk shows. In the workspace's scope."""

from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.models import Product
from app.core import db
from app.core.errors import NotFound
from app.forum.models import CategoryProduct, Community, ForumCategory, ForumPerson, Thread


def community() -> Community | None:
    """The workspace's, when it has one."""
    return db.session().scalars(select(Community)).one_or_none()


def community_or_404() -> Community:
    """Raises NotFound before a community was opened."""
    row = community()
    if row is None:
        raise NotFound
    return row


def categories() -> list[ForumCategory]:
    """All, archived ones last, each product's questions behind the others."""
    order = (ForumCategory.archived_at.is_not(None), ForumCategory.product_id.is_not(None), ForumCategory.position)
    return list(db.session().scalars(select(ForumCategory).order_by(*order, ForumCategory.id)))


def category(category_id: UUID) -> ForumCategory:
    """Raises NotFound."""
    return db.get(ForumCategory, category_id)


def chosen(row: ForumCategory) -> list[UUID]:
    """The products whose buyers may enter it."""
    wanted = select(CategoryProduct.product_id).where(CategoryProduct.category_id == row.id)
    return list(db.session().scalars(wanted))


def products() -> list[Product]:
    """What can be chosen, by title."""
    wanted = select(Product).where(Product.state != "archived").order_by(Product.title).limit(500)
    return list(db.session().scalars(wanted))


def figures() -> dict[str, int]:
    """How many people and threads there are."""
    threads = select(func.count()).select_from(Thread).where(Thread.state == "visible")
    people = select(func.count()).select_from(ForumPerson)
    return {"threads": db.session().scalar(threads) or 0, "people": db.session().scalar(people) or 0}
