"""Single values as Shopee writes them: "-" for nothing, 0 for no variation and no moment, numbers that may be text."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.channels.channel_facts import Ref
from app.core.wire import decimal, minor, text

EPOCH_SIZED = 100_000_000
CURRENCIES = {
    "SG": "SGD", "MY": "MYR", "TH": "THB", "VN": "VND", "ID": "IDR", "PH": "PHP", "TW": "TWD", "BR": "BRL",
    "MX": "MXN", "CO": "COP", "CL": "CLP", "AR": "ARS", "PL": "PLN", "ES": "EUR", "FR": "EUR", "IN": "INR",
}  # fmt: skip
TWO_DECIMALS = {"SG", "MY", "BR", "MX", "PL", "ES", "AR"}
"""Regions whose prices have cents; all others are sold in whole units, whatever the currency's own exponent."""


def said(value: Any) -> str:
    """Text; the documents' and the API's "-" is nothing."""
    found = text(value)
    return "" if found == "-" else found


def whole(value: Any, default: int = 0) -> int:
    """A whole number, also written as text; `default` for anything else."""
    try:
        return int(decimal(value))
    except ValueError:
        return default


def at(value: Any) -> datetime | None:
    """A moment from unix seconds; 0, null and what no calendar has are None."""
    seconds = whole(value)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def until(expire_in: Any, now: datetime) -> datetime:
    """The end of a token: seconds from now, or in some answers the moment itself."""
    seconds = whole(expire_in)
    return datetime.fromtimestamp(seconds, UTC) if seconds > EPOCH_SIZED else now + timedelta(seconds=seconds)


def cents(value: Any, currency: str, times: int = 1) -> int:
    """Minor units by the currency's exponent, of so many together; 0 for what is no number."""
    try:
        return minor(decimal(value) * times, currency)
    except ValueError:
        return 0


def ref(item_id: Any, model_id: Any = None) -> Ref:
    """Model 0 is a product without variations."""
    model = said(model_id)
    return Ref(said(item_id), "" if model == "0" else model)


def line_id(row: Any) -> str:
    """A line's id: Shopee has none that is its own for each (`order_item_id` is often the item's id for all its models)."""
    parts = (row.get(name) for name in ("item_id", "model_id", "order_item_id", "promotion_group_id"))
    return ".".join(str(whole(part)) for part in parts)


def line_parts(identifier: str) -> tuple[int, int, int, int]:
    """item_id, model_id, order_item_id, promotion_group_id of a line's id. Raises ValueError for a foreign one."""
    item, model, order_item, group = (int(part) for part in identifier.split("."))
    return item, model, order_item, group
