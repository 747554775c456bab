"""Who hears of what about a review, in the seller's scope, after the commit."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.catalogue.models import Product
from app.core import db
from app.notifications import actions as notifications
from app.reviews import queries, words
from app.reviews.actions.answering import NEW, subject
from app.reviews.models import Review, ReviewReport
from app.workspaces.models import Workspace


def tell_team(review_id: UUID, *, first: bool) -> None:
    """Whoever may read reviews. What was taken back or hidden meanwhile is no news."""
    review = _shown(review_id)
    if review is None:
        return
    changed = "" if first else ", changed"
    notifications.tell_all(
        queries.readers(),
        NEW,
        subject(review),
        title=f"{words.stars(review.stars)}{changed} · {review.product.title}",
        words=words.excerpt(review),
        path=_desk(review),
        actor=review.author,
        workspace_id=review.workspace_id,
    )


def tell_author(review_id: UUID) -> None:
    """That it was answered, where the author has an account."""
    review = _shown(review_id)
    if review is None or review.reply is None or not _account(review):
        return
    shop = review.product.shop
    notifications.tell(
        review.grant.buyer_id,
        "reviews.answered",
        subject(review),
        title=review.product.title,
        words=review.reply,
        path=f"/reviews/{review.grant_id}",
        actor=shop.name,
    )


def tell_of_verdict(report_id: UUID) -> None:
    """Both sides: the author where something changes for them, and who reported it."""
    report = db.get(ReviewReport, report_id)
    review = _loaded(report.review_id)
    if review is None:
        return
    if (report.state == "hidden" or report.reason == words.CHANGED) and _account(review):
        verdict = "It is hidden: " if report.state == "hidden" else "It is shown again: "
        _verdict(review.grant.buyer_id, review, verdict + report.answer, f"/reviews/{review.grant_id}")
    if report.reporter_id is not None:
        verdict = "Hidden: " if report.state == "hidden" else "Kept: "
        _verdict(report.reporter_id, review, verdict + report.answer, _desk(review))


def _verdict(person: UUID, review: Review, said: str, path: str) -> None:
    title = f"A review of {review.product.title}"
    notifications.tell(person, "reviews.decision", subject(review), title=title, words=said, path=path)


def _shown(review_id: UUID) -> Review | None:
    review = _loaded(review_id)
    return review if review is not None and review.shown else None


def _loaded(review_id: UUID) -> Review | None:
    parts = joinedload(Review.product).joinedload(Product.shop), joinedload(Review.grant)
    return db.session().scalars(select(Review).where(Review.id == review_id).options(*parts)).one_or_none()


def _account(review: Review) -> bool:
    """Guests have no inbox."""
    with db.system("whether a reviewer has an account") as session:
        return bool(session.scalar(select(exists().where(User.id == review.grant.buyer_id))))


def _desk(review: Review) -> str:
    slug = db.session().scalars(select(Workspace.slug).where(Workspace.id == review.workspace_id)).one()
    return f"/w/{slug}/reviews?review={review.id}"
