"""Finding posts by words. Which ones, the functions of the database say (migrations 0006): they know the indexes and repeat the
rule of who may read what. What they name is read once more in the reader's own scope."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

import nh3
from sqlalchemy import Column, DateTime, Double, Uuid, and_, bindparam, func, literal, select, text, tuple_
from sqlalchemy.orm import joinedload

from app.core import db
from app.forum import searching
from app.forum.models import ForumCategory, ForumPerson, Post, Thread
from app.forum.queries.places import Place
from app.forum.queries.threads import enterable, people
from app.forum.searching import Asked

PAGE, WITHIN = 20, 900
MOST_ALIKE = 6
ALIKE, SHORTEST = 0.7, 4
"""A word of at least SHORTEST letters is taken for another one when this much of both is the same."""
BEGIN, END = "\ue000", "\ue001"
"""Around what matches; private characters, which no text of ours holds."""
WORD = re.compile(r"\w+")

Part = tuple[str, bool]
"""Some text, and whether it matches."""


@dataclass(frozen=True)
class Hit:
    """A post that was found. `title` and `said` are in parts, so that a page can mark what matches."""

    post: Post
    thread: Thread
    author: ForumPerson | None
    title: list[Part]
    said: list[Part]

    @property
    def path(self) -> str:
        if self.post.number == 1:
            return f"/threads/{self.thread.id}"
        return f"/threads/{self.thread.id}?at={self.post.number}#post-{self.post.number}"


@dataclass(frozen=True)
class Found:
    """`after`: where the next page begins. `corrected`: what was searched for instead, when what was typed finds nothing.
    `instead`: handles and whole searches to choose from, when several people may be meant."""

    hits: Sequence[Hit] = ()
    after: str = ""
    notes: tuple[str, ...] = ()
    corrected: str = ""
    instead: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Named:
    """Whom and what the operators name, by id; `unknown` says what is not there, `like` whose handles begin so, `note` who was taken."""

    author: UUID | None = None
    category: UUID | None = None
    unknown: str = ""
    like: tuple[str, ...] = ()
    note: str = ""


def find(place: Place, typed: str, after: str = "", limit: int = PAGE) -> Found:
    """Posts by rank, or newest first when no words are asked for; nothing for nothing asked."""
    asked = searching.parse(typed)
    if asked.nothing:
        return Found(notes=asked.notes)
    found = _find(place, asked, after, limit)
    if found.instead:
        chosen = tuple((one, searching.by(typed, one)) for one, _ in found.instead)
        return replace(found, instead=chosen)
    if found.hits or after or not asked.words:
        return found
    return _corrected(place, typed, asked, limit) or found


def threads(words: str, limit: int) -> list[Thread]:
    """Threads of the open workspace for a box that finds everything, the best first."""
    ids = _ranked(searching.parse(words), _Named(), _moment(""), None, limit * 3)
    wanted = list(dict.fromkeys(row.thread_id for row in ids))[:limit]
    rows = {row.id: row for row in db.session().scalars(select(Thread).where(Thread.id.in_(wanted)))}
    return [rows[one] for one in wanted if one in rows]


def _find(place: Place, asked: Asked, after: str, limit: int) -> Found:
    named = _named(place, asked)
    if named.unknown:
        return Found(notes=(*asked.notes, named.unknown), instead=tuple((one, "") for one in named.like))
    moment, _, last = after.partition("~")
    began = _moment(moment)
    rows = _ranked(asked, named, began, _last(last), limit + 1)
    hits = _hits(asked, [row.id for row in rows[:limit]])
    more = len(rows) > limit
    end = f"{began.timestamp()}~{rows[limit - 1].rank!r},{rows[limit - 1].id}" if more else ""
    return Found(hits, end, (*asked.notes, named.note) if named.note else asked.notes)


def _named(place: Place, asked: Asked) -> _Named:
    author = _author(asked.author) if asked.author else _Named()
    if author.unknown:
        return author
    if asked.category:
        called = (ForumCategory.slug == asked.category) | (func.lower(ForumCategory.name) == asked.category)
        row = db.session().scalars(select(ForumCategory).where(called).limit(1)).one_or_none()
        if row is None or not enterable(place, [row]):
            return _Named(unknown=f"There is no category «{asked.category}» that you may enter.")
        return replace(author, category=row.id)
    return author


def _author(handle: str) -> _Named:
    """The person of this handle, else the only one whose handle begins so."""
    begins = ForumPerson.handle.startswith(handle, autoescape=True)
    wanted = select(ForumPerson.handle, ForumPerson.user_id).where(begins).order_by(ForumPerson.handle)
    rows = db.session().execute(wanted.limit(MOST_ALIKE)).all()
    if rows and (rows[0].handle == handle or len(rows) == 1):
        taken = f"Nobody here is called @{handle}; these are by @{rows[0].handle}."
        return _Named(author=rows[0].user_id, note="" if rows[0].handle == handle else taken)
    return _Named(unknown=f"Nobody here is called @{handle}.", like=tuple(row.handle for row in rows))


def _ranked(
    asked: Asked, named: _Named, moment: datetime, last: tuple[float, UUID] | None, limit: int
) -> Sequence[Any]:
    """Ids of posts and their threads with their rank, the highest first."""
    called = func.search_forum(
        literal(asked.words),
        literal(asked.title),
        literal(named.author, Uuid()),
        literal(named.category, Uuid()),
        asked.tag or None,
        asked.solved,
        asked.locked,
        literal(asked.since, DateTime(True)),
        literal(asked.until, DateTime(True)),
        literal(moment, DateTime(True)),
    )
    hits = called.table_valued(Column("id", Uuid()), Column("thread_id", Uuid()), Column("rank", Double()))
    wanted = select(hits.c.id, hits.c.thread_id, hits.c.rank).order_by(hits.c.rank.desc(), hits.c.id.desc())
    if last is not None:
        wanted = wanted.where(
            tuple_(hits.c.rank, hits.c.id) < tuple_(literal(last[0], Double()), literal(last[1], Uuid()))
        )
    return db.session().execute(wanted.limit(limit)).all()


def _moment(raw: str) -> datetime:
    """When the first page was asked for: later pages rank by the same age."""
    try:
        return datetime.fromtimestamp(float(raw), db.now().tzinfo)
    except (ValueError, OverflowError, OSError):
        return db.now()


def _last(raw: str) -> tuple[float, UUID] | None:
    rank, _, last = raw.partition(",")
    try:
        return float(rank), UUID(last)
    except ValueError:
        return None


def _hits(asked: Asked, ids: Sequence[UUID]) -> list[Hit]:
    wanted = (
        select(Post, Thread)
        .join(Thread, and_(Thread.workspace_id == Post.workspace_id, Thread.id == Post.thread_id))
        .options(joinedload(Thread.category))
        .where(Post.id.in_(ids))
    )
    by_id = {row.Post.id: row for row in db.session().execute(wanted)} if ids else {}
    rows = [by_id[one] for one in ids if one in by_id]
    known = people({row.Post.author_id for row in rows})
    titles = _marked([row.Thread.title for row in rows], f"{asked.words} {asked.title}", whole=True)
    said = _marked([_near(_plain(row.Post), asked.words) for row in rows], asked.words)
    return [
        Hit(row.Post, row.Thread, known.get(row.Post.author_id), titles[at], said[at]) for at, row in enumerate(rows)
    ]


def _plain(post: Post) -> str:
    return " ".join(html.unescape(nh3.clean(post.html, tags=set())).split())


def _near(said: str, words: str) -> str:
    """The part of a long text around the first word that is asked for."""
    if len(said) <= WITHIN:
        return said
    stems = "|".join(re.escape(one[: max(4, len(one) - 2)]) for one in WORD.findall(words) if len(one) > 2)
    found = re.search(rf"\b(?:{stems})", said, re.I) if stems else None
    start = max(found.start() - WITHIN // 3, 0) if found else 0
    return said[start : start + WITHIN]


HEADLINE = text(
    "select ts_headline('public.forum', said, websearch_to_tsquery('public.forum', :words), :options)"
    " from unnest(cast(:texts as text[])) with ordinality as t (said, at) order by at"
).bindparams(bindparam("words"), bindparam("options"), bindparam("texts"))


def _marked(texts: list[str], words: str, whole: bool = False) -> list[list[Part]]:
    """Each text, or the best part of it, in parts."""
    chosen = "HighlightAll=true" if whole else "MinWords=18, MaxWords=38, ShortWord=2"
    options = f'StartSel="{BEGIN}", StopSel="{END}", {chosen}'
    if not texts:
        return []
    found: Iterable[str] = db.session().scalars(HEADLINE, {"words": words, "options": options, "texts": texts})
    return [_parts(one) for one in found]


def _parts(marked: str) -> list[Part]:
    pieces = re.split(f"({BEGIN}[^{END}]*{END})", marked)
    return [(one.strip(BEGIN + END), one.startswith(BEGIN)) for one in pieces if one]


def _corrected(place: Place, typed: str, asked: Asked, limit: int) -> Found | None:
    """The same search with each word that stands nowhere exchanged for the most similar one that does; None when that is no better."""
    better = typed
    for word in searching.plain_words(asked.words)[:6]:
        better = searching.exchanged(better, word, _similar(word.lower()) or word)
    if better == typed:
        return None
    found = _find(place, searching.parse(better), "", limit)
    return Found(found.hits, found.after, found.notes, better) if found.hits else None


def _similar(word: str) -> str:
    """The word that people use here which is most like this one; nothing for one that they use themselves."""
    if len(word) < SHORTEST:
        return ""
    called = func.similar_words(literal(word), 40).table_valued("word")
    known = set(db.session().scalars(select(called.c.word)))
    if word in known:
        return ""
    likely = max(known, key=lambda one: (_alike(word, one), one), default="")
    return likely if likely and _alike(word, likely) >= ALIKE else ""


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
