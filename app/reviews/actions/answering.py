"""The seller's one answer to a review, which everybody reads below it."""

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import emit
from app.notifications import actions as notifications
from app.reviews import queries, text
from app.reviews.actions.settling import tell
from app.reviews.events import ReviewAnswered
from app.reviews.models import Review

LONGEST_REPLY = 2000
NEW = "reviews.new"


class NotShown(Refused):
    status = 409
    message = "Nobody can read this review at the moment, so it cannot be answered. Nothing was published."


def subject(review: Review) -> str:
    """What an inbox calls it."""
    return f"review:{review.id}"


def reply(actor: Actor, review: Review, typed: str) -> Review:
    """In the seller's scope: answer, or answer in other words. Raises NotShown, Refused."""
    words = text.body(typed)
    if not words:
        raise Refused("Write an answer first. Nothing was published.", field="reply")
    if len(words) > LONGEST_REPLY:
        raise Refused(f"Keep it under {LONGEST_REPLY} characters. Nothing was published.", field="reply")
    review = db.lock(review)
    if not review.shown:
        raise NotShown
    first = review.reply is None
    review.reply, review.reply_author, review.replied_at = words, actor.name, review.replied_at or db.now()
    audit.record(actor, "reviews.reply" if first else "reviews.change_reply", review)
    notifications.read_for(queries.readers(), NEW, review.workspace_id, [subject(review)])
    _told(review, first)
    return review


def _told(review: Review, first: bool) -> None:
    if not first:
        tell(review)
        return
    db.session().flush()
    ids = {"workspace_id": review.workspace_id, "product_id": review.product_id, "review_id": review.id}
    emit(ReviewAnswered(**ids))


def remove_reply(actor: Actor, review: Review) -> None:
    """In the seller's scope. Without an answer nothing happens."""
    review = db.lock(review)
    if review.reply is None:
        return
    review.reply = review.reply_author = review.replied_at = None
    audit.record(actor, "reviews.remove_reply", review)
    tell(review)
