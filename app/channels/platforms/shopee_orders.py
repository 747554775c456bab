"""Reading orders whole: their details, what bundles cost, and the tracking numbers that only parcels know."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.order_facts import OrderFacts
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms.shopee_errors import NAME, short
from app.channels.platforms.shopee_line import Line
from app.channels.platforms.shopee_words import said
from app.core.errors import ProviderError
from app.core.wire import mapping, reading, rows

Found = Mapping[str, Any]
BATCH = 50


def read(line: Line, ids: Sequence[str]) -> list[OrderFacts]:
    """Those that exist, fifty at a time."""
    found = [one for place in range(0, len(ids), BATCH) for one in details(line, ids[place : place + BATCH])]
    incomes = [_income(line, one) if facts.needs_income(one) else None for one in found]
    parcels = _parcels(line, [number for one in found for number in facts.arranged(one)])
    with reading(NAME):
        whole = [facts.numbered(one, parcels) for one in found]
        return [facts.order(one, income) for one, income in zip(whole, incomes, strict=True)]


def details(line: Line, ids: Sequence[str]) -> list[Found]:
    """One id that does not exist may refuse the whole batch: then it is asked for in halves."""
    try:
        found = line.get(
            "/api/v2/order/get_order_detail",
            order_sn_list=",".join(ids),
            response_optional_fields=facts.OPTIONAL,
            request_order_status_pending="true",
        )
    except ProviderError as error:
        if short(error.remote_code or "") != "error_not_found":
            raise
        half = len(ids) // 2
        return [*details(line, ids[:half]), *details(line, ids[half:])] if half else []
    return rows(mapping(found.get("response")).get("order_list"))


def _parcels(line: Line, numbers: Sequence[str]) -> dict[str, Found]:
    """Details by package number: an order's own list of parcels says no tracking number."""
    known: dict[str, Found] = {}
    for place in range(0, len(numbers), BATCH):
        wanted = ",".join(numbers[place : place + BATCH])
        found = _if_there(line, "/api/v2/order/get_package_detail", package_number_list=wanted)
        known |= {said(one.get("package_number")): one for one in rows(found.get("package_list"))}
    return known


def _income(line: Line, order: Found) -> Found:
    """What bundle lines cost; nothing before Shopee has settled it."""
    found = _if_there(line, "/api/v2/payment/get_escrow_detail", order_sn=said(order.get("order_sn")))
    return mapping(found.get("order_income"))


def _if_there(line: Line, path: str, **query: str) -> Found:
    """A part that an order is told without, too: refused for good it is left out."""
    try:
        return mapping(line.get(path, **query).get("response"))
    except (AccessExpired, AccessEnded):
        raise
    except ProviderError as error:
        if not error.permanent:
            raise
        return {}
