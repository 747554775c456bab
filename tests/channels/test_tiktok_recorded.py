"""Every recorded answer of TikTok Shop, read to the amounts, units and states that the documents give (TIKTOK.md §2-9)."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.channels.channel_facts import (
    PACKAGE_STATES,
    RETURN_STATES,
    STATES,
    Amounts,
    CancelLine,
    Handover,
    Member,
    PriceChange,
    Ref,
    Sent,
    StockChange,
)
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_orders as orders
from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.tiktok_signing import push_signature
from tests.channels.tiktok import (
    KEY,
    LONG_AGO,
    RECORDED,
    SECRET,
    connection,
    path,
    query,
    raw,
    recorded,
    registration,
    saying,
    told,
)

ORDER = recorded("order_detail_202309_response")["data"]["orders"][0]
NO_WISHES = told({"cancellations": []})


def order(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER), **changes}


def unit(place: int = 0, **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER["line_items"][0]), "id": str(577086512123755123 + place), **changes}


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


# --- orders
def test_an_order_is_read_whole() -> None:
    with saying(recorded("order_detail_202309_response"), recorded("package_detail_response")) as (replay, tiktok):
        (found,) = tiktok.read_orders(["576461413038785752"])
    assert path(replay.asked[0]) == "/order/202507/orders" and query(replay.asked[0])["ids"] == "576461413038785752"
    assert (found.id, found.status, found.state, found.currency) == ("576461413038785752", "UNPAID", "unpaid", "IDR")
    assert found.amounts == Amounts(
        subtotal=500000,
        seller_discount=500000,
        platform_discount=500000,
        delivery=500000,
        tax=500000,
        other=128 + 300000 + 100000 * 4,
        total=500000,
    )
    assert found.created_at == datetime(2021, 4, 28, 12, 6, 1, tzinfo=UTC)
    assert found.updated_at == datetime(2021, 4, 28, 14, 49, 15, tzinfo=UTC)
    assert found.ship_by == datetime(2021, 4, 28, 12, 8, 8, tzinfo=UTC)
    assert found.platform_ships and not found.cash_on_delivery and not found.sample
    assert found.buyer_email == "v2b2V5@chat.seller.tiktok.com" and found.note == "Please ship asap!"
    assert found.cancel_reason == "Pricing error" and found.cancel_by == "seller"


def test_the_buyers_address_is_marked_as_masked() -> None:
    found = orders.order(ORDER).recipient
    assert (found.name, found.line1, found.line2) == ("David Kong", "TikTok 5800 bristol Pkwy", "Suite 100")
    assert (found.postcode, found.country, found.phone) == ("95110", "US", "(+1)213-***-1234")
    assert found.masked
    clear = {**ORDER["recipient_address"], "phone_number": "+12135551234"}
    levels = [("Country", "United States"), ("State", "California"), ("City", "San Jose")]
    clear["district_info"] = [{"address_level_name": level, "address_name": name} for level, name in levels]
    plain = orders.recipient(clear)
    assert not plain.masked and (plain.city, plain.region) == ("San Jose", "California")


def test_units_become_one_item_per_sku_and_keep_their_ids() -> None:
    """TikTok has no quantity: three lines of one SKU are three units (TRAPS.md F37)."""
    prices = {"original_price": "12.50", "seller_discount": "1.00", "platform_discount": "0.50", "sale_price": "11.00"}
    units = [unit(place, **prices) for place in range(3)]
    units[2]["display_status"] = "CANCELLED"
    units.append(unit(3, sku_id="other", original_price="3.00", package_id="2"))
    units.append(unit(4, is_gift=True, original_price="0"))
    payment = {**ORDER["payment"], "currency": "USD", "total_amount": "36.00"}
    first, second, gift = orders.order(order(line_items=units, payment=payment)).items
    assert (first.quantity, first.cancelled, first.active) == (3, 1, 2)
    assert first.ids == ["577086512123755123", "577086512123755124", "577086512123755125"]
    assert (first.unit_minor, first.seller_discount_minor, first.platform_discount_minor) == (1250, 300, 150)
    assert first.total_minor == 3300
    assert first.members == [Member(Ref("1729582718312380456", "2729382476852921123"), 1, "yellow-24-XL")]
    assert first.packages == ["1153132168123859123"] and second.packages == ["2"]
    assert (second.quantity, second.unit_minor) == (1, 300)
    assert gift.gift and gift.quantity == 1 and not first.gift and gift.ref == first.ref


@pytest.mark.parametrize(
    ("currency", "written", "minor"), [("USD", "117.5", 11750), ("VND", "120000", 120000), ("JPY", "980", 980)]
)
def test_money_has_the_currencys_own_exponent(currency: str, written: str, minor: int) -> None:
    payment = {"currency": currency, "total_amount": written, "sub_total": written, "shipping_fee": "0"}
    found = orders.order(order(payment=payment))
    assert found.currency == currency and found.amounts.total == found.amounts.subtotal == minor


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("UNPAID", "unpaid"), ("ON_HOLD", "on_hold"), ("AWAITING_SHIPMENT", "to_ship"),
        ("PARTIALLY_SHIPPING", "part_shipped"), ("AWAITING_COLLECTION", "awaiting_collection"),
        ("IN_TRANSIT", "in_transit"), ("DELIVERED", "delivered"), ("COMPLETED", "completed"), ("CANCELLED", "cancelled"),
        ("CANCEL", "cancelled"), ("111", "to_ship"), ("WAITING_FOR_MARS", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_statuses(status: Any, state: str) -> None:
    found = orders.order(order(status=status))
    assert found.state == state and found.state in STATES
    assert all(item.active == 0 for item in found.items) == (state == "cancelled")


def test_a_buyers_wish_to_cancel_brings_its_id() -> None:
    wish = recorded("search_cancellations_response")
    wish["data"]["next_page_token"] = ""
    asked = recorded("order_detail_202309_response")
    asked["data"]["orders"] = [order(id="577087614418520388", status="AWAITING_SHIPMENT", is_buyer_request_cancel=True)]
    asked["data"]["orders"][0].pop("split_or_combine_tag")
    with saying(asked, wish) as (replay, tiktok):
        (found,) = tiktok.read_orders(["577087614418520388"])
    assert found.state == "cancel_requested" and found.cancel_id == "4035318504086604100"
    assert replay.asked[1].body == {"order_ids": ["577087614418520388"]}


def test_a_cancelled_order_says_whether_its_goods_come_back_to_stock() -> None:
    row = {"order_id": ORDER["id"], "cancel_id": "9", "should_replenish_stock": False, "update_time": 1}
    later = {**row, "should_replenish_stock": True, "update_time": 2}
    asked = told({"orders": [order(status="CANCELLED", split_or_combine_tag="")]})
    with saying(asked, told({"cancellations": [later, row]})) as (_, tiktok):
        (found,) = tiktok.read_orders([ORDER["id"]])
    assert found.state == "cancelled" and found.restock is True and found.cancel_id == "9"


def test_parcels_of_an_order_and_who_shares_them() -> None:
    """A combined parcel stands on its own page with all its orders; one that is gone keeps the order's own id."""
    units = [unit(0, package_id="5433567853345"), unit(1, package_id="7", package_status="FULFILLING")]
    asked = told({"orders": [order(line_items=units, packages=[{"id": "5433567853345"}, {"id": "7"}])]})
    no = (told(None, 21008111, "The order or package does not belong to the current seller."), 400)
    with saying(asked, recorded("package_detail_response"), no) as (_, tiktok):
        (found,) = tiktok.read_orders([ORDER["id"]])
    shared, own = found.packages
    assert (shared.id, shared.state, shared.tracking_number) == ("5433567853345", "to_ship", "JX12345")
    assert shared.orders == ["54335448533296"] and shared.items == ["577086512123755123"]
    assert own.orders == [ORDER["id"]] and own.state == "in_transit"


