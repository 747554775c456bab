"""What a push says. A phone shows it on a locked screen, so it names the kind, the place and the thing, and never a person."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from app.notifications import kinds
from app.notifications.models import InboxItem

SHOWN = 3
"""Items that one push tells of by name."""
CUT = 180


def of(items: Sequence[InboxItem], place: str) -> dict[str, Any]:
    """`title`, `body`, `path` (where a click leads) and `tag` (a newer one takes the place of an older one)."""
    first = items[0]
    kind = kinds.of(first.kind)
    if len(items) == 1:
        return {
            "title": _at(kind.label, place),
            "body": _cut(first.title),
            "path": f"/inbox/{first.id}",
            "tag": topic(f"{first.kind} {first.subject}"),
        }
    more = len(items) - SHOWN
    told = [one.title for one in items[:SHOWN]] + ([f"and {more} more"] if more > 0 else [])
    return {
        "title": _at(f"{len(items)} {kind.many}", place),
        "body": _cut(", ".join(told)),
        "path": f"/inbox?kind={first.kind}",
        "tag": topic(first.kind),
    }


def tried() -> dict[str, Any]:
    """For a device that is tried out."""
    return {
        "title": "Push works here",
        "body": "This is how news will look on this device.",
        "path": "/me/notifications",
        "tag": topic("try"),
    }


def payload(words: dict[str, Any], message_id: object, unread: int) -> bytes:
    """As the service worker reads it; `unread` is the number on the app's badge."""
    return json.dumps({**words, "id": str(message_id), "unread": unread}, ensure_ascii=False).encode()


def topic(about: str) -> str:
    """32 letters that tell nobody what it is about (RFC 8030 §5.4)."""
    return hashlib.sha256(about.encode()).hexdigest()[:32]


def _at(what: str, place: str) -> str:
    return f"{what} · {place}" if place else what


def _cut(words: str) -> str:
    return words if len(words) <= CUT else f"{words[: CUT - 1].rstrip()}…"
