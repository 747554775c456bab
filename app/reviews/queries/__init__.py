"""The face of the reviews' queries, by noun."""

from app.reviews.queries.buyers import Standing, links, own_grant, standing
from app.reviews.queries.due import Due, due, places
from app.reviews.queries.platform import Case, case, cases, waiting
from app.reviews.queries.products import ON_PRODUCT, Page, Rating, of_shop, page, ratings, read_mark, written
from app.reviews.queries.sellers import (
    VIEWS,
    Filters,
    Line,
    Listing,
    line_of,
    listing,
    matching,
    one,
    readers,
    reminders,
    reviewed,
    unhappy,
)
from app.reviews.rules import ready_at

__all__ = [
    "ON_PRODUCT",
    "VIEWS",
    "Case",
    "Due",
    "Filters",
    "Line",
    "Listing",
    "Page",
    "Rating",
    "Standing",
    "case",
    "cases",
    "due",
    "line_of",
    "links",
    "listing",
    "matching",
    "of_shop",
    "one",
    "own_grant",
    "page",
    "places",
    "ratings",
    "read_mark",
    "readers",
    "ready_at",
    "reminders",
    "reviewed",
    "standing",
    "unhappy",
    "waiting",
    "written",
]
