"""The workspace's side bar: only places that exist and that the role may see."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any
from uuid import UUID

from flask import current_app, g, request

from app.core import db
from app.core.permissions import Permission as P
from app.core.permissions import allowed
from app.core.web.access import Membership, viewer
from app.notifications.queries import unread
from app.workspaces.queries import memberships

Item = tuple[str, str, str, str, P | None]
GROUPS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("", (("Today", "", "house", "g h", None),)),
    (
        "Sell",
        (
            ("Orders", "/orders", "package", "g o", P.ORDERS_ORDER_READ),
            ("Shipping", "/shipping", "truck", "g v", P.SHIPPING_PARCEL_READ),
            ("Products", "/products", "tag", "g p", P.CATALOGUE_PRODUCT_READ),
            ("Inventory", "/inventory", "boxes", "g s", P.INVENTORY_STOCK_READ),
            ("Reviews", "/reviews", "star", "", P.REVIEWS_REVIEW_READ),
            ("Discounts", "/discounts", "percent", "", P.CATALOGUE_PRODUCT_READ),
            ("Leaks", "/leaks", "fingerprint", "", P.DOWNLOADS_LEAK_TRACE),
            ("Shops", "/shops", "store", "", P.CATALOGUE_PRODUCT_READ),
        ),
    ),
    (
        "Channels",
        (
            ("Connections", "/channels", "plug", "g n", P.CHANNELS_CONNECTION_READ),
            ("Listings", "/channels/listings", "layers", "", P.CHANNELS_CONNECTION_READ),
            ("Sync log", "/channels/runs", "history", "", P.CHANNELS_CONNECTION_READ),
        ),
    ),
    ("Community", (("Forum", "/forum", "messages-square", "g f", P.FORUM_POST_READ),)),
    ("Money", (("Payouts", "/payouts", "landmark", "g b", P.PAYMENTS_MONEY_READ),)),
    (
        "Settings",
        (
            ("Team", "/members", "users", "g t", P.WORKSPACES_MEMBER_READ),
            ("Audit", "/audit", "history", "", P.WORKSPACES_AUDIT_READ),
            ("Workspace", "/settings", "settings", "g ,", P.WORKSPACES_WORKSPACE_WRITE),
        ),
    ),
)

PLATFORM: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("", (("Overview", "/admin", "server", "g h", None),)),
    (
        "Traffic",
        (
            ("Webhooks", "/admin/webhooks", "webhook", "g w", None),
            ("Jobs", "/admin/jobs", "layers", "g j", None),
            ("Schedule", "/admin/schedule", "clock", "g s", None),
            ("Leaks", "/admin/leaks", "fingerprint", "", None),
            ("Reviews", "/admin/reviews", "star", "", None),
        ),
    ),
    (
        "Money",
        (
            ("Fees", "/admin/fees", "percent", "g f", None),
            ("Books", "/admin/money", "scale", "g b", None),
        ),
    ),
    ("Community", (("Forum", "/w/guildhall/forum", "messages-square", "", P.FORUM_POST_READ),)),
    (
        "Settings",
        (
            ("Team", "/w/guildhall/members", "users", "g t", P.WORKSPACES_MEMBER_READ),
            ("Audit", "/w/guildhall/audit", "history", "", P.WORKSPACES_AUDIT_READ),
            ("Workspace", "/w/guildhall/settings", "settings", "g ,", P.WORKSPACES_WORKSPACE_WRITE),
        ),
    ),
)
"""The platform's own workspace sells nothing: whoever operates it finds the operator's pages there."""


class Lazy:
    """A list that is made when a template first looks at it; most fragments never do."""

    def __init__(self, make: Callable[[], list[Any]]) -> None:
        self._make = make
        self._made: list[Any] | None = None

    def _list(self) -> list[Any]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __iter__(self) -> Iterator[Any]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())

    def __getitem__(self, index: int) -> Any:
        return self._list()[index]


def switcher() -> dict[str, Any]:
    """`workspaces`: the viewer's memberships, for the switcher and the account menu."""
    return {"workspaces": Lazy(_places)}


def _places() -> list[Membership]:
    person = viewer()
    return memberships(person.id) if person else []


def inbox() -> dict[str, Any]:
    """`inbox_url`, `inbox_topic` and `inbox_unread()` for the bell of signed-in people; counted once, when a page draws it."""
    person = viewer()
    if person is None:
        return {}
    return {
        "inbox_url": "/inbox",
        "inbox_topic": f"member:{person.id}:inbox",
        "inbox_unread": cache(partial(_unread, person.id)),
    }


def _unread(person: UUID) -> int:
    """In the person's own scope, whatever the page's is; a page that reads nothing, such as an error's, counts nothing."""
    scope = db.scope()
    if scope is None:
        return 0
    if scope == db.Scope("buyer", None, person):
        return unread(person)
    with db.buyer(person):
        return unread(person)


def side_bar() -> dict[str, Any]:
    """`nav`: groups of places in the workspace that the address names."""
    return {"nav": Lazy(_groups)}


def _groups() -> list[dict[str, Any]]:
    place: Membership | None = g.get("membership")
    if place is None:
        return []
    if place.is_platform:
        return _platform(place)
    known = {rule.rule for rule in current_app.url_map.iter_rules()}
    groups = [
        {"title": title, "items": [_item(place, *item) for item in items if _there(place, known, item)]}
        for title, items in GROUPS
    ]
    return _nearest([group for group in groups if group["items"]])


def _nearest(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of places that lie inside each other only the innermost is where one is."""
    active = [item for group in groups for item in group["items"] if item["active"]]
    for item in sorted(active, key=lambda one: -len(one["href"]))[1:]:
        item["active"] = False
    return groups


def _platform(place: Membership) -> list[dict[str, Any]]:
    groups = [
        {"title": title, "items": [_entry(*item[:4]) for item in items if _seen(place, item)]}
        for title, items in PLATFORM
    ]
    return [group for group in groups if group["items"]]


def _seen(place: Membership, item: Item) -> bool:
    """A page without a permission of its own is for operators."""
    return place.operates if item[4] is None else allowed(place.role, item[4])


def _there(place: Membership, known: set[str], item: Item) -> bool:
    _, path, _, _, permission = item
    return f"/w/<workspace>{path}" in known and (permission is None or allowed(place.role, permission))


def _item(place: Membership, label: str, path: str, icon: str, hotkey: str, _: P | None) -> dict[str, Any]:
    return _entry(label, f"/w/{place.slug}{path}", icon, hotkey, home=not path)


def _entry(label: str, href: str, icon: str, hotkey: str, *, home: bool = False) -> dict[str, Any]:
    here = request.path.rstrip("/")
    active = here == href or (not home and href != "/admin" and here.startswith(f"{href}/"))
    return {"label": label, "href": href, "icon": icon, "hotkey": hotkey, "active": active, "badge": None}