def test_one_foreign_order_does_not_spoil_the_others() -> None:
    no = (told(None, 21008111, "The order or package does not belong to the current seller."), 400)
    good = told({"orders": [order(split_or_combine_tag="")]})
    with saying(no, good, no) as (_, tiktok):
        found = tiktok.read_orders([ORDER["id"], "1"])
    assert [one.id for one in found] == [ORDER["id"]]


def test_orders_are_searched_by_change() -> None:
    with saying(recorded("order_search_response")) as (replay, tiktok):
        page = tiktok.orders(LONG_AGO, LONG_AGO + timedelta(days=1, microseconds=1))
        (asked,) = replay.asked
    assert path(asked) == "/order/202309/orders/search" and query(asked)["sort_order"] == "ASC"
    assert (query(asked)["page_size"], query(asked)["sort_field"]) == ("100", "update_time")
    assert asked.body == {"update_time_ge": 1672531200, "update_time_lt": 1672617601}
    assert [(one.id, one.status) for one in page.items] == [("576461413038785752", "UNPAID")]
    assert page.left == 22112 and page.cursor == recorded("order_search_response")["data"]["next_page_token"]


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("UNPAID", "ON_HOLD", True), ("ON_HOLD", "AWAITING_SHIPMENT", True), ("AWAITING_SHIPMENT", "ON_HOLD", True),
        ("DELIVERED", "IN_TRANSIT", False), ("IN_TRANSIT", "IN_TRANSIT", True), ("AWAITING_COLLECTION", "CANCEL", True),
        ("CANCELLED", "AWAITING_SHIPMENT", False), ("COMPLETED", "DELIVERED", False), ("IN_TRANSIT", "NEW_WORD", True),
        ("AWAITING_SHIPMENT", "UNPAID", False),
    ],
)  # fmt: skip
def test_which_status_may_follow_which(before: str, after: str, may: bool) -> None:
    assert TikTok.follows(before, after) is may


