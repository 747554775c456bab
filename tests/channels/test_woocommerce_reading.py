"""WooCommerce's recorded answers in our words (TRAPS.md A2, A9, B13, B14, E32-E35, F41, F42)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.channels.channel_facts import Ref
from app.channels.order_facts import STATES, Amounts, Item, OrderFacts
from app.channels.platforms import woocommerce_facts as facts
from app.channels.platforms import woocommerce_goods as goods
from app.channels.platforms.woocommerce import WooCommerce
from tests.channels.woocommerce import recorded

ODD: list[Any] = [None, "", [], {}, "x", 7, True, Decimal("1.5"), [None, 3, "x"], [{}], {"id": None}]


def changed(**members: Any) -> dict[str, Any]:
    return {**recorded("order_created"), **members}


def refund(at: str, *lines: tuple[Any, int]) -> dict[str, Any]:
    """A refund as shops answer it: units and amounts are negative, and its meta names the line."""
    listed = [
        {
            "id": 900 + place,
            "product_id": 0,
            "quantity": -units,
            "meta_data": [{"key": "_refunded_item_id", "value": line}],
        }
        for place, (line, units) in enumerate(lines)
    ]
    return {"id": 726, "date_created_gmt": at, "amount": "3.00", "line_items": listed}


# --- orders
def test_the_recorded_order_adds_up() -> None:
    order = facts.order(recorded("order_created"))
    assert (order.id, order.number, order.status, order.state, order.currency) == (
        "727", "727", "processing", "to_ship", "USD",
    )  # fmt: skip
    assert order.amounts == Amounts(subtotal=1800, delivery=1000, tax=135, total=2935)
    assert order.items == [
        Item(ids=("315",), ref=Ref("93"), title="Woo Single #1", quantity=2, unit_minor=300, total_minor=600),
        Item(
            ids=("316",), ref=Ref("22", "23"), title="Ship Your Idea – Color: Black, Size: M Test", sku="Bar3",
            variant_title="black / M Test", quantity=1, unit_minor=1200, total_minor=1200,
        ),
    ]  # fmt: skip
    assert order.created_at == datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC)
    assert order.updated_at == order.paid_at == datetime(2017, 3, 22, 19, 28, 8, tzinfo=UTC)
    assert (order.recipient.name, order.recipient.line1, order.recipient.postcode) == (
        "John Doe",
        "969 Market",
        "94103",
    )
    assert (order.recipient.country, order.recipient.phone) == ("US", "(555) 555-5555")
    assert (order.buyer_id, order.buyer_email) == ("", "john.doe@example.com")
    assert not order.platform_ships and order.ship_by is None and order.restock is None


def test_a_partly_refunded_order_keeps_its_status() -> None:
    first, second = (facts.order(one) for one in recorded("orders_list"))
    assert first == facts.order({**recorded("orders_list")[0]})
    assert (second.id, second.status, second.state) == ("723", "completed", "completed")
    assert second.amounts == Amounts(subtotal=2900, delivery=1000, total=3900, refunded=1900)
    assert [(item.quantity, item.active, item.total_minor) for item in second.items] == [(1, 1, 900), (1, 1, 2000)]
    assert second.buyer_id == "26" and second.recipient.name == "João Silva" and second.paid_at is None


def test_refunded_units_are_cancelled_before_the_parcel_left_and_returned_afterwards() -> None:
    before, after = "2017-03-22T20:00:00", "2017-03-24T20:00:00"
    open_order = facts.order(changed(), [refund(before, (315, 1))])
    assert [(one.cancelled, one.returned, one.active) for one in open_order.items] == [(1, 0, 1), (0, 0, 1)]
    sent = changed(status="completed", date_completed_gmt="2017-03-23T08:00:00")
    closed = facts.order(sent, [refund(before, ("315", 1)), refund(after, (315, 1), (316, 1))])
    assert [(one.cancelled, one.returned, one.active) for one in closed.items] == [(1, 1, 1), (0, 1, 1)]
    assert closed.state == "completed"


def test_a_refund_that_names_no_line_is_matched_by_its_product() -> None:
    old = {
        "date_created_gmt": "2017-03-22T20:00:00",
        "line_items": [{"product_id": 22, "variation_id": 23, "quantity": -1}],
    }
    assert [one.cancelled for one in facts.order(changed(), [old]).items] == [0, 1]
    money_alone = recorded("refund_create")
    assert [one.cancelled for one in facts.order(changed(), [money_alone]).items] == [0, 0]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "unpaid"), ("on-hold", "unpaid"), ("failed", "unpaid"), ("processing", "to_ship"),
        ("completed", "completed"), ("cancelled", "cancelled"), ("refunded", "cancelled"), ("trash", "cancelled"),
        ("checkout-draft", "unknown"), ("wc-shipped-by-bike", "unknown"), ("", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_every_status_has_a_state(status: Any, state: str) -> None:
    order = facts.order(changed(status=status, date_paid_gmt=None))
    assert order.state == state and order.state in STATES and order.status == (status or "")


def test_a_paid_order_that_the_shop_holds_is_not_sent_yet() -> None:
    assert facts.order(changed(status="on-hold")).state == "on_hold"


def test_a_full_refund_after_the_parcel_left_is_no_cancellation() -> None:
    assert facts.order(changed(status="refunded", date_completed_gmt="2017-03-23T08:00:00")).state == "completed"


@pytest.mark.parametrize(
    ("currency", "written", "minor"),
    [("USD", "29.35", 2935), ("USD", "29.3", 2930), ("VND", "250000", 250000), ("VND", "250000.00", 250000),
     ("JPY", "1800", 1800), ("KWD", "1.234", 1234), ("USD", "", 0), ("USD", None, 0), ("USD", Decimal("3"), 300)],
)  # fmt: skip
def test_amounts_are_read_by_the_exponent_of_their_currency(currency: str, written: Any, minor: int) -> None:
    assert facts.order(changed(currency=currency, total=written)).amounts.total == minor


def test_discounts_and_fees_leave_the_sum_as_the_shop_has_it() -> None:
    line = {
        **recorded("order_created")["line_items"][0],
        "subtotal": "10.00",
        "total": "7.00",
        "quantity": 3,
        "price": Decimal("2.33"),
    }
    order = facts.order(
        changed(
            line_items=[line], discount_total="3.00", fee_lines=[{"total": "1.50"}], total="18.50", total_tax="0.00"
        )
    )
    sums = order.amounts
    assert sums.subtotal - sums.seller_discount + sums.delivery + sums.tax + sums.other == 1850
    assert sums.total == 1850
    assert (order.items[0].unit_minor, order.items[0].seller_discount_minor, order.items[0].total_minor) == (
        333,
        300,
        700,
    )


def test_an_order_without_a_second_address_goes_to_the_first() -> None:
    billing = recorded("order_created")["billing"]
    order = facts.order(
        changed(shipping={**dict.fromkeys(billing, ""), "country": ""}, billing={**billing, "company": "Doe &amp; Co"})
    )
    assert order.recipient.name == "John Doe, Doe & Co" and order.recipient.line1 == "969 Market"


def test_parcels_of_shipment_plugins_are_seen() -> None:
    parcel = {"tracking_provider": "usps", "tracking_number": "94001", "tracking_id": "t1", "guildhall_lines": ["315"]}
    order = facts.order(
        changed(meta_data=[{"id": 1, "key": facts.TRACKING, "value": [parcel, {"tracking_number": ""}, None]}])
    )
    (package,) = order.packages
    assert (package.id, package.tracking_number, package.carrier, package.items) == ("t1", "94001", "usps", ("315",))
    assert order.state == "part_shipped"


def read(found: dict[str, Any]) -> OrderFacts:
    return facts.order(found, [refund("x", (315, 1))])


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_members_never_raise_anything_but_an_unreadable_number(odd: Any) -> None:
    for member in set(recorded("order_created")) - {"id"}:
        try:
            order = read(changed(**{member: odd}, brand_new={"x": 1}))
        except ValueError as error:
            assert "not a number" in str(error), member
        else:
            assert order.state in STATES, member


@pytest.mark.parametrize(
    "odd", [None, "", [], {}, 7, [None, 3], [{}], [{"id": 1}], [{"quantity": "1.5", "total": "3"}]], ids=str
)
def test_odd_lines_never_raise(odd: Any) -> None:
    assert read(changed(line_items=odd)).id == "727"


def test_a_status_may_follow_by_rank_or_by_a_legal_way_back() -> None:
    follows = WooCommerce.follows
    assert follows("pending", "processing") and follows("failed", "processing") and follows("processing", "completed")
    assert follows("completed", "refunded") and follows("cancelled", "processing") and follows("trash", "pending")
    assert follows("processing", "processing") and follows("on-hold", "pending")
    assert follows("by-bike", "processing") and follows("processing", "by-bike")
    assert (
        not follows("completed", "processing")
        and not follows("completed", "pending")
        and not follows("completed", "checkout-draft")
    )
    assert not follows("refunded", "pending")


# --- listings
def test_the_recorded_products_are_listings() -> None:
    product = goods.single(recorded("product_simple"), "USD")
    assert (product.ref, product.title, product.state) == (Ref("794"), "Premium Quality", "active")
    assert product.quantity is None and product.stock == {} and product.price_minor == 2199
    assert product.picture.endswith("T_2_front-4.jpg") and product.url.startswith("https://example.com/product/")
    assert product.updated_at == datetime(2017, 3, 23, 20, 1, 14, tzinfo=UTC)
    assert goods.single(recorded("product_update"), "USD").ref.product == "794"
    variable, simple = recorded("products_list")
    assert goods.is_variable(variable) and not goods.is_variable(simple)


def test_the_recorded_variations_are_skus_of_their_product() -> None:
    parent = recorded("products_list")[0]
    green, black = goods.variations(parent, recorded("variations_list"), "USD")
    assert (green.ref, green.title, green.variant_title) == (Ref("799", "733"), parent["name"], "Green")
    assert (black.ref.variant, black.variant_title, black.price_minor, black.quantity) == ("732", "Black", 900, None)
    assert black.picture.endswith("T_4_front-12.jpg") and black.state == "active"
    (oddly,) = goods.variations(parent, [recorded("variation")], "USD")
    assert oddly.state == "active"


@pytest.mark.parametrize(
    ("manage", "count", "quantity"),
    [
        (True, 7, 7),
        (True, 0, 0),
        (True, -2, -2),
        (False, None, None),
        (False, 3, None),
        (True, None, None),
        (None, 3, None),
    ],
)
def test_what_is_not_counted_is_never_zero(manage: Any, count: Any, quantity: int | None) -> None:
    found = goods.single({**recorded("product_simple"), "manage_stock": manage, "stock_quantity": count}, "USD")
    assert found.quantity == quantity and found.stock == ({} if quantity is None else {"": quantity})


def test_a_variation_may_share_the_stock_of_its_parent() -> None:
    parent = {**recorded("products_list")[0], "manage_stock": True, "stock_quantity": 12}
    shared, own, free = ({**recorded("variation"), "id": number, "manage_stock": how, "stock_quantity": count}
                         for number, how, count in ((1, "parent", 12), (2, True, 3), (3, False, None)))  # fmt: skip
    assert [one.quantity for one in goods.variations(parent, [shared, own, free], "USD")] == [12, 3, None]
    uncounted = {**parent, "manage_stock": False, "stock_quantity": None}
    assert goods.variations(uncounted, [shared], "USD")[0].quantity is None


def test_states_and_prices_of_listings() -> None:
    simple = recorded("product_simple")
    states = {
        "publish": "active",
        "draft": "inactive",
        "private": "inactive",
        "pending": "pending",
        "future": "inactive",
        "trash": "gone",
    }
    assert {said: goods.single({**simple, "status": said}, "USD").state for said in states} == states
    assert goods.variations({**simple, "status": "draft"}, [recorded("variation")], "USD")[0].state == "inactive"
    assert goods.single({**simple, "price": "15.00", "sale_price": "15.00"}, "USD").price_minor == 2199
    assert goods.single({**simple, "price": "", "regular_price": ""}, "USD").price_minor is None
    assert goods.single({**simple, "regular_price": "250000"}, "VND").price_minor == 250000
    for kind in ("grouped", "external"):
        assert not goods.is_goods({**simple, "type": kind})


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_products_never_raise(odd: Any) -> None:
    for member in set(recorded("product_simple")) - {"id", "regular_price", "price", "stock_quantity"}:
        found = {**recorded("product_simple"), member: odd, "brand_new": 1}
        assert goods.single(found, "USD").ref == Ref("794"), member
        (one,) = goods.variations(found, [{**recorded("variation"), member: odd}], "USD")
        assert one.ref == Ref("794", "732"), member
