"""How the channel pages call things. Private to channels."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from markupsafe import Markup

from app.channels.models import ChannelRun
from app.channels.queries.truth import Cell
from app.core import db

STATES = {
    "active": "Connected",
    "paused": "Paused",
    "needs_reauth": "Needs you: connect again",
    "disconnected": "Disconnected",
}
LOOKS = {"active": "connected", "paused": "inactive", "needs_reauth": "needs_attention", "disconnected": "disconnected"}
"""Which of the known states of `ui.status` a connection looks like."""
ICONS = {"tiktok": "music", "shopee": "shopping-bag", "woocommerce": "store"}
SELLS = {
    "tiktok": "Orders from live streams and videos, packed with the rest.",
    "shopee": "Orders and labels of your Shopee shops in Asia and Latin America.",
    "woocommerce": "Your own WordPress shop, without a plugin.",
}
KINDS = {
    "orders": "Orders in",
    "listings": "Listings in",
    "stock": "Stock out",
    "sweep": "Stock check",
    "hooks": "Webhook check",
    "tracking": "Tracking out",
}
RUNS = {"running": "Running", "done": "Done", "partly": "Some failed", "failed": "Failed"}
RUN_LOOKS = {"running": "running", "done": "done", "partly": "needs_attention", "failed": "failed"}
MATCHES = {"none": "Not matched", "suggested": "Suggested", "matched": "Matched", "ignored": "Left out"}
MATCH_LOOKS = {"none": "waiting", "suggested": "new", "matched": "synced", "ignored": "hidden"}
LISTINGS = {
    "active": "On sale",
    "inactive": "Off sale",
    "pending": "In review",
    "refused": "Refused",
    "gone": "Not listed any more",
}
ORDERS = {
    "unknown": "Not known to us",
    "unpaid": "Not paid yet",
    "on_hold": "Held there for now",
    "to_ship": "To ship",
    "part_shipped": "Partly shipped",
    "awaiting_collection": "Waits for the carrier",
    "in_transit": "On its way",
    "delivered": "Delivered",
    "completed": "Completed",
    "cancel_requested": "The buyer asks to cancel",
    "cancelled": "Cancelled",
}
PARCELS = {
    "unknown": "Not known to us",
    "to_ship": "To ship",
    "arranged": "Pickup arranged",
    "in_transit": "On its way",
    "delivered": "Delivered",
    "failed": "Could not be delivered",
    "cancelled": "Cancelled",
}
TELLINGS = {
    "intended": "Being told",
    "sent": "Told, not confirmed yet",
    "arranged": "Arranged, label being made",
    "done": "Told",
    "failed": "Refused",
}
LABELS = {**TELLINGS, "intended": "Being asked for", "sent": "Being asked for", "done": "Here"}
"""The same for the platform's own label."""
TELLING_LOOKS = {
    "intended": "queued",
    "sent": "processing",
    "arranged": "processing",
    "done": "done",
    "failed": "failed",
}
RULES = {
    "buffer": "Keep back",
    "minimum": "Offer none below",
    "most": "Offer at most",
    "share": "Share, percent",
    "stock_paused": "Stock is not told",
}
REASONS = {
    "out_of_stock": "Out of stock",
    "buyer_asked": "The buyer asked for it",
    "undeliverable": "It cannot be delivered there",
    "price_error": "The price was wrong",
}
REQUESTS = {
    "cancel": "Cancel",
    "answer_cancellation": "Answer to the buyer’s wish to cancel",
    "answer_return": "Answer to a return",
}
ASKED = {"intended": "Being asked", "sent": "Being asked", "done": "Done there", "failed": "The platform said no"}
RETURNS = {
    "unknown": "Not known to us",
    "asked": "Asked",
    "accepted": "Accepted",
    "on_the_way": "On its way back",
    "refused": "Refused",
    "disputed": "Disputed",
    "refunded": "Refunded",
    "cancelled": "Withdrawn",
}
HANDOVERS = {"pickup": "The courier comes to you", "drop_off": "You bring it there", "own": "Your own carrier"}


def lasted(run: ChannelRun) -> str:
    """How long a run took, or has taken so far."""
    return span((run.ended_at or db.now()) - run.created_at)


def span(time: timedelta) -> str:
    """A length of time in the two largest units that fit: «3 min 20 s»."""
    seconds = max(int(time.total_seconds()), 0)
    if seconds < 1:
        return "under 1 s"
    parts = [("d", seconds // 86400), ("h", seconds // 3600 % 24), ("min", seconds // 60 % 60), ("s", seconds % 60)]
    return " ".join(f"{count} {unit}" for unit, count in [part for part in parts if part[1]][:2])


def slot(way: Mapping[str, Any]) -> Markup:
    """When a parcel is taken, as the platform gave it: a day, or from when to when; in the reader's own time where scripts run."""
    start, end = (datetime.fromisoformat(said) if (said := way.get(name)) else None for name in ("start", "end"))
    if start is None:
        return Markup("")
    if end is None:
        return _time(start, "EEE d MMM", DAY)
    first = _time(start, "EEE d MMM, HH:mm 'UTC'", DAY + Markup(" ") + HOURS)
    return Markup("{} – {}").format(first, _time(end, "HH:mm 'UTC'", HOURS))


DAY, HOURS = Markup('weekday="short" day="numeric" month="short"'), Markup('hour="2-digit" minute="2-digit"')


def _time(moment: datetime, pattern: str, shown: Markup) -> Markup:
    text, iso = format_datetime(moment, pattern, locale="en_GB"), moment.isoformat(timespec="seconds")
    opened = Markup('<relative-time format="datetime" datetime="{}" {}>').format(iso, shown)
    return opened + Markup('<time datetime="{}">{}</time></relative-time>').format(iso, text)


def because(cell: Cell) -> str:
    """Why a shop does not show, or does not sell, what we offer there; "" where it does, or is being told."""
    listed = "" if cell.listing.state == "active" else LISTINGS.get(cell.listing.state, cell.listing.state)
    return ". ".join(one for one in (listed, _why(cell)) if one)


def _why(cell: Cell) -> str:
    if cell.state == "refused":
        return cell.listing.push_error
    if cell.state == "uncounted":
        return "Never runs out here" if cell.offer.units is None else "That shop counts no units of it"
    if cell.state == "paused":
        return _untold(cell)
    return _differs(cell) if cell.state == "differs" else ""


def _untold(cell: Cell) -> str:
    if cell.connection.state == "needs_reauth":
        return "Told once you connect the shop again"
    if cell.connection.state != "active":
        return "The shop is paused"
    return (
        "The shop’s rules say not to tell" if cell.connection.stock_paused else "This listing’s rules say not to tell"
    )


def _differs(cell: Cell) -> str:
    if cell.listing.seen is None:
        return "The shop has not said yet what it shows"
    if cell.listing.pushed is None:
        return "Not told yet; the next check does it"
    return (
        "Changed over there; the next check puts it right" if cell.listing.pushed == cell.offer.units else "Told next"
    )