# --- parcels
def test_slots_are_read_in_the_documents_spelling() -> None:
    answer = recorded("handover_time_slots_response")
    taken = {"avaliable": False, "start_time": 1, "end_time": 2}
    right = {"available": False, "start_time": 3, "end_time": 4}
    answer["data"]["pickup_slots"] += [taken, right]
    with saying(answer) as (replay, tiktok):
        pickup, drop_off = tiktok.handovers("1", "2")
    assert path(replay.asked[0]) == "/fulfillment/202309/packages/2/handover_time_slots"
    moment = datetime(2021, 6, 16, 3, 4, 24, tzinfo=UTC)
    assert (pickup.kind, pickup.start, pickup.end) == ("pickup", moment, moment) and drop_off.kind == "drop_off"


def test_shipping_with_the_platforms_courier() -> None:
    way = Handover("PICKUP:1623812664:1623816264", "pickup", "")
    with saying(told()) as (replay, tiktok):
        assert tiktok.ship(Sent("1", "2", way)).package_id == "2"
        tiktok.ship(Sent("1", "2", Handover("DROP_OFF", "drop_off", "")))
    slot = {"start_time": 1623812664, "end_time": 1623816264}
    assert replay.asked[0].body == {"handover_method": "PICKUP", "pickup_slot": slot}
    assert replay.asked[1].body == {"handover_method": "DROP_OFF"}


def test_a_parcel_of_the_sellers_own_is_told_by_line_or_by_package() -> None:
    """Britain tells lines of an order, Indonesia ships TikTok's own package; carriers are known by id."""
    asked, carriers = told({"orders": [order()]}), recorded("shipping_providers_response")
    sent = Sent(ORDER["id"], "5", carrier="usps ", tracking_number="JX12345")
    with saying(asked, carriers, told({"package_id": "77"})) as (replay, tiktok):
        assert tiktok.ship(sent).package_id == "77"
    assert path(replay.asked[1]) == "/logistics/202309/delivery_options/7091146663229654785/shipping_providers"
    assert path(replay.asked[2]) == f"/fulfillment/202610/orders/{ORDER['id']}/packages"
    assert replay.asked[2].body == {
        "order_line_list": [{"order_line_item_id": "577086512123755123"}],
        "shipping_info_list": [{"tracking_number": "JX12345", "shipping_provider_id": "7117858858072016686"}],
    }
    with saying(asked, carriers, told()) as (replay, _):
        assert TikTok(connection(replay.url, region="ID")).ship(sent).tracking_number == "JX12345"
    assert path(replay.asked[2]) == "/fulfillment/202309/packages/5/ship"
    assert replay.asked[2].body["self_shipment"] == {
        "tracking_number": "JX12345",
        "shipping_provider_id": "7117858858072016686",
    }


