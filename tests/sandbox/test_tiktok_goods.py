"""TikTok's products, stock and prices in the sandbox: opaque pages, the cap, all warehouses, errors per item (TIKTOK.md §6, §10)."""

from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox
from tests.sandbox.tiktok import Shop, opened

SEARCH, INVENTORY = "/product/202502/products/search", "/product/202309/inventory/search"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def update(shop: Shop, *skus: dict[str, Any], product: int = 0) -> Any:
    return shop.send("POST", f"/product/202309/products/{shop.products[product]['id']}/inventory/update", {"skus": list(skus)}).json()  # fmt: skip


def stock(sku: dict[str, Any], quantity: Any, warehouse: str | None = None) -> dict[str, Any]:
    place = {"warehouse_id": warehouse} if warehouse else {}
    return {"id": sku["id"], "inventory": [{**place, "quantity": quantity}]}


# --- reading
def test_a_search_tells_key_properties_only(shop: Shop) -> None:
    found = shop.ask("POST", SEARCH, {"status": "ALL"}, page_size=100)
    first, file = found["products"]
    assert found["total_count"] == 2 and "next_page_token" not in found
    assert first["id"] == shop.products[0]["id"] and len(first["id"]) == 19 and first["status"] == "ACTIVATE"
    assert first["skus"][0]["price"]["sale_price"] == "42" and first["skus"][0]["inventory"][0]["quantity"] == 10
    assert first["skus"][1]["seller_sku"] == " TEN-A3 " and "sales_attributes" not in first["skus"][0]
    assert "inventory" not in file["skus"][0]  # nobody counts it, which is not zero


def test_pages_are_opaque_and_belong_to_their_search(shop: Shop) -> None:
    shop.door("products", count=5)
    seen: list[str] = []
    token = ""
    while True:
        found = shop.ask("POST", SEARCH, {"status": "ALL"}, page_size=2, page_token=token or None)
        seen += [one["id"] for one in found["products"]]
        if not found.get("next_page_token"):
            break
        token = found["next_page_token"]
        assert "+" in token and "/" in token
    assert len(seen) == len(set(seen)) == 7
    assert shop.refused("POST", SEARCH, {"status": "ACTIVATE"}, page_size=2, page_token=token)[1] == 36009004
    assert (
        shop.refused("POST", SEARCH, {"status": "ALL"}, page_size=2, page_token=token.replace("+", " "))[1] == 36009004
    )
    assert shop.refused("POST", SEARCH, {}, page_size=101)[1] == 36009004


def test_a_search_stops_at_its_cap(shop: Shop) -> None:
    shop.change(private={"search_cap": 1})
    assert shop.refused("POST", SEARCH, {})[1] == 12052180
    beginning = shop.products[0]["updated"]
    assert shop.ask("POST", SEARCH, {"update_time_le": beginning - 1})["total_count"] == 0


def test_searches_by_status_sku_and_moment(shop: Shop) -> None:
    def found(**wish: Any) -> list[str]:
        return [one["title"] for one in shop.ask("POST", SEARCH, wish)["products"]]

    assert found(status="SELLER_DEACTIVATED") == []
    assert found(seller_skus=["FILE"]) == ["Wallpaper file"]
    moment = shop.products[0]["updated"]
    assert len(found(update_time_ge=moment, update_time_le=moment + 5)) == 2
    assert shop.refused("POST", SEARCH, {"seller_skus": [str(n) for n in range(11)]})[1] == 12019027
    assert shop.refused("POST", SEARCH, {"update_time_ge": "yesterday"})[1] == 12019119


def test_one_product_with_all_it_has(shop: Shop) -> None:
    member = {"product": shop.products[0]["id"], "sku": shop.sku()["id"], "quantity": 2}
    kit = {"title": "Two posters", "picture": "https://pictures.test/1.jpg", "skus": [{"sku": "KIT", "price": 7000, "members": [member]}]}  # fmt: skip
    (bundle,) = shop.door("products", products=[kit])
    plain = shop.ask("GET", f"/product/202309/products/{shop.products[0]['id']}")
    assert plain["skus"][0]["sales_attributes"][0]["value_name"] == "A4" and "main_images" not in plain
    found = shop.ask("GET", f"/product/202309/products/{bundle['id']}")
    assert found["product_types"] == ["COMBINED_PRODUCT"]
    assert found["main_images"][0]["urls"] == ["https://pictures.test/1.jpg"]
    (sku,) = found["skus"]
    assert sku["combined_skus"] == [{"product_id": member["product"], "sku_id": member["sku"], "sku_count": 2}]
    assert sku["inventory"][0]["quantity"] == 5
    assert shop.refused("GET", "/product/202309/products/1")[1] == 12019150


def test_inventory_tells_available_and_committed_apart(shop: Shop) -> None:
    shop.place(3)
    (found,) = shop.ask("POST", INVENTORY, {"product_ids": [shop.products[0]["id"]]})["inventory"]
    first, second = found["skus"]
    assert (first["total_available_quantity"], first["total_committed_quantity"]) == (7, 3)
    assert first["warehouse_inventory"][0]["committed_quantity"] == 3 and second["total_available_quantity"] == 5
    wanted = {"product_ids": [shop.products[0]["id"]], "sku_ids": [shop.sku(0, 1)["id"]]}
    (found,) = shop.ask("POST", INVENTORY, wanted)["inventory"]
    assert [one["id"] for one in found["skus"]] == wanted["sku_ids"]
    assert shop.refused("POST", INVENTORY, {"product_ids": [str(n) for n in range(101)]})[1] == 36009004


