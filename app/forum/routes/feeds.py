"""Feeds and sitemaps. Whoever asks, they tell what everybody may read, so that no reader's program keeps more."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from flask import Response, request

from app.catalogue.queries import product_by_slug, shop_by_slug
from app.core import db
from app.core.errors import NotFound
from app.core.web.access import public
from app.core.web.urls import absolute
from app.forum import decisions, queries
from app.forum.atom import MEDIA_TYPE, Entry, Feed
from app.forum.models import Community
from app.forum.queries import feeds
from app.forum.queries.feeds import Told
from app.forum.queries.places import Place
from app.forum.routes import blueprint

MINUTES = 300
"""Seconds for which a feed may be kept."""
HOUR = 3600


@blueprint.get("/c/<community>/feed.xml")
@public
def community_feed(community: str) -> Response:
    """Threads of the whole community, or with `?tag=` those of one tag."""
    return _threads(_nobody(community), "")


@blueprint.get("/c/<community>/<category>/feed.xml")
@public
def category_feed(community: str, category: str) -> Response:
    return _threads(_nobody(community), category)


def _threads(place: Place, slug: str) -> Response:
    tag = request.args.get("tag", "").lower()[:30]
    with db.community(place.workspace_id):
        shelf = feeds.category(slug) if slug else None
        told = feeds.threads(shelf, tag)
    path = f"{place.path}/{shelf.slug}" if shelf else place.path
    name = f"{shelf.name} · {place.community.name}" if shelf else place.community.name
    tail = f"?tag={tag}" if tag else ""
    title, since = f"{name} · #{tag}" if tag else name, place.community.created_at
    entries = [_thread(one) for one in told]
    return _answer(Feed(title, absolute(path + tail), absolute(f"{path}/feed.xml{tail}"), since, entries))


def _thread(told: Told) -> Entry:
    row, post = told.thread, told.post
    return Entry(
        absolute(f"/threads/{row.id}"),
        row.title,
        told.author,
        row.created_at,
        row.last_post_at,
        post.html if post else "",
        tags=row.tags,
    )


@blueprint.get("/threads/<uuid:thread_id>/feed.xml")
@public
def thread_feed(thread_id: UUID) -> Response:
    """The newest posts of one thread."""
    place = queries.places.by_thread(thread_id, None, False)
    with db.community(place.workspace_id):
        row = feeds.thread(thread_id)
        entries = [_post(one) for one in feeds.posts(row)]
    page = absolute(f"/threads/{row.id}")
    return _answer(Feed(f"{row.title} · {place.community.name}", page, f"{page}/feed.xml", row.created_at, entries))


def _post(told: Told) -> Entry:
    row, post = told.thread, told.post
    if post is None:
        raise NotFound
    url = absolute(f"/threads/{row.id}?at={post.number}#post-{post.number}")
    title = row.title if post.number == 1 else f"{told.author} on «{row.title}»"
    return Entry(url, title, told.author, post.created_at, post.edited_at or post.created_at, post.html)


@blueprint.get("/s/<shop>/<product>/questions.xml")
@public
def product_feed(shop: str, product: str) -> Response:
    """Questions about one product."""
    row = product_by_slug(shop_by_slug(shop), product)
    if row.state != "listed":
        raise NotFound
    place = queries.places.of_workspace(row.workspace_id, None, False)
    with db.community(row.workspace_id):
        shelf = queries.questions.of_product(row.id)
        told = feeds.threads(shelf, "") if shelf else []
    page = absolute(f"/s/{shop}/{product}")
    since = place.community.created_at
    entries = [_thread(one) for one in told]
    return _answer(Feed(f"Questions about {row.title}", f"{page}#questions", f"{page}/questions.xml", since, entries))


@blueprint.get("/c/<community>/moderation.xml")
@public
def moderation_feed(community: str) -> Response:
    """What the team decided, as the public log tells it."""
    place = _nobody(community)
    page = absolute(f"{place.path}/moderation")
    with db.community(place.workspace_id):
        entries = [_decision(page, row, title) for row, title in feeds.moderation()]
    since = place.community.created_at
    title = f"Moderation log · {place.community.name}"
    return _answer(Feed(title, page, absolute(f"{place.path}/moderation.xml"), since, entries))


def _decision(page: str, row: Any, thread: str) -> Entry:
    title = str(decisions.sentence(row.actor_name, row.verb, row.about, thread))
    moment = row.created_at
    return Entry(f"{page}#decision-{row.id}", title, row.actor_name, moment, moment, summary=row.reason)


def _nobody(community: str) -> Place:
    """The community as a stranger enters it."""
    return queries.places.by_slug(community, None, False)


def _answer(feed: Feed) -> Response:
    """With what a reader's program needs to ask only for news: 304 while nothing changed."""
    response = Response(feed.xml(), mimetype=MEDIA_TYPE)
    response.set_etag(feed.etag)
    response.last_modified = feed.updated.astimezone(UTC).replace(microsecond=0)
    response.headers["Cache-Control"] = f"public, max-age={MINUTES}"
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/c/sitemap.xml")
@public
def sitemap_index() -> Response:
    """The pages of every community's sitemap."""
    with db.public():
        places = feeds.communities()
    maps = [entry for place in places for entry in _pages(place)]
    return _xml("sitemapindex", (f"<sitemap><loc>{escape(absolute(path))}</loc></sitemap>" for path in maps))


def _pages(community: Community) -> list[str]:
    with db.community(community.workspace_id):
        begins = feeds.sitemap_pages()
    start = f"/c/{community.slug}/sitemap.xml"
    return [f"{start}?after={one}" if one else start for one in begins]


@blueprint.get("/c/<community>/sitemap.xml")
@public
def sitemap(community: str) -> Response:
    """Categories and threads that everybody may read, by id; `?after=` goes on behind a thread."""
    place = _nobody(community)
    with db.community(place.workspace_id):
        shelves, threads = feeds.sitemap(_after())
    here = [(place.path, None)] if _after() is None else []
    lists = [(f"{place.path}/{row.slug}", row.last_post_at) for row in shelves]
    told = [(f"/threads/{thread_id}", changed) for thread_id, changed in threads]
    return _xml("urlset", (_address(path, changed) for path, changed in (*here, *lists, *told)))


def _after() -> UUID | None:
    raw = request.args.get("after", "")
    try:
        return UUID(raw) if raw else None
    except ValueError as error:
        raise NotFound from error


def _address(path: str, changed: datetime | None) -> str:
    modified = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed else ""
    return f"<url><loc>{escape(absolute(path))}</loc>{modified}</url>"


def _xml(root: str, entries: Iterable[str]) -> Response:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    response = Response("\n".join([head, *entries, f"</{root}>\n"]), mimetype="application/xml")
    response.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return response