def test_a_label_is_fetched_at_once() -> None:
    with saying(told()) as (replay, tiktok):
        replay.answers.clear()
        replay.say(told({"doc_url": f"{replay.url}/wsos/1?expire=1", "tracking_number": "J1"})).say(b"%PDF-1.4 label")
        found = tiktok.document("1", "2")
        asked, file = replay.asked
    assert found and (found.data, found.content_type) == (b"%PDF-1.4 label", "application/pdf")
    assert query(asked)["document_type"] == "SHIPPING_LABEL" and query(asked)["document_format"] == "PDF"
    assert "x-tts-access-token" not in file.headers


def test_a_label_under_way_is_none() -> None:
    with saying(told({"doc_url": ""})) as (_, tiktok):
        assert tiktok.document("1", "2", "packing_slip") is None


def test_scans_are_in_milliseconds() -> None:
    with saying(recorded("order_tracking_response")) as (_, tiktok):
        (scan,) = tiktok.scans("1", "2")
    assert scan.at == datetime(2023, 9, 14, 9, 58, 59, tzinfo=UTC) and scan.text == "Your package was delivered!"


def test_a_package_page() -> None:
    found = facts.package(recorded("package_detail_response")["data"])
    assert (found.id, found.state, found.status) == ("5433567853345", "arranged", "PROCESSING")
    assert found.items == ["1729382476852921560"] and found.orders == ["54335448533296"]
    with saying(recorded("package_detail_response")) as (_, tiktok):
        assert tiktok.tracking_number("1", "5433567853345") == "6617675021119438849"


# --- cancellations and returns
ELIGIBLE = told(
    {
        "sku_eligibility": [
            {
                "sku_id": "1",
                "line_item_eligibility": [
                    {
                        "request_type": "CANCEL",
                        "eligible": True,
                        "available_reason_names": [
                            "seller_cancel_reason_out_of_stock",
                            "seller_cancel_reason_wrong_price",
                            "seller_cancel_reason_customer_requested_cancellation",
                        ],
                    }
                ],
            }
        ]
    }
)


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        ("out_of_stock", "out_of_stock"),
        ("price_error", "wrong_price"),
        ("buyer_asked", "customer_requested_cancellation"),
        ("undeliverable", "out_of_stock"),
    ],
)
def test_a_cancellation_names_one_of_the_reasons_there_are(reason: str, name: str) -> None:
    with saying(ELIGIBLE, recorded("cancel_order_response")) as (replay, tiktok):
        tiktok.cancel("5", reason)
    assert path(replay.asked[0]) == "/return_refund/202602/orders/5/aftersale_eligibility"
    assert query(replay.asked[0])["initiate_aftersale_user"] == "SELLER"
    assert path(replay.asked[1]) == "/return_refund/202602/cancellations"
    assert replay.asked[1].body == {"order_id": "5", "cancel_reason": f"seller_cancel_reason_{name}"}


def test_single_units_are_cancelled_by_their_lines() -> None:
    lines = [CancelLine(Ref("1", "2"), 1, ["577087614418716996", "577087614418716997"])]
    with saying(ELIGIBLE, recorded("cancel_order_response")) as (replay, tiktok):
        tiktok.cancel("5", "out_of_stock", lines)
    assert replay.asked[1].body["order_line_item_ids"] == ["577087614418716996"]


def test_answers_to_a_wish_to_cancel() -> None:
    reasons = told({"reasons": [{"name": "seller_reject_shipped", "text": "Shipped already"}]})
    with saying(told(), reasons, told()) as (replay, tiktok):
        tiktok.answer_cancellation("5", "9", True)
        tiktok.answer_cancellation("5", "9", False)
    assert [path(one).rsplit("/", 1)[1] for one in replay.asked] == ["approve", "reject_reasons", "reject"]
    assert replay.asked[2].body == {"reject_reason": "seller_reject_shipped"}


