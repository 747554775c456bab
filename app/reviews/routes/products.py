"""All reviews of a product, for everybody."""

from urllib.parse import urlencode

from flask import request

from app.catalogue.models import Product, Shop
from app.catalogue.queries import product_by_slug, shop_by_slug
from app.core.errors import NotFound
from app.core.web import render
from app.core.web.access import public
from app.core.web.urls import absolute
from app.reviews import queries, structured
from app.reviews.routes import blueprint


@blueprint.get("/s/<shop>/<product>/reviews")
@public
def product_reviews(shop: str, product: str) -> str:
    """The newest first, narrowed to so many stars where the address says so."""
    place = shop_by_slug(shop)
    row = _listed(place, product)
    asked = request.args.get("stars", "")
    stars = int(asked) if asked in ("1", "2", "3", "4", "5") else None
    page = queries.page(row, stars, queries.read_mark(request.args.get("after", "")))
    rating = queries.ratings([row]).get(row.id)
    here = f"/s/{place.slug}/{row.slug}/reviews"
    return render.page(
        "reviews/product.html",
        shop=place,
        product=row,
        rating=rating,
        reviews=page.reviews,
        stars=stars,
        path=here,
        next_url=_next(here, stars, queries.written(page.after)),
        first=not request.args.get("after"),
        canonical_url=absolute(here),
        data=_data(place, row, rating, page),
    )


def _listed(shop: Shop, slug: str) -> Product:
    """Raises NotFound, also for what only its buyers still see."""
    row = product_by_slug(shop, slug)
    if row.state != "listed":
        raise NotFound
    return row


def _next(path: str, stars: int | None, after: str) -> str:
    said = {"stars": stars, "after": after}
    return f"{path}?{urlencode({key: value for key, value in said.items() if value})}" if after else ""


def _data(shop: Shop, product: Product, rating: queries.Rating | None, page: queries.Page) -> dict[str, object]:
    address = absolute(f"/s/{shop.slug}/{product.slug}")
    parts = structured.opinions(rating, page.reviews)
    return {"@context": "https://schema.org", "@type": "Product", "@id": address, "name": product.title, **parts}
