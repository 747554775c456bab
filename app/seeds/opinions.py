"""What buyers of the demo thought of what they bought, days after it was with them, and what the sellers answered."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.orders.models import Order
from app.reviews import actions, queries
from app.reviews.models import Review
from app.seeds.art import dice
from app.seeds.cast import Person
from app.seeds.drain import Drain
from app.seeds.shops import Place
from app.seeds.verdicts import BY_CATEGORY, FILES, Verdict

LIKELY = 0.6
"""How many of those who bought something say what they think."""


def happen(people: dict[str, Person], places: list[Place], begun: datetime, drain: Drain) -> None:
    """Only of purchases, by those who made them. Begun again, what was said stays."""
    known = {person.id: person for person in people.values()}
    for place in places:
        heard: Counter[str] = Counter()
        for grant, product, category in _purchases(place):
            chance, moment = dice(f"review {product} {known[grant.buyer_id].email}"), _ready(place, grant)
            after = timedelta(hours=chance.randrange(20, 12 * 24))
            if chance.random() < LIKELY and moment is not None and moment + after < begun:
                verdict = _next(BY_CATEGORY.get(category, FILES), heard[category])
                heard[category] += 1
                _say(grant, known[grant.buyer_id], verdict, moment + after, drain)
                _answer(place, grant, verdict, min(moment + after + timedelta(hours=9), begun), drain)


def _next(verdicts: Sequence[Verdict], number: int) -> Verdict:
    """Nobody says the same in the same words: who comes later gives stars alone."""
    verdict = verdicts[number % len(verdicts)]
    return verdict if number < len(verdicts) else Verdict(verdict.stars, "")


def _purchases(place: Place) -> Iterator[tuple[Grant, str, str]]:
    """Each with the title of its product and the address of its category, in the order in which they were bought."""
    loaded = joinedload(Grant.product).joinedload(Product.category)
    with db.workspace(place.workspace_id) as session:
        rows = session.scalars(
            select(Grant).options(loaded).order_by(Grant.product_id, Grant.created_at, Grant.id)
        ).all()
    for row in rows:
        yield row, row.product.title, row.product.category.slug if row.product.category else ""


def _say(grant: Grant, buyer: Person, verdict: Verdict, moment: datetime, drain: Drain) -> None:
    with db.at(moment):
        with db.buyer(buyer.id):
            mine = queries.own_grant(grant.id)
            standing = queries.standing(mine)
            if standing.review is None and not standing.why:
                actions.write(buyer.actor, mine, actions.Said(verdict.stars, verdict.words))
        drain()


def _answer(place: Place, grant: Grant, verdict: Verdict, moment: datetime, drain: Drain) -> None:
    """What was said about this very purchase, once."""
    with db.at(moment):
        with db.workspace(place.workspace_id, place.owner.id) as session:
            review = session.scalars(select(Review).where(Review.grant_id == grant.id)).one_or_none()
            if verdict.answer and review is not None and review.shown and review.reply is None:
                actions.reply(place.owner.actor, review, verdict.answer)
        drain()


def _ready(place: Place, grant: Grant) -> datetime | None:
    """When it was with its buyer."""
    loaded = selectinload(Order.lines), selectinload(Order.fulfilments)
    with db.workspace(place.workspace_id) as session:
        order = session.scalars(select(Order).where(Order.id == grant.order_id).options(*loaded)).one()
        line = next(one for one in order.lines if one.id == grant.source_id)
        return queries.ready_at(line, order)