RETURN = {
    "return_id": "4035", "order_id": "5770", "return_type": "RETURN_AND_REFUND", "return_status": "BUYER_SHIPPED_ITEM",
    "return_reason_text": "Too small", "return_tracking_number": "RT1", "create_time": 1690451136, "update_time": 1690451200,
    "refund_amount": {"currency": "USD", "refund_total": "12.30"},
    "return_line_items": [{"order_line_item_id": "1", "sku_id": "s"}, {"order_line_item_id": "2", "sku_id": "s"}],
}  # fmt: skip


def test_returns_group_their_units() -> None:
    with saying(told({"return_orders": [RETURN], "next_page_token": "a/b+"})) as (replay, tiktok):
        page = tiktok.returns(LONG_AGO, LONG_AGO + timedelta(days=1))
    (found,) = page.items
    assert (found.id, found.order_id, found.state, found.refund_minor) == ("4035", "5770", "on_the_way", 1230)
    assert found.items == [CancelLine(Ref("", "s"), 2, ["1", "2"])] and found.goods_come_back and page.cursor == "a/b+"
    assert query(replay.asked[0])["sort_field"] == "update_time"


@pytest.mark.parametrize(
    ("kind", "status", "accept", "decision"),
    [
        ("REFUND", "RETURN_OR_REFUND_REQUEST_PENDING", True, "APPROVE_REFUND"),
        ("RETURN_AND_REFUND", "RETURN_OR_REFUND_REQUEST_PENDING", True, "APPROVE_RETURN"),
        ("RETURN_AND_REFUND", "BUYER_SHIPPED_ITEM", True, "APPROVE_RECEIVED_PACKAGE"),
        ("REPLACEMENT", "REPLACEMENT_REQUEST_PENDING", False, "REJECT_REPLACEMENT"),
        ("REFUND", "RETURN_OR_REFUND_REQUEST_PENDING", False, "REJECT_REFUND"),
    ],
)
def test_answers_to_a_return(kind: str, status: str, accept: bool, decision: str) -> None:
    found = told({"return_orders": [{**RETURN, "return_type": kind, "return_status": status}]})
    reasons = told({"reasons": [{"name": "reason_1"}]})
    with saying(found, *([] if accept else [reasons]), told()) as (replay, tiktok):
        tiktok.answer_return("4035", accept, "Worn")
    assert replay.asked[-1].body["decision"] == decision
    assert replay.asked[-1].body.get("comment") == (None if accept else "Worn")


# --- pushes
@pytest.mark.parametrize(
    ("name", "kind", "ids", "status"),
    [
        ("webhook_order_status_change", "order", ["576486316948490001"], "UNPAID"),
        ("webhook_cancellation_status_change", "cancellation", ["576486316948490001"], "CANCELLATION_REQUEST_PENDING"),
        ("webhook_package_update", "package", ["152523", "532123"], "COMBINE"),
        ("webhook_product_information_change", "listing", ["123456789"], ""),
        ("webhook_product_status_change", "listing", ["576486316948490000"], "PRODUCT_FIRST_PASS_REVIEW"),
        ("webhook_seller_deauthorization", "access_ended", [], ""),
    ],
)
def test_pushes(name: str, kind: str, ids: list[str], status: str) -> None:
    found = push(raw(name))
    assert (found.kind, list(found.ids), found.status) == (kind, ids, status)
    assert found.shop_id == "7494049642642441621" and found.at is not None


def push(body: bytes) -> Any:
    app = registration("")
    (found,) = TikTok.read_push(app, {"Authorization": push_signature(app.key, app.secret, body)}, body)
    return found


def test_a_push_is_known_by_its_id_or_by_its_bytes() -> None:
    named, nameless = push(raw("webhook_product_information_change")), push(raw("webhook_order_status_change"))
    assert named.key == "7327112393057371910"
    assert len(nameless.key) == 64 and nameless.key == push(raw("webhook_order_status_change")).key
    other = raw("webhook_order_status_change").replace(b"UNPAID", b"IN_TRANSIT")
    assert push(other).key != nameless.key


