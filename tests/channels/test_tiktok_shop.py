"""TikTok's consent, tokens, shops, warehouses and listings, read to what the documents give (TIKTOK.md §2, §6)."""

from datetime import UTC, datetime

from app.channels.channel_facts import (
    Member,
    PriceChange,
    Ref,
    StockChange,
)
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms.tiktok import TikTok
from tests.channels.tiktok import (
    KEY,
    LONG_AGO,
    SECRET,
    path,
    query,
    recorded,
    registration,
    saying,
    told,
)


# --- access and the shop
def test_tokens_end_at_moments_not_after_durations() -> None:
    with saying(recorded("token_get_response"), recorded("authorized_shops_response")) as (replay, _):
        (found,) = TikTok.authorise(registration(replay.url), {"code": "TTP_abc", "state": "s"})
        exchange = replay.asked[0]
    assert path(exchange) == "/api/v2/token/get" and "sign" not in query(exchange)
    assert query(exchange) == {
        "app_key": KEY,
        "app_secret": SECRET,
        "auth_code": "TTP_abc",
        "grant_type": "authorized_code",
    }
    assert found.tokens.owner == "7010736057180325637"
    assert found.tokens.until == datetime(2022, 8, 15, 9, 46, 23, tzinfo=UTC)
    assert found.tokens.refresh_until == found.tokens.ends == datetime(2023, 8, 8, 9, 30, 31, tzinfo=UTC)
    assert found.shop.id == "7000714532876273420" and found.shop.name == "Maomao beauty shop"
    assert (found.shop.region, found.shop.currency) == ("GB", "GBP")
    assert found.shop.secret == "GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3"
    assert found.tokens.access not in repr(found) and found.shop.secret not in repr(found)


def test_consent_is_asked_for_where_the_shop_is() -> None:
    app = registration("https://services.tiktokshop.com")
    assert TikTok.consent_url(app, "a+b", {}) == (
        "https://services.tiktokshop.com/open/authorize?service_id=service-1&state=a%2Bb"
    )
    assert TikTok.consent_url(app, "s", {"region": "us "}).startswith("https://services.us.tiktokshop.com/open/")


def test_warehouses() -> None:
    with saying(recorded("warehouses_response")) as (_, tiktok):
        (found,) = tiktok.warehouses()
    assert (found.id, found.name, found.default, found.sells) == ("7000714532876273410", "Guangzhou", True, True)
    returns = facts.warehouse({"id": 1, "type": "RETURN_WAREHOUSE", "effect_status": "ENABLED"})
    closed = facts.warehouse({"id": 1, "type": "SALES_WAREHOUSE", "effect_status": "DISABLED"})
    assert not returns.sells and not closed.sells


# --- listings
def test_a_searched_product_has_what_may_be_sold_and_what_is_held() -> None:
    """The search says 999; the inventory, which tells available and committed apart, is believed."""
    inventory = recorded("inventory_search_response")
    inventory["data"]["inventory"][0]["skus"][0]["id"] = "1729592969712207012"
    with saying(recorded("product_search_202502_response"), inventory) as (replay, tiktok):
        page = tiktok.listings(since=LONG_AGO)
        search, counted = replay.asked
    (found,) = page.items
    assert found.ref == Ref("1729592969712207008", "1729592969712207012") and found.sku == "Color-Red-XM01"
    assert found.quantity == 100 and found.committed == 10 and found.stock == {"7054915283043174149": 100}
    assert (found.price_minor, found.currency) == (12111, "USD")
    assert found.state == "inactive"  # the product is active, this SKU of it is not
    assert page.cursor.endswith(".b2Zmc2V0PTAK")
    assert search.body["update_time_ge"] == int(LONG_AGO.timestamp()) and search.body["status"] == "ALL"
    assert counted.body == {"product_ids": ["1729592969712207008"]}


def test_a_product_with_options_and_a_bundle() -> None:
    with saying(recorded("product_detail_response"), recorded("inventory_search_response")) as (_, tiktok):
        (found,) = tiktok.listing("1729592969712207008")
    assert found.ref == Ref("1729592969712207008", "10001") and found.title == "Short Boat Invisible Socks"
    assert found.sku == "sku name" and found.variant_title == "Red" and found.state == "inactive"
    assert found.price_minor == 11750 and found.quantity == 999 and found.picture.startswith("https://p16-oec-va.")
    assert found.members == [Member(Ref("1729582718312380123", "1729582718312380123"), 1)]
    assert found.updated_at == datetime(2009, 2, 13, 23, 31, 39, tzinfo=UTC)


def test_a_product_that_is_gone_has_no_listings() -> None:
    with saying((told(None, 12019150, "The product ID does not exist."), 400)) as (_, tiktok):
        assert tiktok.listing("1") == []
    deleted = recorded("product_detail_response")
    deleted["data"]["status"] = "DELETED"
    with saying(deleted) as (_, tiktok):
        assert tiktok.listing("1729592969712207008") == []


def test_an_uncounted_sku_is_not_zero() -> None:
    (found,) = facts.listings({"id": "1", "skus": [{"id": "2"}]}, {})
    assert found.quantity is None and found.price_minor is None


# --- requests as recorded
def test_requests_have_the_recorded_shape() -> None:
    """Each request of ours that was recorded has the members that the recording has, with the same types."""
    with saying(told()) as (replay, tiktok):
        tiktok.set_stock([StockChange(Ref("1729592969712207008", "1729592969712207013"), {"7068517275539719942": 999})])
        tiktok.set_price([PriceChange(Ref("1729592969712207008", "1729592969712207013"), 132, "USD")])
        stock, price = replay.asked
    assert stock.body == recorded("inventory_update_request") and price.body == recorded("price_update_request")
    assert path(stock) == "/product/202309/products/1729592969712207008/inventory/update"
    assert path(price) == "/product/202309/products/1729592969712207008/prices/update"
