"""What the platform decides about. In system scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import joinedload

from app.catalogue.models import Product
from app.core import db
from app.core.errors import NotFound
from app.reviews.models import Review, ReviewReport
from app.workspaces.models import Workspace

PAGE = 25


@dataclass(frozen=True)
class Case:
    """A report with what it is about."""

    report: ReviewReport
    review: Review
    workspace: Workspace


def cases(*, decided: bool = False, after: UUID | None = None) -> tuple[Sequence[Case], UUID | None]:
    """What waits, the oldest first; or what was decided, the newest first. And where the next page goes on."""
    wanted = _cases().where(ReviewReport.state != "open" if decided else ReviewReport.state == "open")
    if after is not None:
        wanted = wanted.where(ReviewReport.id < after if decided else ReviewReport.id > after)
    order = ReviewReport.id.desc() if decided else ReviewReport.id
    rows = [Case(*row) for row in db.session().execute(wanted.order_by(order).limit(PAGE + 1)).unique()]
    shown = rows[:PAGE]
    return shown, shown[-1].report.id if len(rows) > PAGE else None


def case(report_id: UUID) -> Case:
    """Raises NotFound."""
    row = db.session().execute(_cases().where(ReviewReport.id == report_id)).unique().one_or_none()
    if row is None:
        raise NotFound
    return Case(*row)


def waiting() -> int:
    """How many wait, counted up to db.MOST_COUNTED."""
    return (
        db.session()
        .execute(select(db.counted(select(ReviewReport.id).where(ReviewReport.state == "open"))))
        .scalar_one()
    )


def _cases() -> Select[*tuple[Any, ...]]:
    same = and_(Review.workspace_id == ReviewReport.workspace_id, Review.id == ReviewReport.review_id)
    return (
        select(ReviewReport, Review, Workspace)
        .join(Review, same)
        .join(Workspace, Workspace.id == ReviewReport.workspace_id)
        .options(joinedload(Review.product).joinedload(Product.shop))
    )
