"""Quantities at TikTok Shop: absolute, in all warehouses, an outcome per SKU, and what to do where zero is refused; and the
walk through more products than a search shows (TIKTOK.md §6, TRAPS.md A1, A6-A8, A11, F43)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

import tests.shipping.replay as replays
from app.channels.channel import AccessExpired
from app.channels.channel_facts import Outcome, Ref, StockChange
from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.tiktok_requests import Slice
from app.core.errors import ProviderError
from app.core.http import breaker
from tests.channels.tiktok import connection, path, query, recorded, saying, told
from tests.shipping.replay import Asked, Replay, replaying

A, B = Ref("10", "1"), Ref("10", "2")


def item_error(code: int, sku: str, words: str = "stock count is invalid") -> dict[str, Any]:
    return told({"errors": [{"code": code, "message": words, "detail": {"sku_id": sku}}]})


def counted(sku: str, **places: int) -> dict[str, Any]:
    row = {"id": sku, "warehouse_inventory": [{"warehouse_id": w, "available_quantity": n} for w, n in places.items()]}
    return told({"inventory": [{"product_id": "10", "skus": [row]}]})


def test_an_item_that_fails_inside_a_success_fails_alone() -> None:
    """`code: 0` and errors: one SKU is refused with the words of its warehouse, the other is done (TRAPS.md A7)."""
    changes = [StockChange(Ref("1729592969712207008", sku), {"": 3}) for sku in ("1729592969712207013", "77")]
    with saying(recorded("inventory_update_partial_error_response")) as (replay, tiktok):
        refused, done = tiktok.set_stock(changes)
        assert len(replay.asked) == 1 and len(replay.asked[0].body["skus"]) == 2
    assert not refused.ok and refused.permanent and refused.code == "12052003"
    assert "can not be actiavted" in refused.error and done == Outcome(changes[1].ref, ok=True)


def test_products_are_told_one_by_one_and_outcomes_keep_their_order() -> None:
    other = Ref("11", "1")
    no = (told(None, 12052048, "You cannot edit the specified product(s)."), 400)
    with saying(no, told()) as (replay, tiktok):
        found = tiktok.set_stock([StockChange(A, {"": 1}), StockChange(other, {"": 2}), StockChange(B, {"": 3})])
    assert [path(one).split("/")[4] for one in replay.asked] == ["10", "11"]
    assert [(one.ref, one.ok, one.gone) for one in found] == [(A, False, True), (other, True, False), (B, False, True)]


def test_a_product_takes_all_of_its_warehouses() -> None:
    """Those that are not named keep what they have; nothing is told about others (12019028)."""
    no = (told(None, 12019028, "Multiple warehouses detected. Include all warehouse IDs."), 400)
    with saying(no, counted("1", north=4, south=9), told()) as (replay, tiktok):
        (found,) = tiktok.set_stock([StockChange(A, {"north": 7})])
    assert found.ok
    assert replay.asked[1].body == {"sku_ids": ["1"]}
    (sku,) = replay.asked[2].body["skus"]
    assert {one["warehouse_id"]: one["quantity"] for one in sku["inventory"]} == {"north": 7, "south": 9}


def test_a_quantity_without_a_warehouse_is_all_there_is() -> None:
    no = item_error(12019028, "1", "Multiple warehouses detected.")
    with saying(no, counted("1", north=4, south=9), told()) as (replay, _):
        TikTok(connection(replay.url, warehouse="south")).set_stock([StockChange(A, {"": 5})])
    (sku,) = replay.asked[2].body["skus"]
    assert {one["warehouse_id"]: one["quantity"] for one in sku["inventory"]} == {"north": 0, "south": 5}


def test_zero_is_told_as_zero() -> None:
    with saying(told()) as (replay, tiktok):
        assert tiktok.set_stock([StockChange(A, {"w": 0})]) == [Outcome(A, ok=True)]
        assert len(replay.asked) == 1
        assert replay.asked[0].body["skus"][0]["inventory"] == [{"warehouse_id": "w", "quantity": 0}]


@pytest.mark.parametrize("whole", [False, True], ids=["for the SKU", "for the whole call"])
def test_where_zero_is_refused_the_product_goes_off_sale(whole: bool) -> None:
    refused = (told(None, 12019024, "stock count is invalid"), 400) if whole else item_error(12019024, "1")
    answers = [refused, *([told()] if whole else []), told()]
    with saying(*answers) as (replay, tiktok):
        empty, other = tiktok.set_stock([StockChange(A, {"": 0}), StockChange(B, {"": 3})])
    assert empty == Outcome(A, ok=True, paused=True) and other == Outcome(B, ok=True, paused=True)
    assert path(replay.asked[-1]) == "/product/202309/products/deactivate"
    assert replay.asked[-1].body == {"product_ids": ["10"]}
    if whole:  # the other SKU was told once more, alone
        assert [one["id"] for one in replay.asked[1].body["skus"]] == ["2"]


def test_a_product_that_will_not_go_off_sale_is_said_to_be_on_sale() -> None:
    stays = told({"errors": [{"code": 12052901, "message": "not available", "detail": {"product_id": "10"}}]})
    with saying(item_error(12019024, "1"), stays) as (_, tiktok):
        (found,) = tiktok.set_stock([StockChange(A, {"": 0})])
    assert not found.ok and not found.paused and found.error == "not available"


def test_a_paused_product_goes_on_sale_with_its_stock() -> None:
    with saying(told()) as (replay, tiktok):
        assert tiktok.set_stock([StockChange(A, {"": 4}, resume=True)])[0].ok
    assert [path(one).rsplit("/", 1)[1] for one in replay.asked] == ["update", "activate"]
    with saying(told()) as (replay, tiktok):
        tiktok.set_stock([StockChange(A, {"": 0}, resume=True)])
        assert len(replay.asked) == 1


def test_only_what_was_not_tried_at_all_raises() -> None:
    changes = [StockChange(A, {"": 1}), StockChange(Ref("11", "5"), {"": 2}), StockChange(Ref("12", "6"), {"": 3})]
    expired = (told(None, 105002, "Expired credentials."), 401)
    with saying(expired) as (_, tiktok), pytest.raises(AccessExpired):
        tiktok.set_stock(changes)
    busy = (told(None, 36009002, "Too many requests."), 429)
    with saying(told(), busy) as (replay, tiktok):
        done, *left = tiktok.set_stock(changes)
    assert done.ok and len(replay.asked) == 2
    assert all(not one.ok and not one.permanent and one.code == "36009002" for one in left)


# --- more products than a search shows
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


class Catalogue(Replay):
    """Products by the second of their change; a search that finds more than `cap` is refused or counts them all."""

    def __init__(self, changed: list[int], cap: int, page: int, refuses: bool) -> None:
        super().__init__()
        self.changed, self.cap, self.page, self.refuses = changed, cap, page, refuses

    def take(self, asked: Asked) -> Any:
        self.asked.append(asked)
        return 200, json.dumps(self.said(asked)).encode(), {}

    def said(self, asked: Asked) -> Any:
        if path(asked).endswith("inventory/search"):
            return told({"inventory": []})
        low, high = asked.body.get("update_time_ge", 0), asked.body.get("update_time_le", 2**40)
        found = [(place, at) for place, at in enumerate(self.changed) if low <= at <= high]
        if self.refuses and len(found) > self.cap:
            return told(None, 12052180, "The total number of search results can not exceed 10000.")
        start = int(query(asked).get("page_token", "0"))
        shown = found[start : start + self.page]
        more = str(start + self.page) if start + self.page < len(found) else ""
        rows = [{"id": str(place), "status": "ACTIVATE", "skus": [{"id": "1"}]} for place, _ in shown]
        return told({"products": rows, "total_count": len(found), "next_page_token": more})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A TikTok with a catalogue of its own; the cap is lowered, because 10,000 products teach nothing that 20 do not."""

    def catalogue(changed: list[int], refuses: bool, cap: int = 20) -> Any:
        monkeypatch.setattr("app.channels.platforms.tiktok_requests.CAP", cap)
        monkeypatch.setattr(replays, "Replay", lambda: Catalogue(changed, cap, 7, refuses))
        return replaying()

    yield catalogue
    breaker("TikTok Shop").success()


