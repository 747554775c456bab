"""News on its way to many streams of this process: looked up once, drawn once, framed once."""

import json
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask

from app.core import db
from app.forum import queries as forum
from app.forum.queries.pushing import Look

Owner = UUID | str
"""Who listens: a person's or a guest's id, or the address of a browser that has neither."""
RECHECKED = ("workspaces.", "accounts.", "access.", "forum.PersonChanged", "forum.CategoryChanged")
"""After these a stream asks again whether it may go on; pages do not hear them."""
WRITTEN = ("forum.PostWritten", "forum.PostChanged")
"""Facts that carry the post's HTML to the pages of its thread."""

_app: Flask | None = None


def draw_with(app: Flask) -> None:
    """The application whose templates draw posts."""
    global _app
    _app = app


@dataclass(frozen=True)
class _Framed:
    text: str
    audience: frozenset[UUID] | None = None


class News:
    """One message of one topic. Facts of the forum are told only to those who may read the thread at that very moment, which
    is asked once for all readers of this process; the first of them waits for the answer, the others find it."""

    def __init__(self, topic: str, message: dict[str, Any], owners: Collection[Owner]) -> None:
        self.topic, self.message = topic, message
        self.id: str | None = message.get("id")
        self.rechecks = message["event"].startswith(RECHECKED)
        self._people = [owner for owner in owners if isinstance(owner, UUID)]
        self._lock, self._framed = threading.Lock(), None if self._guarded() else _Framed(frame(message))

    def _guarded(self) -> bool:
        return bool(
            self.message["event"].startswith("forum.")
            and {"workspace_id", "category_id"} <= self.message["data"].keys()
        )

    def for_owner(self, owner: Owner) -> str | None:
        """The frame, or None for somebody who may not have it: a stream of theirs asks the database whether it may go on."""
        with self._lock:
            framed = self._framed = self._framed or self._read()
        return framed.text if framed.audience is None or owner in framed.audience else None

    def _read(self) -> _Framed:
        data = self.message["data"]
        with db.workspace(UUID(data["workspace_id"])):
            if not self.topic.startswith("thread:"):
                return _Framed(frame(self.message), forum.pushing.entrants(UUID(data["category_id"]), self._people))
            written = self.message["event"] in WRITTEN
            look = forum.pushing.look(UUID(data["thread_id"]), UUID(data["post_id"]) if written else None, self._people)
            told = {**data, **drawn(look)} if written else data
            return _Framed(frame({**self.message, "data": told}), look.audience)


def drawn(look: Look) -> dict[str, Any]:
    """The HTML of a post and of its thread's head, made without anybody's request: there is no viewer in it, no token and no
    nonce. `ask`: readers see this post differently, so each page asks for its own."""
    if look.thread is None or look.thread.state != "visible" or _app is None:
        return {"ask": True}
    values = {"place": look.place, "thread": look.thread, "view": look.view}
    told = {
        "facts": _draw("forum/_thread_facts.html", values),
        "title": look.thread.title,
        "locked": look.thread.locked_at is not None,
        "accepted": str(look.thread.accepted_id or ""),
    }
    if look.view is None:
        return told | {"ask": True}
    return told | {"key": look.view.post.key or "", "html": _draw("forum/_pushed.html", values)}


def _draw(template: str, values: dict[str, Any]) -> str:
    if _app is None:
        raise RuntimeError("draw_with() was not called")
    with _app.app_context():
        return _app.jinja_env.get_template(template).render(values)


def missed(message: dict[str, Any]) -> str:
    """The frame of something that happened while a page was away: it asks for what it then finds."""
    if message["event"] in WRITTEN:
        message = {**message, "data": {**message["data"], "ask": True}}
    return frame(message)


def frame(message: dict[str, Any]) -> str:
    """One SSE message: `event:` is the fact's name; `id:` is missing for what is not worth telling again."""
    head = f"id: {message['id']}\n" if message.get("id") else ""
    return f"{head}event: {message['event']}\ndata: {json.dumps(message['data'])}\n\n"
