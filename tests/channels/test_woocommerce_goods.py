"""What a WooCommerce shop lists, and how its stock and prices are written (TRAPS.md A7, A8)."""

import pytest

from app.channels.channel_facts import PriceChange, Ref, StockChange
from app.core.errors import ProviderError
from tests.channels.woocommerce import SINCE, last, query, recorded, speaker, told, where
from tests.shipping.replay import Replay

SIMPLE = told(recorded("product_simple"))


def test_products_come_page_by_page_with_their_variations(replay: Replay) -> None:
    variable = {**told(recorded("products_list"))[0], "id": 22}
    replay.say([SIMPLE, variable, {**SIMPLE, "id": 5, "type": "grouped"}], X_WP_Total="101", X_WP_TotalPages="3")
    replay.say(told(recorded("variations_list")), X_WP_Total="2")
    page = speaker(replay).listings()
    assert [(one.ref.product, one.ref.variant) for one in page.items] == [("794", ""), ("22", "733"), ("22", "732")]
    assert (page.cursor, page.left) == ("2", 51)
    assert query(replay.asked[0].path) == {"per_page": "50", "page": "1", "orderby": "id", "order": "asc"}
    assert where(replay.asked[1]) == "GET /products/22/variations"
    end = speaker(replay.say([SIMPLE], X_WP_Total="101", X_WP_TotalPages="3")).listings("3", SINCE)
    assert end.cursor == "" and end.left == 0
    assert (
        query(last(replay).path)["modified_after"] == "2026-03-01T09:59:58"
        and query(last(replay).path)["dates_are_gmt"] == "true"
    )


def test_a_page_goes_on_when_the_headers_got_lost(replay: Replay) -> None:
    many = [{**SIMPLE, "id": number} for number in range(1, 51)]
    assert speaker(replay.say(many)).listings().cursor == "2"
    assert speaker(replay.say(many[:49])).listings().cursor == ""


def test_one_product_is_read_with_all_its_skus(replay: Replay) -> None:
    assert [one.ref for one in speaker(replay.say(SIMPLE)).listing("794")] == [Ref("794")]
    replay.say({**SIMPLE, "id": 732, "type": "variation", "parent_id": 794}).say(SIMPLE)
    assert [one.ref for one in speaker(replay).listing("732")] == [Ref("794")]
    gone = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    assert speaker(replay.say(gone, 404)).listing("1") == ()
    assert speaker(replay.say({**SIMPLE, "status": "trash"})).listing("794") == []
    before = len(replay.asked)
    assert speaker(replay).listing("../users/1") == () and len(replay.asked) == before


def test_a_missing_api_is_not_a_missing_product(replay: Replay) -> None:
    replay.say(recorded("errors")[0]["body"], 404)
    with pytest.raises(ProviderError):
        speaker(replay).listing("794")


def change(product: str, variant: str, quantity: int) -> StockChange:
    return StockChange(Ref(product, variant), {"": quantity})


def test_stock_is_written_absolutely_and_zero_is_a_number(replay: Replay) -> None:
    replay.say({"update": [{"id": 7, "stock_quantity": 0}, {"id": 8}]}).say({"update": [{"id": 732}]})
    found = speaker(replay).set_stock([change("7", "", 0), change("22", "732", 3), change("8", "", 12)])
    assert [(one.ref, one.ok) for one in found] == [(Ref("7"), True), (Ref("22", "732"), True), (Ref("8"), True)]
    assert [where(one) for one in replay.asked] == ["POST /products/batch", "POST /products/22/variations/batch"]
    assert replay.asked[0].body == {
        "update": [
            {"id": 7, "manage_stock": True, "stock_quantity": 0},
            {"id": 8, "manage_stock": True, "stock_quantity": 12},
        ]
    }


def test_failures_inside_an_answer_of_200_are_told_per_item(replay: Replay) -> None:
    errors = [
        {
            "id": 8,
            "error": {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 400}},
        },
        {"id": 9, "error": {"code": "db_error", "message": "<b>Busy</b>", "data": {"status": 500}}},
        {"id": 7},
    ]
    found = speaker(replay.say({"update": errors})).set_stock([change(str(one), "", 1) for one in (7, 8, 9, 10)])
    assert [(one.ok, one.permanent, one.gone) for one in found] == [
        (True, False, False), (False, True, True), (False, False, False), (False, False, False),
    ]  # fmt: skip
    assert found[2].error == "Busy" and found[3].code == "missing"


def test_a_group_that_fails_does_not_hide_what_went_through(replay: Replay) -> None:
    replay.say({"update": [{"id": 7}]}).say(b"<html>", 503)
    found = speaker(replay).set_stock(
        [change("7", "", 1), change("22", "732", 1), change("23", "800", 1), change("x", "", 1)]
    )
    assert [(one.ok, one.permanent, one.gone) for one in found] == [
        (True, False, False), (False, False, False), (False, False, False), (False, True, True),
    ]  # fmt: skip
    assert len(replay.asked) == 2
    replay.say(b"<html>", 503)
    with pytest.raises(ProviderError):
        speaker(replay).set_stock([change("7", "", 1), change("22", "732", 1)])
    assert len(replay.asked) == 3


def test_a_product_that_is_gone_does_not_stop_the_others(replay: Replay) -> None:
    gone = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."}
    replay.say(gone, 404).say({"update": [{"id": 800}]})
    found = speaker(replay).set_stock([change("22", "732", 1), change("23", "800", 1)])
    assert [(one.ok, one.gone) for one in found] == [(False, True), (True, False)]
    replay.say(gone, 404)
    assert speaker(replay).set_stock([change("22", "732", 1)])[0].gone


def test_batches_are_cut_at_a_hundred(replay: Replay) -> None:
    for start in (1, 101):
        replay.say({"update": [{"id": number} for number in range(start, min(start + 100, 151))]})
    assert all(one.ok for one in speaker(replay).set_stock([change(str(number), "", 1) for number in range(1, 151)]))
    assert [len(one.body["update"]) for one in replay.asked] == [100, 50]


def test_prices_are_written_with_the_decimals_of_their_currency(replay: Replay) -> None:
    replay.say({"update": [{"id": 7}, {"id": 8}]})
    speaker(replay).set_price([PriceChange(Ref("7"), 1999, "USD"), PriceChange(Ref("8"), 250000, "VND")])
    assert last(replay).body == {"update": [{"id": 7, "regular_price": "19.99"}, {"id": 8, "regular_price": "250000"}]}
