"""Shopee's items in the sandbox: windows, models, kits, stock with every refusal, prices by region (SHOPEE.md §6, §9)."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.shopee import Shop, opened

LIST, BASE, MODELS = (
    "/api/v2/product/get_item_list",
    "/api/v2/product/get_item_base_info",
    "/api/v2/product/get_model_list",
)
STOCK, PRICE = "/api/v2/product/update_stock", "/api/v2/product/update_price"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def listed(shop: Shop, *statuses: str, **query: Any) -> Any:
    return shop.get(LIST, item_status=list(statuses) or ["NORMAL"], **{"offset": 0, "page_size": 50, **query})


def one_model(model: int, stock: Any, **place: Any) -> dict[str, Any]:
    return {"model_id": model, "seller_stock": [{"stock": stock, **place}]}


# --- reading
def test_items_are_listed_by_status_and_window(shop: Shop) -> None:
    now = shop.products[0]["updated"]
    shop.door(f"products/{shop.item(1)}/state", state="inactive")
    assert [one["item_id"] for one in listed(shop)["item"]] == [shop.item()]
    both = listed(shop, "NORMAL", "UNLIST")
    assert (
        both["total_count"] == 2
        and not both["has_next_page"]
        and {one["item_status"] for one in both["item"]} == {"NORMAL", "UNLIST"}
    )
    assert listed(shop, update_time_from=now + 3600, update_time_to=now + 7200)["item"] == []
    page = listed(shop, "NORMAL", "UNLIST", page_size=1)
    assert (page["has_next_page"], page["next_offset"]) == (True, 1)


@pytest.mark.parametrize(
    "query",
    [
        {"item_status": None},
        {"item_status": "ANY"},
        {"page_size": 101},
        {"page_size": None},
        {"offset": 19_990, "page_size": 50},
        {"update_time_from": 9, "update_time_to": 1},
    ],
)
def test_a_list_that_asks_for_nonsense_is_refused(shop: Shop, query: dict[str, Any]) -> None:
    asked = {"offset": 0, "page_size": 50, "item_status": "NORMAL", **query}
    assert shop.refused("GET", LIST, **asked)[0] == "error_param"


def test_price_and_stock_stand_with_the_models_where_there_are_some(shop: Shop) -> None:
    items = shop.get(BASE, item_id_list=f"{shop.item()},{shop.item(1)},5")["item_list"]
    assert [(one["has_model"], "price_info" in one) for one in items] == [(True, False), (False, True)]
    assert items[1]["price_info"][0]["original_price"] == 12.0 and items[1]["item_sku"] == "MUG"
    assert items[1]["stock_info_v2"]["seller_stock"] == [{"location_id": "", "stock": 4, "if_saleable": True}]
    found = shop.get(MODELS, item_id=shop.item())
    assert [one["option"] for one in found["tier_variation"][0]["option_list"]] == ["A4", "A3"]
    first, second = found["model"]
    assert (first["model_id"], first["model_sku"], first["tier_index"], first["price_info"][0]["original_price"]) == (
        shop.model(),
        "TEN-A4",
        [0],
        42.5,
    )
    assert second["model_sku"] == " TEN-A3 " and shop.get(MODELS, item_id=shop.item(1))["model"] == []
    assert shop.refused("GET", BASE, item_id_list=",".join(["1"] * 51))[0] == "error_param"


def test_regions_that_sell_in_whole_units_show_whole_numbers(sandbox: Sandbox) -> None:
    goods = [{"title": "Áo thun", "skus": [{"sku": "A", "price": 300_000, "stock": 2}]}]
    shop = opened(sandbox, "VND", products=goods)
    (item,) = shop.get(BASE, item_id_list=str(shop.item()))["item_list"]
    price = item["price_info"][0]["original_price"]
    assert price == 300_000 and isinstance(price, int)
    body = {"item_id": shop.item(), "price_list": [{"model_id": 0, "original_price": 250_000.5}]}
    assert shop.refused("POST", PRICE, body)[0] == "error_invalid_price"
    assert shop.post(PRICE, **{**body, "price_list": [{"model_id": 0, "original_price": 250_000}]})["success_list"]


def test_a_kit_names_its_parts(shop: Shop) -> None:
    parts = [
        {"product": str(shop.item()), "sku": str(shop.model()), "quantity": 2},
        {"product": str(shop.item(1)), "sku": str(shop.model(0, 1)), "quantity": 1},
    ]
    (kit,) = shop.door(
        "products", products=[{"title": "Set", "skus": [{"sku": "SET", "price": 9000, "members": parts}]}]
    )
    assert {one["item_id"]: one["tag"]["kit"] for one in listed(shop)["item"]}[int(kit["id"])] is True
    found = shop.get("/api/v2/product/get_kit_item_info", item_id=kit["id"])["product_info"]["model_list"][0][
        "component_list"
    ]
    assert [(one["component_item_id"], one["component_model_id"], one["quantity"]) for one in found] == [
        (shop.item(), shop.model(), 2),
        (shop.item(1), 0, 1),
    ]
    (item,) = shop.get(BASE, item_id_list=kit["id"])["item_list"]
    assert item["stock_info_v2"]["summary_info"]["total_available_stock"] == 4
    assert (
        shop.refused("POST", STOCK, {"item_id": int(kit["id"]), "stock_list": [one_model(0, 5)]})[0]
        == "error_item_uneditable"
    )


# --- stock
def test_stock_is_set_absolutely_and_zero_counts(shop: Shop) -> None:
    for units in (7, 7, 0):
        done = shop.post(STOCK, item_id=shop.item(), stock_list=[one_model(shop.model(), units)])
        assert done == {"failure_list": [], "success_list": [{"model_id": shop.model(), "stock": units}]}
        assert shop.stock() == units
    assert (
        shop.post(STOCK, item_id=shop.item(1), stock_list=[one_model(0, 9)])["success_list"] and shop.stock(0, 1) == 9
    )


@pytest.mark.parametrize(
    ("item", "rows", "error"),
    [
        (0, [one_model(0, 1)], "error_edit_item_stock_for_item_has_model"),
        (0, [one_model(-1, 1), one_model(-1, 2)], "error_param"),
        (0, [one_model(5, 1)], "error_busi_update_stock_failed"),
        (0, [{"model_id": -1}], "error_param"),
        (0, [], "error_param"),
        (0, [one_model(-1, "3")], "error_param"),
        (0, [one_model(-1, 1, location_id="WH001Z")], "error_auth"),
        (1, [one_model(5, 1)], "error_busi_update_stock_failed"),
        (9, [one_model(0, 1)], "error_item_not_found"),
    ],
)
def test_stock_that_makes_no_sense_is_refused_and_nothing_is_set(
    shop: Shop, item: int, rows: list[dict[str, Any]], error: str
) -> None:
    rows = [{**one, "model_id": shop.model() if one["model_id"] == -1 else one["model_id"]} for one in rows]
    body = {"item_id": shop.item(item) if item < 2 else 999, "stock_list": rows}
    assert shop.refused("POST", STOCK, body)[0] == error
    assert (shop.stock(), shop.stock(0, 1)) == (10, 4)


def test_more_than_fifty_models_are_too_many(shop: Shop) -> None:
    body = {"item_id": shop.item(), "stock_list": [one_model(n, 1) for n in range(1, 52)]}
    assert shop.refused("POST", STOCK, body)[0] == "error_param"


def test_what_a_promotion_reserves_is_a_floor(shop: Shop) -> None:
    shop.door(f"products/{shop.item()}/floor", sku_id=str(shop.model()), floor=6)
    shop.door(f"products/{shop.item(1)}/floor", sku_id=str(shop.model(0, 1)), floor=3)
    rows = [one_model(shop.model(), 5), one_model(shop.model(1), 8)]
    done = shop.post(STOCK, item_id=shop.item(), stock_list=rows)
    assert [one["model_id"] for one in done["success_list"]] == [shop.model(1)]
    assert done["failure_list"] == [
        {"model_id": shop.model(), "failed_reason": "Total stock must be more than reserved stock."}
    ]
    refused = shop.refused("POST", STOCK, {"item_id": shop.item(1), "stock_list": [one_model(0, 2)]})
    assert refused == ("error_auth", "Total stock must be more than reserved stock.")
    assert (shop.stock(), shop.stock(1), shop.stock(0, 1)) == (10, 8, 4)
    assert (
        shop.get(MODELS, item_id=shop.item())["model"][0]["stock_info_v2"]["summary_info"]["total_reserved_stock"] == 6
    )
    price = {"item_id": shop.item(), "price_list": [{"model_id": shop.model(), "original_price": 1.5}]}
    assert shop.refused("POST", PRICE, price)[0] == "error_cannt_edit_price_in_promotion"


def test_holidays_and_deleted_items_take_no_stock(shop: Shop) -> None:
    shop.change(holiday=True)
    body = {"item_id": shop.item(1), "stock_list": [one_model(0, 1)]}
    assert shop.refused("POST", STOCK, body)[0] == "error_holiday_mode_change_stock"
    shop.change(holiday=False)
    shop.door(f"products/{shop.item(1)}/state", state="deleted")
    assert shop.refused("POST", STOCK, body)[0] == "error_item_not_found"
    assert listed(shop, "SELLER_DELETE")["item"][0]["item_id"] == shop.item(1)


def test_several_locations_are_named(sandbox: Sandbox) -> None:
    shop = opened(sandbox, warehouses=2)
    places = shop.get("/api/v2/shop/get_warehouse_detail")
    assert [one["location_id"] for one in places] == [one["id"] for one in shop.doc["warehouses"]]
    first, second = (one["location_id"] for one in places)
    body = {"item_id": shop.item(1), "stock_list": [one_model(0, 1)]}
    assert shop.refused("POST", STOCK, body)[0] == "error_busi"
    assert shop.refused("POST", STOCK, {**body, "stock_list": [one_model(0, 1, location_id="XX")]})[0] == "error_auth"
    rows = [{"model_id": 0, "seller_stock": [{"location_id": first, "stock": 0}, {"location_id": second, "stock": 7}]}]
    assert shop.post(STOCK, item_id=shop.item(1), stock_list=rows)["success_list"] and shop.stock(0, 1) == 7


def test_a_shop_with_one_place_has_no_warehouses(shop: Shop) -> None:
    assert shop.refused("GET", "/api/v2/shop/get_warehouse_detail")[0] == "warehouse.error_not_in_whitelist"


def test_reissued_models_are_unknown_under_their_old_ids(shop: Shop) -> None:
    shop.door(f"products/{shop.item()}/reissue")
    body = {"item_id": shop.item(), "stock_list": [one_model(shop.model(), 1)]}
    answer = shop.send("POST", STOCK, body).json()
    assert answer["response"]["failure_list"] == [{"model_id": shop.model(), "failed_reason": "Wrong model_id."}]


@pytest.mark.parametrize("price", [0, -1, "3", 1.005, True])
def test_prices_are_positive_numbers_with_two_decimals(shop: Shop, price: Any) -> None:
    body = {"item_id": shop.item(1), "price_list": [{"model_id": 0, "original_price": price}]}
    assert shop.send("POST", PRICE, body).json()["response"]["failure_list"]
    (item,) = shop.get(BASE, item_id_list=str(shop.item(1)))["item_list"]
    assert item["price_info"][0]["original_price"] == 12.0
