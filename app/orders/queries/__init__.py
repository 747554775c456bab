"""The face of the order book's reads, by noun."""

from app.orders.queries.addressed import parsed
from app.orders.queries.book import (
    PAYMENTS,
    VIEWS,
    Filters,
    channels,
    chosen,
    countries,
    counts,
    export_rows,
    list_orders,
    matching,
    neighbours,
    pictures,
    position,
    tags,
    wares,
)
from app.orders.queries.bought import bought_lines, locked_lines
from app.orders.queries.changes import open_change
from app.orders.queries.one import Note, history, notes, order_by_number, timeline
from app.orders.queries.purchases import (
    NotOpenHere,
    group_detail,
    groups_by_email,
    groups_of,
    is_mine,
    waiting_for_bank,
)
from app.orders.queries.saved import saved_views
from app.orders.queries.selection import selected

__all__ = [
    "PAYMENTS",
    "VIEWS",
    "Filters",
    "NotOpenHere",
    "Note",
    "bought_lines",
    "channels",
    "chosen",
    "countries",
    "counts",
    "export_rows",
    "group_detail",
    "groups_by_email",
    "groups_of",
    "history",
    "is_mine",
    "list_orders",
    "locked_lines",
    "matching",
    "neighbours",
    "notes",
    "open_change",
    "order_by_number",
    "parsed",
    "pictures",
    "position",
    "saved_views",
    "selected",
    "tags",
    "timeline",
    "waiting_for_bank",
    "wares",
]
