"""Reading what is listed: ids by pages, then their texts, then the variations and the insides of kits (SHOPEE.md §6)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.channels.channel_facts import ListingFacts, Page
from app.channels.platforms import shopee_goods as goods
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee_errors import NAME, is_gone
from app.channels.platforms.shopee_line import Line
from app.channels.platforms.shopee_words import said, whole
from app.core.errors import ProviderError
from app.core.wire import mapping, reading, rows

Found = Mapping[str, Any]
PAGE = 50
DEEPEST = 1000
BEGAN = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp())
"""Shopee opened in 2015; nothing was listed before."""


def page(line: Line, cursor: str, since: datetime | None, now: datetime) -> Page[ListingFacts]:
    """Deep offsets are refused, so a window with too many items is halved before it is walked.

    The cursor holds the windows that are left, "from-to@offset,from-to@0,…"; empty ones are passed over. Items that change while
    they are listed may be skipped by their offset; the next listing `since` this one has them.
    """
    start = int(since.timestamp()) if since else BEGAN
    windows = cursor.split(",") if cursor else [f"{start}-{int(now.timestamp())}@0"]
    windows, found = _fitting(line, windows)
    while len(windows) > 1 and not rows(found.get("item")) and found.get("has_next_page") is not True:
        windows, found = _fitting(line, windows[1:])
    listed = rows(found.get("item"))
    left = [_onward(windows[0], found), *windows[1:]]
    with reading(NAME):
        kits = {said(one["item_id"]) for one in listed if _is_kit(one)}
        facts = _details(line, [said(one["item_id"]) for one in listed], kits)
    return Page(facts, ",".join(filter(None, left)), _left(windows, found))


def _fitting(line: Line, windows: Sequence[str]) -> tuple[list[str], Found]:
    """The first page of the first window that is shallow enough, and the windows from it on."""
    queue = list(windows)
    while True:
        start, end, offset = _parts(queue[0])
        found = _listed(line, start, end, offset)
        if offset or whole(found.get("total_count")) <= DEEPEST or end - start < 2:
            return queue, found
        middle = (start + end) // 2
        queue[0:1] = [f"{start}-{middle}@0", f"{middle + 1}-{end}@0"]


def _parts(window: str) -> tuple[int, int, int]:
    span, _, offset = window.partition("@")
    start, _, end = span.partition("-")
    return int(start), int(end), int(offset)


def _listed(line: Line, start: int, end: int, offset: int) -> Found:
    found = line.get(
        "/api/v2/product/get_item_list",
        offset=offset,
        page_size=PAGE,
        item_status=list(states.LISTED),
        update_time_from=start,
        update_time_to=end,
    )
    return mapping(found.get("response"))


def _onward(window: str, found: Found) -> str:
    if found.get("has_next_page") is not True:
        return ""
    span, _, offset = window.partition("@")
    following = whole(found.get("next_offset"))
    return f"{span}@{following}" if following > int(offset) else ""


def _left(windows: Sequence[str], found: Found) -> int | None:
    """Items still to come, while there is one window: the others have not been counted."""
    if len(windows) > 1:
        return None
    done = _parts(windows[0])[2] + len(rows(found.get("item")))
    return max(whole(found.get("total_count")) - done, 0)


def one(line: Line, product_id: str) -> Sequence[ListingFacts]:
    try:
        found = _details(line, [product_id])
    except ProviderError as error:
        if is_gone(error.remote_code or "", str(error)):
            return []
        raise
    return [each for each in found if each.state != "gone"]


def _details(line: Line, ids: Sequence[str], kits: Collection[str] = ()) -> list[ListingFacts]:
    if not ids:
        return []
    found = line.get("/api/v2/product/get_item_base_info", item_id_list=",".join(ids))
    items = rows(mapping(found.get("response")).get("item_list"))
    return [facts for item in items for facts in _variations(line, item, kits)]


def _variations(line: Line, item: Found, kits: Collection[str]) -> list[ListingFacts]:
    item_id = said(item.get("item_id"))
    facts = [goods.plain(item)]
    if item.get("has_model") is True:
        models = line.get("/api/v2/product/get_model_list", item_id=item_id)
        facts = goods.models(item, mapping(models.get("response")))
    if item_id in kits or _is_kit(item):
        kit = line.get("/api/v2/product/get_kit_item_info", item_id=item_id)
        facts = goods.with_members(facts, mapping(mapping(kit.get("response")).get("product_info")))
    return facts


def _is_kit(item: Found) -> bool:
    return mapping(item.get("tag")).get("kit") is True
