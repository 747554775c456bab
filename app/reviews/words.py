"""What stars and reasons are called."""

from app.reviews.models import Review

STARS = {1: "Poor", 2: "Fair", 3: "Good", 4: "Very good", 5: "Excellent"}
REASONS = {
    "private": "It tells somebody's private data",
    "abuse": "It insults, threatens or hates",
    "elsewhere": "It is not about this product",
    "advert": "It advertises something else",
    "pressure": "It was written to press for something",
    "law": "It breaks the law",
}
"""Why a seller may report a review. That it is bad is none."""
CHANGED = "changed"
"""The reason of a report that nobody made: the author changed a hidden review, so it is looked at again."""


def stars(count: int) -> str:
    return "1 star" if count == 1 else f"{count} stars"


def reason(key: str) -> str:
    return "Its author changed it" if key == CHANGED else REASONS.get(key, key)


def excerpt(review: Review) -> str:
    """What an inbox says of it."""
    return review.body or "No words, only stars."
