"""The forum to read: one Markdown file for each thread, its posts as they were typed."""

import re
from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

from sqlalchemy import Executable, select

from app.archives.rows import stream
from app.forum.models import ForumCategory, ForumPerson, Post, Thread

SAFE = re.compile(r"[^a-z0-9-]+")
SHOWN = ("visible", "waiting", "hidden")
"""What its author took back is not printed again; its row is with the others."""


def _posts() -> Executable:
    return (
        select(
            Thread.id,
            Thread.title,
            Thread.slug,
            ForumCategory.name.label("category"),
            ForumCategory.slug.label("folder"),
            Post.number,
            Post.body,
            Post.state,
            Post.created_at,
            ForumPerson.name,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(ForumCategory, ForumCategory.id == Thread.category_id)
        .outerjoin(ForumPerson, ForumPerson.user_id == Post.author_id)
        .where(Post.state.in_(SHOWN), Thread.state.in_(SHOWN))
        .order_by(Post.thread_id, Post.number)
    )


def threads() -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name in the archive, its pieces) of the open workspace."""
    for (thread_id, folder, slug, title, category), posts in groupby(stream(_posts()), key=_thread):
        name = f"forum/{_safe(folder)}/{_safe(slug)[:60]}-{str(thread_id)[-12:]}.md"
        yield name, chain([f"# {title}\n\n{category}\n".encode()], map(_post, posts))


def _thread(row: Any) -> tuple[Any, ...]:
    return row.id, row.folder, row.slug, row.title, row.category


def _safe(typed: str) -> str:
    return SAFE.sub("-", typed.lower()).strip("-") or "thread"


def _post(row: Any) -> bytes:
    note = "" if row.state == "visible" else f" ({row.state})"
    moment = row.created_at.strftime("%Y-%m-%d %H:%M UTC")
    return f"\n---\n\n**{row.name or 'Somebody'}**, {moment}, #{row.number}{note}\n\n{row.body}\n".encode()
