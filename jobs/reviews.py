"""Letters that ask for reviews."""

from uuid import UUID

from app.core import db
from app.core.jobs import job
from app.reviews import actions


@job("reviews.remind_everywhere")
def remind_everywhere() -> None:
    with db.system("purchases that nobody reviewed"):
        actions.remind_everywhere()


@job("reviews.remind")
def remind(after: str | None = None) -> None:
    actions.remind(UUID(after) if after else None)
