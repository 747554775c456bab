"""For crawlers: what there is, and where not to go."""

from xml.sax.saxutils import escape

from flask import Response

from app.core.web.access import public
from app.core.web.urls import absolute
from app.storefront.queries import pages
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
    body = "\n".join(["User-agent: *", *rules, "Disallow: /*?*after=", "", f"Sitemap: {absolute('/sitemap.xml')}", ""])
    return _cached(Response(body, mimetype="text/plain"))


def _entry(path: str, changed: object) -> str:
    modified = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed else ""
    return f"<url><loc>{escape(absolute(path))}</loc>{modified}</url>"


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return response
