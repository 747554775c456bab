"""A buyer has one review of a product, it hangs on a purchase that is paid where there is one, and counts while there is."""

from uuid import UUID

from sqlalchemy import exists, func, select

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.core.outbox import emit
from app.reviews import rules
from app.reviews.events import ReviewChanged
from app.reviews.models import Review, ReviewTally


def queue_up(product: Product) -> None:
    """Whoever changes what counts for a product waits here for the one before, in the seller's scope."""
    db.ensure(ReviewTally, product_id=product.id, shop_id=product.shop_id)


def purchases(grant: Grant) -> list[Grant]:
    """All of one buyer's of the same product, the newest first, as they are now."""
    mine = select(Grant).where(Grant.buyer_id == grant.buyer_id, Grant.product_id == grant.product_id)
    newest = mine.order_by(Grant.created_at.desc(), Grant.id.desc()).execution_options(populate_existing=True)
    return list(db.session().scalars(newest))


def written(grants: list[Grant]) -> list[Review]:
    """What was said about any of these purchases, the latest words first. Locked."""
    wanted = select(Review).where(Review.grant_id.in_([one.id for one in grants])).with_for_update()
    latest = func.coalesce(Review.edited_at, Review.created_at).desc()
    return list(
        db.session().scalars(wanted.order_by(latest, Review.id.desc()).execution_options(populate_existing=True))
    )


def settle(grant_id: UUID) -> None:
    """A purchase was closed, opened, or came to somebody else. Repeating it changes nothing."""
    grant = db.get(Grant, grant_id)
    if not _reviewed(grant):
        return
    queue_up(db.get(Product, grant.product_id))
    grants = purchases(grant)
    found = written(grants)
    for one in found[1:]:
        db.session().delete(one)
    db.session().flush()
    for one in found[:1]:
        _hang(one, grants)


def _reviewed(grant: Grant) -> bool:
    """Asked without a lock: the tally comes before the reviews."""
    found = exists().where(Review.grant_id.in_([one.id for one in purchases(grant)]))
    return bool(db.session().scalar(select(found)))


def _hang(review: Review, grants: list[Grant]) -> None:
    """On the purchase it was about while that is paid, else on another one of theirs."""
    stands = [one.id for one in grants if rules.paid(one)]
    before = review.grant_id, review.void_at
    if stands and review.grant_id not in stands:
        review.grant_id = stands[0]
    review.void_at = None if stands else review.void_at or db.now()
    if (review.grant_id, review.void_at) != before:
        tell(review)


def tell(review: Review) -> None:
    db.session().flush()
    emit(ReviewChanged(workspace_id=review.workspace_id, product_id=review.product_id, review_id=review.id))
