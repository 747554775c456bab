"""Structured data for search engines (schema.org AggregateRating and Review), of what the page shows."""

from collections.abc import Sequence
from typing import Any

from app.reviews.models import Review
from app.reviews.queries import Rating

BEST, WORST = 5, 1


def opinions(rating: Rating | None, reviews: Sequence[Review]) -> dict[str, Any]:
    """Parts of a Product; none while nobody reviewed it, since an empty rating is refused by those who read it."""
    if rating is None:
        return {}
    return {
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": f"{rating.average:f}",
            "reviewCount": rating.count,
            "bestRating": BEST,
            "worstRating": WORST,
        },
        "review": [_review(one) for one in reviews],
    }


def _review(one: Review) -> dict[str, Any]:
    return {
        "@type": "Review",
        "reviewRating": {"@type": "Rating", "ratingValue": one.stars, "bestRating": BEST, "worstRating": WORST},
        "author": {"@type": "Person", "name": one.author},
        "datePublished": one.created_at.date().isoformat(),
        **({"reviewBody": one.body} if one.body else {}),
    }
