"""Home, discovery, a shop."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from app.catalogue.models import Media, Product
from app.catalogue.queries import categories, picture_url, shop_by_slug
from app.core.web import render
from app.core.web.access import public
from app.core.web.urls import absolute
from app.storefront import forms, opinions, questions, structured, theme
from app.storefront.queries import discover, pages
from app.storefront.queries.cards import cards, ready_pictures
from app.storefront.queries.discover import KINDS, SORTS, Wish
from app.storefront.routes import blueprint, recent

DAY = 86_400


@blueprint.get("/")
@public
def home() -> str:
    featured = pages.featured()
    shown = cards([*featured, *pages.newest()])
    return render.page(
        "storefront/home.html",
        featured=shown[: len(featured)],
        tiles=pages.shop_tiles(),
        shelves=pages.category_counts(),
        newest=shown[len(featured) :],
        recent=recent.recent(),
        share_picture=first_of(featured),
        picture_url=picture_url,
        data=structured.site_data(),
    )


@blueprint.get("/discover")
@public
def discovery() -> str:
    currencies = discover.currencies()
    wish, problems = forms.wish(request.args, currencies)
    hits = discover.search(wish)
    found, facets = discover.find(wish, hits), discover.facets(wish, hits)
    return render.page(
        "storefront/discover.html",
        **_listing("/discover", wish, found),
        problems=problems,
        currencies=[(code, code) for code in currencies],
        facets=facets,
        shelves=categories(),
        kinds=KINDS,
        near=_near(wish) if not facets.total else [],
        without_filters=_without_filters(wish, hits) if not facets.total else 0,
    )


@blueprint.get("/s/<shop>")
@public
def shop(shop: str) -> str:
    row = shop_by_slug(shop)
    wish, _ = forms.wish(request.args, [row.currency], row)
    hits = discover.search(wish)
    found, facets = discover.find(wish, hits), discover.facets(wish, hits)
    logo = pages.logo(row)
    return render.page(
        "storefront/shop.html",
        **_listing(f"/s/{row.slug}", wish, found),
        shop=row,
        logo=logo,
        share_picture=share_picture(logo) or first_of(found.products),
        picture_url=picture_url,
        facets=facets,
        shelves=[category for category in categories() if category.id in facets.categories],
        data=structured.shop_data(row),
        rating=None if render.wanted_block() else opinions.doors.shop(row),
        community_path="" if render.wanted_block() else questions.doors.community(row.workspace_id),
    )


@blueprint.get("/s/<shop>/theme.css")
@public
def theme_css(shop: str) -> Response:
    """Changes with the shop's version, which is part of the address that pages use."""
    response = Response(theme.css(shop_by_slug(shop)), mimetype="text/css")
    response.headers["Cache-Control"] = f"public, max-age={DAY}" if request.args.get("v") else "no-cache"
    return response


SHARE_WIDTH = 1200


def share_picture(picture: Media | None) -> str:
    """The absolute address of a picture for links that are shared; empty without one."""
    return absolute(picture_url(picture, SHARE_WIDTH)) if picture and picture.renditions else ""


def first_of(products: Sequence[Product]) -> str:
    """The first picture among these."""
    return next((share_picture(found) for row in products for found in ready_pictures(row)[:1]), "")


def _listing(path: str, wish: Wish, found: discover.Found) -> dict[str, Any]:
    """What a grid with filters needs: cards, the sort, addresses that keep every other filter."""
    return {
        "wish": wish,
        "cards": cards(found.products),
        "sorts": {key: label for key, label in SORTS.items() if key != "match" or wish.words},
        "next_url": address(path, wish, after=found.after) if found.after else "",
        "canonical_url": absolute(path),
        "with_filter": lambda **changes: address(path, wish, **changes),
        "search_text": wish.words,
    }


def address(path: str, wish: Wish, **changes: Any) -> str:
    """`path` with the wish's filters; `changes` replace some of them, an empty value drops one."""
    values: dict[str, Any] = {
        "q": wish.words,
        "category": wish.category,
        "kind": list(wish.kinds),
        "low": request.args.get("low", ""),
        "high": request.args.get("high", ""),
        "currency": request.args.get("currency", ""),
        "sort": wish.sort,
    } | changes
    if values.get("after"):
        values["after"] = "~".join(map(str, values["after"]))
    query = urlencode([(key, value) for key, value in values.items() if value], doseq=True)
    return f"{path}?{query}" if query else path


def _near(wish: Wish) -> list[Any]:
    return cards(discover.near_misses(wish.words)) if wish.words else []


def _without_filters(wish: Wish, hits: discover.Hits | None) -> int:
    return discover.facets(discover.unfiltered(wish), hits).total if wish.filtered else 0