@pytest.mark.parametrize("refuses", [True, False], ids=["refused", "counted"])
@time_machine.travel(NOW, tick=False)
def test_a_long_list_is_walked_in_slices_and_none_is_missed(serve: Any, refuses: bool) -> None:
    now = int(NOW.timestamp())
    changed = [now - 40_000_000 + place * 11_003 for place in range(60)] + [now + 900 - place for place in range(19)]
    with serve(changed, refuses) as replay:
        tiktok, cursor, seen = TikTok(connection(replay.url)), "", []
        for _ in range(200):
            page = tiktok.listings(cursor)
            seen += [one.ref.product for one in page.items]
            cursor = page.cursor
            if not cursor:
                break
    assert sorted(seen, key=int) == [str(place) for place in range(79)]


@time_machine.travel(NOW, tick=False)
def test_what_cannot_be_cut_any_further_is_said(serve: Any) -> None:
    with serve([5] * 30, True) as replay, pytest.raises(ProviderError, match="changed in one second") as raised:
        TikTok(connection(replay.url)).listings()
    assert raised.value.permanent


def test_a_cursor_keeps_tokens_as_they_are() -> None:
    one = Slice(5, 9, "6AsPQsUM.vH3+D1/==")
    assert Slice.read(one.written()) == one
    assert one.following("") == Slice(10).written() and Slice(10).following("") == ""
