"""The buyer's side: what they may review, and what they said. In the buyer's scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import joinedload, selectinload

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.core.errors import NotFound
from app.orders.models import Order, OrderLine
from app.reviews import rules
from app.reviews.models import Review
from app.workspaces.models import Member

SAME_ORDER = and_(Order.workspace_id == Grant.workspace_id, Order.id == Grant.order_id)
TEAM = "You belong to the team that sells this, so you cannot review it."
GONE = "Its price was given back, so it cannot be reviewed."
DISPUTED = "Your bank is looking into this payment, so it cannot be reviewed until that is settled."
NOT_YET = "You can review it once it has arrived."


@dataclass(frozen=True)
class Standing:
    """What a buyer may do about a product. `review` is theirs; `why` says what keeps them from writing, empty when nothing does;
    `through` is the purchase that lets them."""

    grant: Grant
    review: Review | None
    why: str
    through: UUID


def own_grant(grant_id: UUID) -> Grant:
    """With its product. Raises NotFound for somebody else's, and for guests who proved nothing yet."""
    loaded = joinedload(Grant.product)
    wanted = select(Grant).where(Grant.id == grant_id)
    options = loaded.joinedload(Product.shop), loaded.selectinload(Product.pictures)
    grant = db.session().scalars(wanted.options(*options)).unique().one_or_none()
    if grant is None:
        raise NotFound
    return grant


def standing(grant: Grant) -> Standing:
    """By all of the buyer's purchases of the same product; the one that was asked for first."""
    mine = Grant.product_id == grant.product_id
    rows = db.session().execute(
        select(Grant, Order)
        .join(Order, SAME_ORDER)
        .where(mine)
        .order_by((Grant.id == grant.id).desc(), Grant.created_at.desc())
        .options(selectinload(Order.lines), selectinload(Order.fulfilments))
        .execution_options(populate_existing=True)
    )
    reasons = [(one, _why(one, order)) for one, order in rows]
    through, why = next(((one, said) for one, said in reasons if not said), reasons[0])
    return Standing(grant, _written(mine), TEAM if _of_team(grant) else why, through.id)


def _why(grant: Grant, order: Order) -> str:
    if not rules.paid(grant):
        return DISPUTED if "refund" not in grant.stops else GONE
    line = next((one for one in order.lines if one.id == grant.source_id), None)
    return "" if line is not None and rules.ready_at(line, order) is not None else NOT_YET


def _written(of: ColumnElement[bool]) -> Review | None:
    same = and_(Grant.workspace_id == Review.workspace_id, Grant.id == Review.grant_id)
    found = select(Review).join(Grant, same).where(of).order_by(Review.created_at.desc())
    return db.session().scalars(found.execution_options(populate_existing=True)).first()


def _of_team(grant: Grant) -> bool:
    here = exists().where(Member.workspace_id == grant.workspace_id, Member.user_id == grant.buyer_id)
    return bool(db.session().scalar(select(here.where(Member.removed_at.is_(None)))))


Link = tuple[str, str]


def links(orders: Iterable[Order]) -> Mapping[UUID, Link]:
    """Per line of loaded orders that its buyer may review or did: words and an address. Two statements."""
    found = list(orders)
    grants = db.session().scalars(select(Grant).where(Grant.order_id.in_([one.id for one in found]))).all()
    reviews = _by_product(grants)
    lines = {line.id: (line, order) for order in found for line in order.lines}
    made: dict[UUID, Link] = {}
    for grant in grants:
        line, order = lines[grant.source_id]
        review = reviews.get((grant.workspace_id, grant.product_id))
        if review is not None:
            made[line.id] = (_given(review), f"/reviews/{grant.id}")
        elif _may(grant, line, order):
            made[line.id] = ("Write a review", f"/reviews/{grant.id}")
    return made


def _by_product(grants: Sequence[Grant]) -> dict[tuple[UUID, UUID], Review]:
    same = and_(Grant.workspace_id == Review.workspace_id, Grant.id == Review.grant_id)
    wanted = select(Review).join(Grant, same).where(Grant.product_id.in_([one.product_id for one in grants]))
    return {(row.workspace_id, row.product_id): row for row in db.session().scalars(wanted)}


def _given(review: Review) -> str:
    return f"Your review: {review.stars} of 5 stars"


def _may(grant: Grant, line: OrderLine, order: Order) -> bool:
    return rules.paid(grant) and rules.ready_at(line, order) is not None
