"""Feeds, sitemaps and data for search engines: valid, and of nothing but what everybody may read."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from app.catalogue.models import Product
from app.core import db
from app.core.ids import new_id
from app.forum import actions
from app.forum.actions import questioning
from app.forum.models import Post, Thread
from app.forum.queries import feeds
from tests.forum.conftest import Town, actor

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def parsed(client: Any, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return ElementTree.fromstring(answer.data)


def titles(client: Any, path: str) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in parsed(client, path).findall(f"{ATOM}entry")]


def test_a_feed_is_valid_atom(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay, "Fish & <chips>", "Some **bold** words & [a link](/discover)", tags=["ink"])
    feed = parsed(client, f"{town.path}/feed.xml")
    for name in ("id", "title", "updated"):
        assert feed.findtext(ATOM + name)
    entry = feed.find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Fish & <chips>"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == town.world.fay.name
    assert "<strong>bold</strong>" in entry.findtext(f"{ATOM}content")
    link = entry.find(f"{ATOM}link").get("href")
    assert link == entry.findtext(f"{ATOM}id") and link.startswith("http") and link.endswith(f"/threads/{thread.id}")
    assert entry.find(f"{ATOM}category").get("term") == "ink"
    assert town.world.fay.email not in client.get(f"{town.path}/feed.xml").text


def test_a_feed_tells_news_only(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Welcome")
    path = f"/threads/{thread.id}/feed.xml"
    first = client.get(path)
    assert first.headers["ETag"] and first.headers["Last-Modified"] and "public" in first.headers["Cache-Control"]
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = client.get(path, headers={header: value})
        assert again.status_code == 304 and not again.data
    town.reply(town.world.fay, thread, "Hello there")
    news = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert news.status_code == 200 and "Hello there" in news.text


def test_lists_have_feeds_of_their_own(client: Any, town: Town) -> None:
    town.start(town.world.alice, "About ink", tags=["ink"])
    town.start(town.world.alice, "About paper", tags=["paper"])
    assert titles(client, f"{town.path}/general/feed.xml") == ["About paper", "About ink"]
    assert titles(client, f"{town.path}/feed.xml?tag=ink") == ["About ink"]
    page = client.get(f"{town.path}/general").text
    assert f'type="application/atom+xml" title="General" href="{town.path}/general/feed.xml"' in page
    assert client.get(f"{town.path}/nowhere/feed.xml").status_code == 404


@pytest.mark.parametrize("reader", ["nobody", "alice", "fay"])
def test_a_feed_tells_nobody_more_than_everybody_may_read(client: Any, town: Town, reader: str) -> None:
    town.give(town.world.fay)
    secret = town.start(town.world.alice, "For owners", category=town.buyers)
    town.start(town.world.alice, "Back room talk", category=town.team)
    gone = town.start(town.world.alice, "Taken back")
    with town.inside(town.world.alice):
        actions.take_back_thread(actor(town.world.alice), db.get(Thread, gone.id))
    browser = town.browser(client, None if reader == "nobody" else getattr(town.world, reader))
    assert titles(client, f"{town.path}/feed.xml") == []
    for path in (
        f"/threads/{secret.id}",
        f"{town.path}/{town.buyers.slug}",
        f"{town.path}/{town.team.slug}",
        f"/threads/{gone.id}",
    ):
        assert browser.get(f"{path}/feed.xml").status_code == 404, path
    known = client.get(f"{town.path}/sitemap.xml").text
    assert str(secret.id) not in known and str(gone.id) not in known and town.buyers.slug not in known


def test_a_deleted_reply_leaves_the_feed(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Welcome")
    reply = town.reply(town.world.fay, thread, "I take this back")
    with town.inside(town.world.fay):
        actions.take_back(actor(town.world.fay), db.get(Post, reply.id))
    assert "I take this back" not in client.get(f"/threads/{thread.id}/feed.xml").text


def test_questions_of_a_product_have_a_feed(client: Any, town: Town) -> None:
    with db.workspace(town.world.north.id):
        product = db.get(Product, town.product.id)
        page = f"/s/{product.shop.slug}/{product.slug}"
    assert titles(client, f"{page}/questions.xml") == []
    with town.inside(town.world.fay):
        questioning.ask(actor(town.world.fay), product, "Does it fit?", "")
    assert titles(client, f"{page}/questions.xml") == ["Does it fit?"]
    assert f"{page}/questions.xml" in client.get(page).text


def test_the_moderation_log_has_a_feed(client: Any, town: Town) -> None:
    feed = parsed(client, f"{town.path}/moderation.xml")
    assert feed.findtext(f"{ATOM}title") == f"Moderation log · {town.community.name}"


def test_crawlers_find_public_categories_and_threads(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Welcome")
    assert "/c/sitemap.xml" in client.get("/robots.txt").text
    maps = [one.text for one in parsed(client, "/c/sitemap.xml").iter(f"{MAP}loc")]
    assert any(one.endswith(f"{town.path}/sitemap.xml") for one in maps)
    urls = {
        url.findtext(f"{MAP}loc"): url.findtext(f"{MAP}lastmod") for url in parsed(client, f"{town.path}/sitemap.xml")
    }
    found = {url.partition("//")[2].partition("/")[2]: changed for url, changed in urls.items() if url}
    assert found[f"threads/{thread.id}"] and f"{town.path}/general".lstrip("/") in found


def test_a_sitemap_goes_on_behind_a_thread(client: Any, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [town.start(town.world.alice, f"Thread {number}") for number in range(3)]
    monkeypatch.setattr(feeds, "SITEMAP", 2)
    maps = [
        one.text
        for one in parsed(client, "/c/sitemap.xml").iter(f"{MAP}loc")
        if town.community.slug in (one.text or "")
    ]
    assert len(maps) == 2 and f"after={made[1].id}" in (maps[1] or "")
    last = client.get(f"{town.path}/sitemap.xml?after={made[1].id}").text
    assert str(made[2].id) in last and str(made[1].id) not in last and "/general" not in last
    assert client.get(f"{town.path}/sitemap.xml?after=x").status_code == 404


def test_a_thread_tells_search_engines_what_it_is(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay, "</script><b>Odd title", "First words")
    post = town.reply(town.world.alice, thread, "Second words")
    (data,) = structured(client.get(f"/threads/{thread.id}").text)
    assert data["@type"] == "DiscussionForumPosting" and data["headline"] == "</script><b>Odd title"
    assert data["comment"][0]["text"] == "Second words" and data["author"]["name"] == town.world.fay.name
    with town.inside(town.world.fay):
        actions.accept(actor(town.world.fay), db.get(Thread, thread.id), db.get(Post, post.id))
    (data,) = structured(client.get(f"/threads/{thread.id}").text)
    assert data["@type"] == "QAPage" and data["mainEntity"]["acceptedAnswer"]["text"] == "Second words"


def test_what_is_not_public_is_not_for_search_engines(client: Any, town: Town) -> None:
    town.give(town.world.fay)
    secret = town.start(town.world.alice, "For owners", category=town.buyers)
    page = town.browser(client, town.world.fay).get(f"/threads/{secret.id}").text
    assert structured(page) == [] and 'content="noindex"' in page and "feed.xml" not in page
    assert client.get(f"{town.path}?tag=ink").status_code == 200
    for path in (f"{town.path}/{town.buyers.slug}", f"{town.path}?tag=ink", f"{town.path}?after={new_id()}"):
        assert 'content="noindex"' in client.get(path).text, path
    assert 'content="noindex"' not in client.get(f"{town.path}/general").text


def structured(page: str) -> list[dict[str, Any]]:
    """The JSON-LD of a page."""
    found = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)
    made = [json.loads(one) for one in found]
    return [part for one in made for part in (one if isinstance(one, list) else [one])]
