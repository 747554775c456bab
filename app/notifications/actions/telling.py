"""Telling people: into their inbox, into the window of their next mail, and to their devices."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.ids import new_id
from app.core.outbox import emit, later
from app.notifications.actions.ringing import ring
from app.notifications.choices import Wish, wishes
from app.notifications.events import InboxChanged
from app.notifications.kinds import BUNDLED_FOR
from app.notifications.models import InboxItem, MailWindow

PATH = re.compile(r"/(?![/\\])[^\s\\]*")
LONGEST = {"title": 160, "words": 280, "actor": 80}
AT_A_TIME = 500
"""People in one statement."""


def tell(
    user_id: UUID,
    kind: str,
    subject: str,
    *,
    title: str,
    words: str,
    path: str,
    actor: str = "",
    workspace_id: UUID | None = None,
    bundled: bool = True,
) -> None:
    """Tell one person, from any scope. Never tell people about what they did themselves: the caller sees to that.

    While it is unread, more of the same `kind` and `subject` (such as "thread:<uuid>") is bundled: counted, with the newest
    words on top. `title` says what it is about, `words` what was said, in plain text (both are cut to a line or two);
    `path` is on our own site. `workspace_id` groups mail and names the place. Choices of the person decide whether it stands
    in the inbox, is mailed, or both; with `bundled` false no bundle tells of it, because a letter of its own does. Raises
    KeyError for an unknown kind, ValueError for an address of another site.
    """
    news = {"title": title, "words": words, "path": path, "actor": actor}
    tell_all([user_id], kind, subject, **news, workspace_id=workspace_id, bundled=bundled)


def tell_all(
    people: Collection[UUID],
    kind: str,
    subject: str,
    *,
    title: str,
    words: str,
    path: str,
    actor: str = "",
    workspace_id: UUID | None = None,
    bundled: bool = True,
) -> None:
    """Like `tell`, for many people in a few statements. Call it from a job when they may be more than a handful."""
    if not PATH.fullmatch(path):
        raise ValueError("an inbox leads to places on this site only")
    news = {"kind": kind, "subject": subject, "path": path, "workspace_id": workspace_id}
    news |= {"title": _cut("title", title), "words": _cut("words", words), "actor": _cut("actor", actor)}
    with db.system("tell people"):
        # In the same order every time, so that two who tell the same people never wait for each other.
        everyone = sorted(set(people))
        for first in range(0, len(everyone), AT_A_TIME):
            _tell(everyone[first : first + AT_A_TIME], kind, news, bundled)


def _cut(name: str, typed: str) -> str:
    """One line of plain words, cut with an ellipsis."""
    line, most = " ".join(typed.split()), LONGEST[name]
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _tell(people: Sequence[UUID], kind: str, news: dict[str, Any], bundled: bool) -> None:
    moment = db.now()
    wanted = {
        who: wish if bundled else replace(wish, mail="never") for (who, _), wish in wishes(people, [kind]).items()
    }
    heard = {who: wish for who, wish in wanted.items() if wish.inbox or wish.mail != "never"}
    if not heard:
        return
    windows = _windows({who: wish for who, wish in heard.items() if wish.mail != "never"}, moment)
    rows = [_row(who, wish, windows.get(who), moment) | news for who, wish in heard.items()]
    put = _put(rows)
    for who, wish in heard.items():
        if wish.inbox:
            emit(InboxChanged(user_id=who))
    ring(kind, {who: put[who] for who, wish in heard.items() if wish.inbox and wish.push}, moment)


def _windows(mailed: dict[UUID, Wish], moment: datetime) -> dict[UUID, UUID]:
    """The open window of each of these people, opened where none was; locked until the news in it is written."""
    if not mailed:
        return {}
    due = {who: moment if wish.mail == "at_once" else moment + BUNDLED_FOR for who, wish in mailed.items()}
    statement = insert(MailWindow).values(
        [{"id": new_id(), "user_id": who, "opens_at": moment, "due_at": due[who], "state": "open"} for who in mailed]
    )
    upsert = statement.on_conflict_do_update(
        index_elements=["user_id"],
        index_where=text("state = 'open'"),
        set_={"due_at": func.least(MailWindow.due_at, statement.excluded.due_at)},
    )
    found = {row.user_id: row.id for row in db.session().execute(upsert.returning(MailWindow.user_id, MailWindow.id))}
    for who in (one for one, wish in mailed.items() if wish.mail == "at_once"):
        later("notifications.send_bundle", window_id=found[who], dedupe_key=f"bundle:{found[who]}")
    return found


def _row(who: UUID, wish: Wish, window_id: UUID | None, moment: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "user_id": who,
        "count": 1,
        "listed": wish.inbox,
        "window_id": window_id,
        "created_at": moment,
        "updated_at": moment,
    }


def _put(rows: list[dict[str, Any]]) -> dict[UUID, UUID]:
    """A new item, or one more in the unread one: decided by the unique index, so two at once never make two. Items by person."""
    statement = insert(InboxItem).values(rows)
    new = statement.excluded
    bundled = {
        "count": InboxItem.count + 1,
        "listed": InboxItem.listed | new.listed,
        "window_id": func.coalesce(new.window_id, InboxItem.window_id),
        "updated_at": func.greatest(InboxItem.updated_at, new.updated_at),
        "mailed_at": None,
        **{name: new[name] for name in ("title", "words", "path", "actor", "workspace_id")},
    }
    upsert = statement.on_conflict_do_update(
        index_elements=["user_id", "kind", "subject"], index_where=text("read_at is null"), set_=bundled
    )
    put = db.session().execute(upsert.returning(InboxItem.user_id, InboxItem.id))
    return {row.user_id: row.id for row in put}
