"""The forum among 1,000,000 posts: its pages as ratios to their floor, and how long searches take."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from sqlalchemy import text

from app.core import db
from app.forum import queries
from app.forum.queries.places import Place
from tests.bench import forum_load, pages
from tests.bench.forum_load import Filled

SEARCHES = 200
MISTYPED = 1 / 8


def report(world: Any, admin_url: str, url: str) -> None:
    """Fill, then measure as a visitor and as a reader of 5,000 threads."""
    import wsgi

    began = time.monotonic()
    filled = forum_load.fill(admin_url, world.north.id, world.fay.id)
    print(f"forum: {forum_load.POSTS:,} posts filled in {time.monotonic() - began:.0f} s")
    visitor, reader = wsgi.app.test_client(), world.sign_in(wsgi.app.test_client(), world.fay)
    category = f"/c/{filled.slug}/{filled.category}"
    for name, client, path in (
        ("thread, 50 of 10,000 posts", visitor, f"/threads/{filled.thread_id}?after=5000"),
        ("the same, signed in", reader, f"/threads/{filled.thread_id}?after=5000"),
        ("category, 30 of 99,000 threads", visitor, category),
        ("the same, 5,000 of them read", reader, category),
        ("unread threads", reader, f"{category}?tab=unread"),
        ("new threads", reader, f"{category}?tab=new"),
        ("threads one follows", reader, f"{category}?tab=following"),
        ("threads with a frequent tag", reader, f"/c/{filled.slug}?tag=paper"),
        ("threads with a rare tag", reader, f"/c/{filled.slug}?tag=rare"),
        ("threads by votes, not solved", reader, f"{category}?sort=votes&solved=no"),
    ):
        row = pages.measure(name, client, path, url, rounds=30)
        print(f"{row.name:<44}{row.page_ms:>8.1f}{row.floor_ms:>8.1f}{row.ratio:>7.2f}{row.statements:>5}")
    _alike(filled)
    _searches(filled, admin_url)
    _writing(admin_url, filled)


def _alike(filled: Filled) -> None:
    """Threads called alike, as while a title is typed, beside looking up as many rows by their keys in the same session."""
    wanted = text("select title from forum_threads where state = 'visible' order by md5(id::text) limit 40")
    with db.workspace(filled.workspace_id) as session:
        titles = [_misspelt(title) if at % 3 == 0 else title for at, title in enumerate(session.scalars(wanted))]
        ids = list(session.scalars(text("select id from forum_threads order by md5(id::text) limit 200")))
        by_key = text("select title from forum_threads where id = any(:ids)")
        floor = statistics.median(_took(lambda: session.execute(by_key, {"ids": ids}).all()) for _ in titles)
        called = text("select id from similar_threads(:title, 5)")
        taken = sorted(
            min(_took(lambda one=one: session.execute(called, {"title": one}).all()) for _ in range(3))
            for one in titles
        )
    middle, most = statistics.median(taken), taken[int(len(taken) * 0.95)]
    print(
        f"threads called alike among {forum_load.THREADS:,}: p50 {middle:.1f} ms, p95 {most:.1f} ms,"
        f" {middle / floor:.1f} times 200 rows by their keys"
    )


def _misspelt(title: str) -> str:
    longest = max(title.split(), key=len)
    return title.replace(longest, longest[:3] + longest[4:])


def _took(act: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _searches(filled: Filled, admin_url: str) -> None:
    """A mix as people type it; each once before, since a machine that has just been filled has nothing at hand."""
    with db.public():
        place = queries.places.by_slug(filled.slug, None, False)
    asked = list(_mix(_words(admin_url, filled)))
    for _ in range(2):
        times = {typed: _timed(place, typed) for typed in asked}
    taken = sorted(times.values())
    slowest = max(times, key=lambda typed: times[typed])
    print(
        f"search among {forum_load.POSTS:,} posts, {len(taken)} kinds: p50 {statistics.median(taken):.1f} ms,"
        f" p95 {taken[int(len(taken) * 0.95)]:.1f} ms, slowest {taken[-1]:.1f} ms «{slowest}»"
    )


def _timed(place: Place, typed: str) -> float:
    """Milliseconds, the whole way from words to marked hits."""
    with queries.places.entered(place):
        began = time.perf_counter()
        queries.search.find(place, typed)
        return (time.perf_counter() - began) * 1000


def _words(admin_url: str, filled: Filled) -> list[str]:
    """Words of this community's newest posts, the most frequent first."""
    newest = (
        f"select search from forum_posts where workspace_id = ''{filled.workspace_id}'' order by id desc limit 20000"
    )
    with psycopg.connect(admin_url) as connection:
        found = connection.execute(f"select word from ts_stat('{newest}') order by ndoc desc, word").fetchall()
    return [row[0] for row in found if row[0].isalpha()]


def _mix(words: list[str]) -> Iterator[str]:
    """Rare and common words, two together, phrases, operators, mistyped ones; the same in every run."""
    chance = random.Random(7)
    common, some, rare = words[:50], words[50:1000], words[1000:]
    kinds = (
        lambda: chance.choice(rare),
        lambda: chance.choice(some),
        lambda: chance.choice(common),
        lambda: f"{chance.choice(common)} {chance.choice(some)}",
        lambda: f'"{chance.choice(common)} {chance.choice(common)}"',
        lambda: f"{chance.choice(some)} author:person-{chance.randint(2, 2000)}",
        lambda: (
            f"{chance.choice(common)} {chance.choice(('tag:paper', 'is:solved', 'is:locked', 'category:bench-everything'))}"
        ),
        lambda: f"title:{chance.choice(some)} -{chance.choice(common)}",
    )
    for number in range(round(SEARCHES * (1 - MISTYPED))):
        yield kinds[number % len(kinds)]()
    for _ in range(round(SEARCHES * MISTYPED)):
        word = chance.choice([one for one in words[:5000] if len(one) > 6])
        at = chance.randint(2, len(word) - 3)
        yield word[:at] + word[at + 1 :]


def _writing(admin_url: str, filled: Filled) -> None:
    """What its words add to writing a post: the same row with and without the index of words."""
    wanted = (
        "insert into forum_posts (workspace_id, id, thread_id, category_id, number, branch, author_id, body, html, excerpt, state,"
        " held_for, spam, signals, fingerprint, score, flags, version, created_at)"
        " select workspace_id, uuidv7(), thread_id, category_id, 1000000 + n, 1, author_id, body, html, excerpt, state,"
        " held_for, spam, signals, fingerprint, score, flags, version, now()"
        " from forum_posts cross join generate_series(1, 500) n where workspace_id = %s and thread_id = %s and number = 1"
    )
    with psycopg.connect(admin_url) as connection:
        taken = []
        for _ in range(2):
            began = time.perf_counter()
            connection.execute(wanted, [filled.workspace_id, filled.thread_id])
            taken.append((time.perf_counter() - began) * 1000 / 500)
            connection.execute("rollback")
            connection.execute("drop index ix_forum_posts_search")
        connection.rollback()
    print(f"one more post: {taken[0]:.2f} ms with the index of its words, {taken[1]:.2f} ms without")
