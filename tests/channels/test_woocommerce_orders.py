"""How a WooCommerce shop's orders are asked for and read (TRAPS.md E35)."""

from datetime import UTC, datetime
from typing import Any

from tests.channels.woocommerce import ORDER, SINCE, UNTIL, last, query, recorded, speaker, told, where
from tests.shipping.replay import Replay


def at(second: int, number: int = 1) -> dict[str, Any]:
    return {
        "id": number,
        "status": "processing",
        "date_modified_gmt": f"2026-03-01T10:{second // 60:02}:{second % 60:02}",
    }


def test_changed_orders_are_asked_in_utc_with_an_overlap(replay: Replay) -> None:
    late = {**at(0, 2), "date_modified_gmt": "2026-03-01T11:00:00"}
    found = speaker(replay.say([at(1), late])).orders(SINCE, UNTIL)
    assert [one.id for one in found.items] == ["1"]
    assert query(last(replay).path) == {
        "modified_after": "2026-03-01T09:59:59", "modified_before": "2026-03-01T11:00:01", "dates_are_gmt": "true",
        "orderby": "modified", "order": "asc", "per_page": "100", "offset": "0",
    }  # fmt: skip
    assert found.items[0].updated_at == datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)


def test_the_next_page_goes_on_from_the_last_change(replay: Replay) -> None:
    full = [at(place, place) for place in range(100)]
    page = speaker(replay.say(full, X_WP_Total="140")).orders(SINCE, UNTIL)
    assert speaker(replay.say([at(99, 99)], X_WP_Total="41")).orders(SINCE, UNTIL, page.cursor).cursor == ""
    asked = query(last(replay).path)
    assert asked["modified_after"] == "2026-03-01T10:01:38" and asked["offset"] == "0"


def test_a_second_with_more_orders_than_a_page_holds_is_counted_through(replay: Replay) -> None:
    woo = speaker(replay.say([at(0, place) for place in range(100)], X_WP_Total="230"))
    first = woo.orders(SINCE, UNTIL)
    second = woo.orders(SINCE, UNTIL, first.cursor)
    asked = query(last(replay).path)
    assert asked["modified_after"] == "2026-03-01T09:59:59" and asked["offset"] == "80" and second.cursor


def test_a_shop_that_cannot_sort_by_change_is_read_by_date(replay: Replay) -> None:
    wrong = {"code": "rest_invalid_param", "message": "Invalid parameter(s): orderby", "data": {"status": 400}}
    replay.say(wrong, 400).say([at(1)] * 100, X_WP_Total="101").say([at(2)], X_WP_Total="101")
    page = speaker(replay).orders(SINCE, UNTIL)
    assert query(last(replay).path)["orderby"] == "date" and "modified_before" not in query(last(replay).path)
    assert speaker(replay).orders(SINCE, UNTIL, page.cursor).cursor == ""
    assert query(last(replay).path)["offset"] == "80" and len(replay.asked) == 3


def test_orders_are_read_together_and_refunds_only_where_there_are_any(replay: Replay) -> None:
    first, second = told(recorded("orders_list"))
    lines = [{"id": 1, "quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": "311"}]}]
    refunds = [{**told(recorded("refund_create")), "line_items": lines}]
    replay.say([second, first]).say(refunds)
    found = speaker(replay).read_orders(["727", "723"])
    assert [one.id for one in found] == ["727", "723"] and found[1].items[0].returned == 1
    assert [where(one) for one in replay.asked] == ["GET /orders", "GET /orders/723/refunds"]
    assert query(replay.asked[0].path)["include"] == "727,723"


def test_an_order_in_the_trash_is_found_and_a_missing_one_left_out(replay: Replay) -> None:
    gone = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."}
    replay.say([]).say({**ORDER, "status": "trash"}).say(gone, 404)
    assert [(one.id, one.state) for one in speaker(replay).read_orders(["727", "9"])] == [("727", "cancelled")]
