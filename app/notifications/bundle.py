"""What one mail says about many items: grouped by place, then by what they are about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.notifications import kinds
from app.notifications.models import InboxItem

MOST = 40
"""Items that one mail tells of; the rest is counted and waits in the inbox."""


def context(items: Sequence[InboxItem], places: Mapping[UUID, str]) -> dict[str, Any]:
    """For the template `bundle`; the newest item comes first. `places` are names of workspaces by id."""
    newest = sorted(items, key=lambda one: (one.updated_at, one.id), reverse=True)
    told = newest[:MOST]
    return {
        "lead": _lead(newest),
        "places": [
            {"name": places.get(place, "") if place else "", "subjects": list(_subjects(rows))}
            for place, rows in _grouped(told, "workspace_id").items()
        ],
        "left": len(newest) - len(told),
    }


def _lead(newest: Sequence[InboxItem]) -> str:
    """The mail's subject line."""
    first, about = newest[0], {one.subject for one in newest}
    if len(about) > 1:
        return f"{first.title} and {len(about) - 1} more"
    return f"{kinds.of(first.kind).line(first.actor)}: {first.title}" if len(newest) == 1 else f"New: {first.title}"


def _subjects(rows: Iterable[InboxItem]) -> Iterable[dict[str, Any]]:
    for about in _grouped(rows, "subject").values():
        yield {"title": about[0].title, "path": about[0].path, "news": [_line(one) for one in about]}


def _line(item: InboxItem) -> dict[str, Any]:
    kind = kinds.of(item.kind)
    more = f"{item.count} {kind.many} in all" if item.count > 1 else ""
    return {"who": kind.line(item.actor), "words": item.words, "more": more}


def _grouped(rows: Iterable[InboxItem], name: str) -> dict[Any, list[InboxItem]]:
    """By the value of a column, in the order in which the values are first met."""
    groups: dict[Any, list[InboxItem]] = {}
    for row in rows:
        groups.setdefault(getattr(row, name), []).append(row)
    return groups
