"""What app/wiring.py hands to the storefront and the library: what buyers say about a product."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.access.models import Grant
from app.catalogue.models import Product, Shop
from app.reviews import actions, queries, structured, words
from app.reviews.queries import Page, Rating, Standing


@dataclass(frozen=True)
class Tab:
    """For templates/reviews/_reviews.html. `path` is the page with all of them; `rating` is None while there are none."""

    product: Product
    rating: Rating | None
    page: Page
    path: str

    @property
    def data(self) -> dict[str, Any]:
        """For search engines, of what the page shows."""
        return structured.opinions(self.rating, self.page.reviews)

    @property
    def next_url(self) -> str:
        return f"{self.path}?{urlencode({'after': queries.written(self.page.after)})}" if self.page.after else ""


def look(product: Product, shop: Shop) -> Tab:
    """In anybody's scope."""
    rating = queries.ratings([product]).get(product.id)
    page = queries.page(product, limit=queries.ON_PRODUCT) if rating else Page([], None)
    return Tab(product, rating, page, f"/s/{shop.slug}/{product.slug}/reviews")


@dataclass(frozen=True)
class Own:
    """For templates/reviews/_own.html, in the buyer's scope."""

    standing: Standing
    back: str

    @property
    def grant(self) -> Grant:
        return self.standing.grant

    words = words
    longest = actions.LONGEST


def own(grant: Grant) -> Own:
    """What the buyer said or may say about a purchase, on its page in the library."""
    return Own(queries.standing(grant), f"/library/{grant.id}#review")
