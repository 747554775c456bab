"""A seller takes no review away: they say why it breaks the rules, and the platform decides."""

from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Product
from app.core import audit, db
from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, Refused
from app.core.outbox import emit
from app.reviews import text, words
from app.reviews.actions.settling import queue_up
from app.reviews.events import ReviewJudged, ReviewReported
from app.reviews.models import Review, ReviewReport

LONGEST_WORDS = 1000


class AlreadyReported(Refused):
    status = 409
    message = "This review waits for a decision already. Nothing was sent."


class AlreadyDecided(Refused):
    status = 409
    message = "Somebody decided about this already. Nothing was changed."


class KeptBefore(Refused):
    status = 409
    message = "The platform looked at this review as it stands and kept it. It can be reported again when its author changes it."


class OutOfSight(Refused):
    status = 409
    message = "Nobody can read this review at the moment. Nothing was sent."


def report(actor: Actor, review: Review, reason: str, typed: str) -> ReviewReport:
    """In the seller's scope. Raises AlreadyReported, KeptBefore, OutOfSight, Refused."""
    said = text.body(typed)
    if reason not in words.REASONS:
        raise Refused("Choose what is wrong with it. Nothing was sent.", field="reason")
    if not said:
        raise Refused("Say which words you mean, for the person who decides. Nothing was sent.", field="words")
    if len(said) > LONGEST_WORDS:
        raise Refused(f"Keep it under {LONGEST_WORDS} characters. Nothing was sent.", field="words")
    review = db.lock(review)
    last = _last(review)
    if not review.shown:
        raise OutOfSight
    if last is not None and last.state == "open":
        raise AlreadyReported
    if last is not None and last.version == review.version:
        raise KeptBefore
    made = _put(review, reason, said, actor)
    audit.record(actor, "reviews.report", review, reason=reason)
    return made


def look_again(review: Review) -> None:
    """The author changed what is hidden, so it waits for another decision."""
    last = _last(review)
    if last is None or last.state != "open":
        _put(review, words.CHANGED, "", SYSTEM)


def _put(review: Review, reason: str, said: str, actor: Actor) -> ReviewReport:
    made = db.add(
        ReviewReport(
            review_id=review.id,
            reporter_id=actor.user_id,
            reporter_name=actor.name,
            reason=reason,
            words=said,
            version=review.version,
        )
    )
    ids = {"workspace_id": review.workspace_id, "product_id": review.product_id, "review_id": review.id}
    emit(ReviewReported(**ids))
    return made


def _last(review: Review) -> ReviewReport | None:
    wanted = select(ReviewReport).where(ReviewReport.review_id == review.id).order_by(ReviewReport.id.desc())
    return db.session().scalars(wanted.limit(1)).one_or_none()


def decide(actor: Actor, workspace_id: UUID, report_id: UUID, verdict: str, answer: str, version: int) -> ReviewReport:
    """For who runs the platform, in system scope: `verdict` is keep (it is read by everybody, again if it was hidden) or hide.

    `answer` tells both sides why. `version` is the review's that was looked at. Raises AlreadyDecided, Conflict, Refused.
    """
    said = " ".join(text.body(answer).split())
    if verdict not in ("keep", "hide"):
        raise Refused("Choose whether it stays. Nothing was changed.", field="verdict")
    if not said or len(said) > LONGEST_WORDS:
        raise Refused(f"Say why, in at most {LONGEST_WORDS} characters: both sides read it.", field="answer")
    with db.workspace(workspace_id):
        row = db.get(ReviewReport, report_id)
        queue_up(db.get(Product, db.get(Review, row.review_id).product_id))
        review, row = db.lock(db.get(Review, row.review_id)), db.lock(row)
        if row.state != "open":
            raise AlreadyDecided
        if review.version != version:
            raise Conflict(
                "Its author changed the review since you opened this page. Read it again; nothing was decided."
            )
        _decided(actor, row, review, verdict, said)
    with db.workspace(db.PLATFORM):
        audit.record(actor, f"reviews.{verdict}", review, reason=row.reason, answer=said)
    return row


def _decided(actor: Actor, row: ReviewReport, review: Review, verdict: str, said: str) -> None:
    hidden = verdict == "hide"
    row.state, row.answer, row.answered_by = "hidden" if hidden else "kept", said, actor.name
    row.decided_at, row.version = db.now(), review.version
    review.hidden_at = (review.hidden_at or db.now()) if hidden else None
    review.hidden_for = said if hidden else None
    audit.record(actor, f"reviews.{verdict}", review, reason=row.reason, answer=said)
    db.session().flush()
    ids = {"workspace_id": review.workspace_id, "product_id": review.product_id, "review_id": review.id}
    emit(ReviewJudged(**ids, report_id=row.id))
