"""For crawlers: what there is, and where not to go."""

from xml.sax.saxutils import escape, quoteattr

from flask import Response

from app.catalogue.models import Product, Shop
from app.catalogue.queries import shop_by_slug
from app.core.web.access import public
from app.core.web.urls import absolute
from app.storefront import questions
from app.storefront.queries import pages
from app.storefront.queries.cards import on_offer, price_words
from app.storefront.routes import blueprint

PRIVATE = ("/cart", "/checkout", "/purchases", "/library", "/me", "/w/", "/admin", "/live", "/d/")
HOUR = 3600


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Home, discovery, every open shop and every listed product."""
    entries = [_entry("/", None), _entry("/discover", None)]
    entries += [_entry(path, changed) for path, changed in pages.sitemap()]
    body = "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *entries,
            "</urlset>\n",
        ]
    )
    return _cached(Response(body, mimetype="application/xml"))


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    rules = [f"Disallow: {path}" for path in PRIVATE]
    maps = [f"Sitemap: {absolute(path)}" for path in ("/sitemap.xml", *questions.doors.sitemaps)]
    body = "\n".join(["User-agent: *", *rules, "Disallow: /*?*after=", "", *maps, ""])
    return _cached(Response(body, mimetype="text/plain"))


@blueprint.get("/s/<shop>/feed.xml")
@public
def shop_feed(shop: str) -> Response:
    """What a shop listed lately, as Atom."""
    row = shop_by_slug(shop)
    products = pages.newest_of(row) if row.state == "open" else []
    here, feed = absolute(f"/s/{row.slug}/feed.xml"), absolute(f"/s/{row.slug}")
    changed = max((one.listed_at for one in products if one.listed_at), default=row.created_at)
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(row.name)}</title><id>{escape(feed)}</id>',
        f'<link rel="self" href={quoteattr(here)}/><link href={quoteattr(feed)}/>',
        f"<updated>{changed.isoformat()}</updated><author><name>{escape(row.name)}</name></author>",
    ]
    body = "\n".join([*head, *(_news(row, one) for one in products), "</feed>\n"])
    return _cached(Response(body, mimetype="application/atom+xml"))


def _news(shop: Shop, product: Product) -> str:
    address = absolute(f"/s/{shop.slug}/{product.slug}")
    words = f"{price_words(product, on_offer(product))}. {product.description[:500]}"
    moment = product.listed_at or product.created_at
    return (
        f"<entry><title>{escape(product.title)}</title><id>{escape(address)}</id><link href={quoteattr(address)}/>"
        f"<updated>{moment.isoformat()}</updated><summary>{escape(words)}</summary></entry>"
    )


@blueprint.get("/llms.txt")
@public
def for_models() -> Response:
    """What this place is, for programs that read for people."""
    shops = [
        f"- [{tile.shop.name}]({absolute(f'/s/{tile.shop.slug}')}): {tile.shop.tagline}"
        for tile in pages.shop_tiles(50)
    ]
    lines = [
        "# Guildhall",
        "",
        "> A marketplace of shops run by the people who make the things: goods that ship and files that download, "
        "bought in one cart and paid once. Each shop sends its own part.",
        "",
        f"Every product page carries schema.org data with price and availability. All pages: {absolute('/sitemap.xml')}",
        "",
        "## Shops",
        *shops,
        "",
        "## Finding things",
        f"- [Search]({absolute('/discover')}): `?q=` words, `?category=` slug, `?kind=digital` or `physical`, `?sort=newest`",
        "",
    ]
    return _cached(Response("\n".join(lines), mimetype="text/plain"))


def _entry(path: str, changed: object) -> str:
    modified = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed else ""
    return f"<url><loc>{escape(absolute(path))}</loc>{modified}</url>"


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return response