# --- writing
def test_quantities_are_set_not_added(shop: Shop) -> None:
    assert update(shop, stock(shop.sku(), 7))["data"] == {}
    assert update(shop, stock(shop.sku(), 7))["data"] == {}
    assert shop.stock() == (7, 0)
    assert len([one for one in shop.sandbox.effects("stock_set") if one["id"] == shop.sku()["id"]]) == 2


def test_each_sku_fails_alone(shop: Shop) -> None:
    answer = update(shop, stock(shop.sku(), 6), stock(shop.sku(0, 1), 100_000), stock({"id": "404"}, 1))
    assert answer["code"] == 0
    big, foreign = answer["data"]["errors"]
    assert big["code"] == 12052990 and big["detail"]["sku_id"] == shop.sku(0, 1)["id"]
    assert big["detail"]["extra_errors"][0]["code"] == 12019024 and big["detail"]["extra_errors"][0]["warehouse_id"]
    assert foreign["detail"]["sku_id"] == "404"
    assert shop.stock() == (6, 0) and shop.stock(1) == (5, 0)


@pytest.mark.parametrize("quantity", [-1, 1.5, "3", None, True])
def test_what_is_no_quantity_is_refused(shop: Shop, quantity: Any) -> None:
    (error,) = update(shop, stock(shop.sku(), quantity))["data"]["errors"]
    assert error["detail"]["extra_errors"][0]["code"] == 12019024 and shop.stock() == (10, 0)


@pytest.mark.parametrize("refuses", [False, True])
def test_zero_is_taken_or_refused_as_the_shop_is_told(shop: Shop, refuses: bool) -> None:
    shop.change(private={"refuses_zero": refuses})
    answer = update(shop, stock(shop.sku(), 0))
    assert bool(answer["data"].get("errors")) is refuses
    assert shop.stock() == ((10, 0) if refuses else (0, 0))


def test_all_warehouses_must_be_there(sandbox: Sandbox) -> None:
    shop = opened(sandbox, warehouses=2)
    first, second = (one["id"] for one in shop.doc["warehouses"])
    for missing in (stock(shop.sku(), 3), stock(shop.sku(), 3, first)):
        assert update(shop, missing)["code"] == 12019028
    both = [{"warehouse_id": first, "quantity": 3}, {"warehouse_id": second, "quantity": 4}]
    assert update(shop, {"id": shop.sku()["id"], "inventory": both})["data"] == {} and shop.stock() == (7, 0)


def test_a_product_that_takes_no_stock_refuses_whole(shop: Shop) -> None:
    shop.sandbox.post(f"market/tiktok/{shop.id}/products/{shop.products[0]['id']}/state", state="deleted")
    assert update(shop, stock(shop.sku(), 3))["code"] == 12052048
    other = opened(shop.sandbox)
    foreign = other.send("POST", f"/product/202309/products/{shop.products[1]['id']}/inventory/update", {"skus": [stock(shop.sku(1), 1)]})  # fmt: skip
    assert foreign.json()["code"] == 12052048


def test_off_sale_and_on_sale_again(shop: Shop) -> None:
    product = shop.products[0]["id"]
    answer = shop.ask("POST", "/product/202309/products/deactivate", {"product_ids": [product, "404"]})
    assert [one["detail"]["product_id"] for one in answer["errors"]] == ["404"]
    assert shop.ask("GET", f"/product/202309/products/{product}")["status"] == "SELLER_DEACTIVATED"
    assert update(shop, stock(shop.sku(), 3))["data"] == {}
    shop.ask("POST", "/product/202309/products/activate", {"product_ids": [product]})
    assert shop.ask("GET", f"/product/202309/products/{product}")["status"] == "ACTIVATE"
    many = {"product_ids": [str(n) for n in range(21)]}
    assert shop.refused("POST", "/product/202309/products/activate", many)[1] == 12019120


def test_prices_are_strings_in_the_shops_currency(shop: Shop) -> None:
    path = f"/product/202309/products/{shop.products[0]['id']}/prices/update"

    def priced(amount: Any, currency: str = "USD") -> dict[str, Any]:
        return {"skus": [{"id": shop.sku()["id"], "price": {"amount": amount, "currency": currency}}]}

    assert shop.ask("POST", path, priced("43.50")) == {}
    found = shop.ask("GET", f"/product/202309/products/{shop.products[0]['id']}")
    assert found["skus"][0]["price"]["sale_price"] == "43.5"
    for wish, code in ((priced("43.50", "EUR"), 12052084), (priced(43.5), 12052012), (priced("1.005"), 12052012), (priced("0"), 12052073)):  # fmt: skip
        assert shop.refused("POST", path, wish)[1] == code
    shop.sandbox.post(f"market/tiktok/{shop.id}/products/{shop.products[0]['id']}/floor", sku_id=shop.sku()["id"], floor=1)  # fmt: skip
    assert shop.refused("POST", path, priced("44"))[1] == 12052038


def test_amounts_without_decimals(sandbox: Sandbox) -> None:
    shop = opened(sandbox, "VN", "VND")
    found = shop.ask("GET", f"/product/202309/products/{shop.products[0]['id']}")
    assert found["skus"][0]["price"] == {"currency": "VND", "sale_price": "4200", "tax_exclusive_price": "4200"}
