"""One product: pictures, choices, what it costs to have it, and the button."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.catalogue.models import Product, Shop
from app.catalogue.queries import picture_url, shop_by_slug, srcset
from app.core.errors import Refused
from app.core.web import access, render
from app.core.web.access import public
from app.core.web.urls import absolute
from app.storefront import actions, countries, forms, opinions, questions, structured
from app.storefront.queries import pages
from app.storefront.queries.cards import cards, ready_pictures, was_words
from app.storefront.queries.pages import Choice
from app.storefront.routes import blueprint, place, recent

PICTURE_WIDTH = 960


@blueprint.get("/s/<shop>/<product>")
@public
def product(shop: str, product: str) -> str:
    return show(shop, product)


@blueprint.post("/s/<shop>/<product>/cart-items")
@public(again=product)
def add_to_cart(shop: str, product: str) -> Response | str:
    """Put the chosen variant in the cart: the page again with a word about it, or the cart itself without htmx."""
    row = pages.listed_product(shop_by_slug(shop), product)
    wanted = forms.identifier(request.form.get("variant"), "variant")
    if wanted not in {variant.id for variant in row.variants}:
        raise Refused("Choose one of the options on this page. Your cart was not changed.", field="variant")
    amount = forms.quantity(request.form.get("quantity"))
    actions.add(place.buyer(), row.workspace_id, wanted, amount)
    if render.is_htmx():
        return show(shop, product, added=amount)
    return access.back("/cart")


def show(shop_slug: str, product_slug: str, **context: Any) -> str:
    """The page; `context` adds what just happened."""
    shop = shop_by_slug(shop_slug)
    row = pages.listed_product(shop, product_slug)
    choices = pages.choices(row)
    chosen = _chosen(choices)
    recent.note(row)
    pictures = ready_pictures(row)
    asked = None if render.wanted_block() else questions.doors.look(row)
    said = None if render.wanted_block() else opinions.doors.look(row, shop)
    return render.page(
        "storefront/product.html",
        shop=shop,
        product=row,
        choices=choices,
        chosen=chosen,
        was=was_words(chosen.variant if chosen else None),
        images=[_image(picture) for picture in pictures],
        data=[
            structured.product_data(shop, row, choices, pictures) | dict(said.data if said else {}),
            structured.path_data(shop, row),
            *(asked.data if asked else []),
        ],
        questions=asked.tab if asked else None,
        opinions=said,
        rating=said.rating if said else opinions.doors.ratings([row]).get(row.id),
        share_picture=absolute(picture_url(pictures[0], 1200)) if pictures and pictures[0].renditions else "",
        canonical_url=absolute(f"/s/{shop.slug}/{row.slug}"),
        recent=[] if render.wanted_block() else recent.recent(but=row.id),
        related=[] if render.wanted_block() else cards(pages.related(row)),
        **_promise(shop, row, chosen),
        **context,
    )


def _promise(shop: Shop, row: Product, chosen: Choice | None) -> dict[str, Any]:
    """What happens after paying: files at once, parcels when and for how much."""
    country = place.country()
    files = pages.files_for(row, chosen.variant if chosen else None) if row.downloads else []
    price = chosen.variant.price if chosen else row.price
    return {
        "inside": files,
        "fetched": [file for file in files if not file.stream_only],
        "played": [file for file in files if file.stream_only],
        "quote": pages.quote(shop, country, price) if row.ships else None,
        "country": country,
        "country_name": countries.name(country),
        "countries": countries.names(),
    }


def _chosen(choices: list[Choice]) -> Choice | None:
    """What the address or the form asks for, else the first that can be had, else the first."""
    asked = request.values.get("variant", "")
    by_id: dict[UUID, Choice] = {choice.variant.id: choice for choice in choices}
    found = next((choice for id, choice in by_id.items() if str(id) == asked), None)
    return found or next((choice for choice in choices if not choice.sold_out), None) or next(iter(choices), None)


def _image(picture: Any) -> dict[str, Any]:
    return {
        "src": picture_url(picture, PICTURE_WIDTH),
        "thumb": picture_url(picture, 160),
        "srcset": srcset(picture),
        "alt": "" if picture.decorative else picture.alt,
        "width": picture.width or PICTURE_WIDTH,
        "height": picture.height or PICTURE_WIDTH,
    }
