"""A buyer says what they think of something they bought, changes it, or takes it back."""

from dataclasses import dataclass

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.orders import actions as orders
from app.orders.models import Order
from app.reviews import queries, rules, text, words
from app.reviews.actions import settling
from app.reviews.actions.reporting import look_again
from app.reviews.events import ReviewWritten
from app.reviews.models import Review

LONGEST = 3000
LONGEST_NAME = 60


class CannotReview(Refused):
    status = 409
    message = "This cannot be reviewed at the moment. Nothing was published."


@dataclass(frozen=True)
class Said:
    """What a buyer typed. `name` is a guest's; people with an account are called as their profile says."""

    stars: int | None
    body: str = ""
    name: str = ""


def write(actor: Actor, grant: Grant, said: Said) -> Review:
    """In the buyer's scope: publish their review of a product, or what it says from now on. Raises CannotReview, Refused."""
    standing = queries.standing(grant)
    if standing.why:
        raise CannotReview(f"{standing.why} Nothing was published.")
    values = _checked(actor, said)
    with db.workspace(grant.workspace_id):
        product = db.get(Product, grant.product_id)
        settling.queue_up(product)
        through = db.lock(db.get(Grant, standing.through))
        if not rules.paid(through):
            raise CannotReview
        found = settling.written(settling.purchases(through))
        return _change(actor, found[0], values) if found else _publish(actor, through, values)


def _checked(actor: Actor, said: Said) -> dict[str, object]:
    body = text.body(said.body)
    if said.stars not in words.STARS:
        raise Refused("Choose from one to five stars. Nothing was published yet.", field="stars")
    if len(body) > LONGEST:
        raise Refused(f"Keep it under {LONGEST} characters. Nothing was published yet.", field="body")
    return {"stars": said.stars, "body": body, "name": _name(actor, said.name)}


def _name(actor: Actor, typed: str) -> str:
    """Empty for «A buyer». Nobody's address becomes public by being typed as a name."""
    name = text.name(actor.name if actor.kind == "person" else typed)
    if actor.kind == "person":
        return "" if text.holds_address(name) else name[:LONGEST_NAME]
    if text.holds_address(name):
        raise Refused("Everybody can read this name: leave your e-mail address out of it.", field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(f"Keep the name under {LONGEST_NAME} characters.", field="name")
    return name


def _publish(actor: Actor, grant: Grant, values: dict[str, object]) -> Review:
    review = db.add(Review(product_id=grant.product_id, grant_id=grant.id, **values))
    _note(actor, grant, f"Reviewed {{title}}: {words.stars(review.stars)}")
    _written(review, first=True)
    return review


def _change(actor: Actor, review: Review, values: dict[str, object]) -> Review:
    if all(getattr(review, name) == value for name, value in values.items()):
        return review
    for name, value in values.items():
        setattr(review, name, value)
    review.edited_at, review.version = db.now(), review.version + 1
    if review.hidden_at is not None:
        look_again(review)
    _written(review, first=False)
    return review


def _written(review: Review, *, first: bool) -> None:
    db.session().flush()
    ids = {"workspace_id": review.workspace_id, "product_id": review.product_id, "review_id": review.id}
    emit(ReviewWritten(**ids, first=first))


def withdraw(actor: Actor, grant: Grant) -> bool:
    """In the buyer's scope: their review is gone, with its answer. Returns whether there was one. Of one that the platform hid
    the words go and the fact stays, so that writing it anew does not undo the decision."""
    with db.workspace(grant.workspace_id):
        settling.queue_up(db.get(Product, grant.product_id))
        found = settling.written(settling.purchases(grant))
        for review in found:
            _take_back(review)
            settling.tell(review)
        if found:
            _note(actor, grant, "Took back the review of {title}")
    return bool(found)


def _take_back(review: Review) -> None:
    if review.hidden_at is None:
        db.session().delete(review)
        return
    review.body, review.name, review.edited_at, review.version = "", "", db.now(), review.version + 1


def _note(actor: Actor, grant: Grant, summary: str) -> None:
    """On the order's timeline, which the seller alone reads."""
    order, product = db.get(Order, grant.order_id), db.get(Product, grant.product_id)
    orders.tell(order, "order", actor, summary.format(title=product.title))
