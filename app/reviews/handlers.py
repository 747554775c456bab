"""Reactions to news about purchases, and to our own."""

from app.access.events import GrantChanged
from app.reviews import actions
from app.reviews.events import ReviewAnswered, ReviewJudged, ReviewWritten


def on_grant_changed(event: GrantChanged) -> None:
    """A review counts while its author's purchase is paid, and comes along when that changes hands."""
    actions.settle(event.grant_id)


def on_review_written(event: ReviewWritten) -> None:
    actions.tell_team(event.review_id, first=event.first)


def on_review_answered(event: ReviewAnswered) -> None:
    actions.tell_author(event.review_id)


def on_review_judged(event: ReviewJudged) -> None:
    actions.tell_of_verdict(event.report_id)