def test_statuses_in_pushes_are_spelled_as_the_api_spells_them() -> None:
    body = json.dumps({"type": 1, "shop_id": 7, "data": {"order_id": 5, "order_status": "CANCEL"}}).encode()
    assert push(body).status == "CANCELLED" and push(body).shop_id == "7" and push(body).ids == ["5"]


def test_pushes_that_nobody_knows_are_kept_as_other() -> None:
    assert push(b'{"type":4711,"shop_id":"7","data":{"a":[1]}}').kind == "other"
    assert push(b'{"type":"chat","shop_id":"7","data":null}').kind == "other"
    app, ping = registration(""), b"[]"
    assert TikTok.read_push(app, {"Authorization": push_signature(app.key, app.secret, ping)}, ping) == []


def test_only_missing_webhooks_are_put() -> None:
    app = registration("")
    listed = recorded("webhooks_get_response")
    elsewhere = {"event_type": "PACKAGE_UPDATE", "address": "https://old.test"}
    listed["data"]["webhooks"] = [{"event_type": "ORDER_STATUS_CHANGE", "address": app.push}, elsewhere]
    with saying(listed, told()) as (replay, tiktok):
        tiktok.subscribe()
        put = [one.body for one in replay.asked[1:]]
    assert {one.method for one in replay.asked[1:]} == {"PUT"} and all(one["address"] == app.push for one in put)
    kinds = [one["event_type"] for one in put]
    assert "ORDER_STATUS_CHANGE" not in kinds and "PACKAGE_UPDATE" in kinds and len(kinds) == len(set(kinds))
    with saying(listed) as (_, tiktok):
        hooks = tiktok.hooks()
    assert hooks.present == ["ORDER_STATUS_CHANGE"] and "PACKAGE_UPDATE" in hooks.missing and hooks.healthy


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


# --- what nobody foresaw
STRANGE = [None, "", "new word", {"x": 1}, [], True]


def test_unknown_values_never_raise() -> None:
    for member in (
        "status",
        "packages",
        "recipient_address",
        "cancel_reason",
        "shipping_type",
        "update_time",
        "is_cod",
    ):
        for value in STRANGE:
            found = orders.order(order(**{member: value}))
            assert found.state in STATES and all(one.state in PACKAGE_STATES for one in found.packages)
    for value in ("BRAND_NEW", None):
        assert facts.returned({**RETURN, "return_status": value, "return_type": value}).state in RETURN_STATES
        assert facts.package({"package_id": 1, "package_status": value}).state == "unknown"
        assert facts.listings({"id": 1, "status": value, "skus": [{"id": 2}]}, {})[0].state == "active"


@pytest.mark.parametrize("file", sorted(one.stem for one in RECORDED.glob("*_response.json")))
def test_unknown_members_change_nothing(file: str) -> None:
    """Every answer may grow: read with members nobody knows, it says what it said before."""
    answer = recorded(file)
    reader = READERS.get(file)
    grown = told(_grown(answer["data"]))
    assert reader is None or reader(answer["data"]) == reader(grown["data"])


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _grown(one) for name, one in value.items()}, "brand_new": {"nested": [1, None]}}
    return [_grown(one) for one in value] if isinstance(value, list) else value


def _without_raw(found: Any) -> Any:
    return [{name: value for name, value in vars(one).items() if name != "raw"} for one in found]


READERS: dict[str, Any] = {
    "order_detail_202309_response": lambda data: _without_raw(orders.order(one) for one in data["orders"]),
    "order_search_response": lambda data: [orders.ref(one) for one in data["orders"]],
    "product_detail_response": lambda data: _without_raw(facts.listings(data, {})),
    "product_search_202502_response": lambda data: _without_raw(facts.listings(data["products"][0], {})),
    "package_detail_response": facts.package,
    "handover_time_slots_response": facts.handovers,
    "order_tracking_response": facts.scans,
    "warehouses_response": lambda data: [facts.warehouse(one) for one in data["warehouses"]],
    "authorized_shops_response": lambda data: [facts.shop(one) for one in data["shops"]],
    "token_get_response": facts.tokens,
    "inventory_search_response": lambda data: {k: facts.per_warehouse(v) for k, v in facts.stocks(data).items()},
}
