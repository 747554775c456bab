"""Facts about reviews; the seller's list listens."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ReviewFact(Event):
    """What every fact about a review carries."""

    workspace_id: UUID
    product_id: UUID
    review_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:reviews"]


@dataclass(frozen=True, kw_only=True)
class ReviewWritten(ReviewFact):
    """New, or (`first` is false) its author changed it."""

    first: bool


@dataclass(frozen=True, kw_only=True)
class ReviewAnswered(ReviewFact):
    """Its seller answers it for the first time."""


@dataclass(frozen=True, kw_only=True)
class ReviewReported(ReviewFact):
    """It waits for the platform."""


@dataclass(frozen=True, kw_only=True)
class ReviewJudged(ReviewFact):
    """The platform decided about a report."""

    report_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReviewChanged(ReviewFact):
    """Anything else: withdrawn, not counted any more, counted again, its answer changed or taken back."""
