"""TikTok's parcels, cancellations and returns, asked for and read as recorded (TIKTOK.md §7-8)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.channels.channel_facts import Ref
from app.channels.order_facts import CancelLine, Handover, Sent
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms.tiktok import TikTok
from tests.channels.tiktok import (
    ELIGIBLE,
    LONG_AGO,
    ORDER,
    RETURN,
    connection,
    order,
    path,
    query,
    recorded,
    saying,
    told,
)


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
