"""What is different about a row once it is here. Each function takes typed values with fresh ids and changes them, or returns False
when the row stays outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.archives.ids import Ids
from app.catalogue.actions.files import clean_name
from app.core import storage
from app.core.money import CURRENCIES
from app.forum.actions.bringing import rendered

ELSEWHERE = "elsewhere"
"""The channel of an order that was sold and paid in another workspace: nothing is refunded, mailed or paid out here."""
NEVER_PAID = "pending"


@dataclass
class Coming:
    """What is known on the way. `stored`: what was put into storage, by the fresh id of its row. `categories`: the shelves of the
    archive as ours. `slugs`: public addresses that were taken, and what they became. `outside`: ids of orders and files left out."""

    ids: Ids
    workspace_id: UUID
    stored: dict[UUID, storage.Stored] = field(default_factory=dict)
    categories: dict[UUID, UUID] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    outside: set[UUID] = field(default_factory=set)
    groups: list[dict[str, Any]] = field(default_factory=list)
    grouped: set[UUID] = field(default_factory=set)


Row = dict[str, Any]
Change = Callable[[Row, Coming], bool]


def shop(row: Row, coming: Coming) -> bool:
    """Nothing goes on sale before its owner opens it here."""
    row |= {"state": "draft", "slug": coming.slugs.get(row["slug"], row["slug"])}
    return True


def community(row: Row, coming: Coming) -> bool:
    row["slug"] = coming.slugs.get(f"c/{row['slug']}", row["slug"])
    return True


def product(row: Row, coming: Coming) -> bool:
    row["category_id"] = coming.categories.get(row["category_id"]) if row.get("category_id") else None
    return True


def picture(row: Row, coming: Coming) -> bool:
    """Made again from the original, as if it had been uploaded."""
    if row["id"] not in coming.stored:
        return False
    row |= {"state": "processing", "error": None, "width": 0, "height": 0, "renditions": {}}
    row["original_key"] = coming.stored[row["id"]].key
    return True


def file(row: Row, coming: Coming) -> bool:
    found = coming.stored.get(row["id"])
    if found is None:
        coming.outside.add(row["id"])
        return False
    row |= {"storage_key": found.key, "size": found.size, "sha256": found.sha256, "name": clean_name(row["name"])}
    if row.get("replaces_id") in coming.outside:
        row["replaces_id"] = None
    return True


def order(row: Row, coming: Coming) -> bool:
    """History: what was never paid stays out, and no account is linked to what was."""
    if row["state"] == NEVER_PAID:
        coming.outside.add(row["id"])
        return False
    group = {"id": row["group_id"], "buyer_id": row["buyer_id"], "currency": row["currency"], "email": ""}
    coming.groups.append(group | {"total_minor": row["total_minor"], "created_at": row["created_at"]})
    words = f"#{row['number']} {row['buyer_name']} {row['buyer_email']}".lower()
    row |= {"channel": ELSEWHERE, "connection_id": None, "platform_ships": False, "search_text": words}
    return True


def of_order(row: Row, coming: Coming) -> bool:
    return row["order_id"] not in coming.outside


def event(row: Row, coming: Coming) -> bool:
    data = row["data"] if isinstance(row["data"], dict) else {}
    row["data"] = {key: value for key, value in data.items() if _shown(key, value)}
    return of_order(row, coming)


def _shown(key: str, value: Any) -> bool:
    """The page draws sums and addresses out of it, so they have to be some."""
    if key in ("amount", "total"):
        return isinstance(value, dict) and type(value.get("minor")) is int and value.get("currency") in CURRENCIES
    if key in ("before", "after"):
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return True


def level(row: Row, _: Coming) -> bool:
    """Holds do not travel. (Movements say so too: `holds`.)"""
    row["reserved"] = 0
    return True


def post(row: Row, coming: Coming) -> bool:
    row["body"] = coming.ids.in_words(row["body"])
    row["html"], row["excerpt"] = rendered(row["body"])
    return True


def revision(row: Row, coming: Coming) -> bool:
    row["body"] = coming.ids.in_words(row["body"])
    return True


def drawn(row: Row, coming: Coming) -> bool:
    if row["id"] not in coming.stored:
        return False
    row |= {"state": "waiting", "error": "", "width": 0, "height": 0}
    row["key"] = coming.stored[row["id"]].key.removesuffix("/original")
    return True


def as_it_is(_: Row, __: Coming) -> bool:
    return True


CHANGES: dict[str, Change] = {
    "shops": shop,
    "communities": community,
    "products": product,
    "media": picture,
    "files": file,
    "orders": order,
    "order_lines": of_order,
    "order_events": event,
    "order_notes": of_order,
    "fulfilments": of_order,
    "discount_uses": of_order,
    "stock_levels": level,
    "forum_posts": post,
    "forum_revisions": revision,
    "forum_pictures": drawn,
}
