"""Orders out of a checkout: placed once, for the total that was shown, one per shop."""

from typing import Any

import pytest
from sqlalchemy import select

from app.catalogue.models import Discount, DiscountUse, Product, Shop, Variant
from app.core import db
from app.core.ids import new_id
from app.payments.models import PaymentPart
from tests.storefront.conftest import Shopper, groups, items_of, only_checkout, only_owner, orders, reserved


def test_the_whole_way_makes_one_order_per_seller_and_empties_nothing_yet(shopper: Shopper, world: Any) -> None:
    first, second = world.shop(world.north, "Orbital"), world.shop(world.other, "Kiln")
    for shop, price in ((first, 2000), (second, 3000)):
        product = world.product(shop, price=price)
        shopper.add(shop, product, world.variant(product))
    checkout = shopper.ready()
    answer = shopper.pay(checkout)
    assert answer.status_code == 303 and answer.location == f"/checkout/{checkout}"
    assert sorted(order.total_minor for order in orders()) == [2500, 3500]
    assert [group.total_minor for group in groups()] == [6000]
    assert {order.country for order in orders()} == {"DE"}
    assert len(items_of(only_owner())) == 2, "the cart is emptied by the payment, not by the click"


def test_a_made_up_delivery_rate_counts_as_the_cheapest(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with db.system("test world"):
        shop_id = orders_shop()
    with_cup.delivery(checkout, **{f"rate-{shop_id}": str(new_id())})
    with_cup.pay(checkout)
    assert orders()[0].delivery_minor == 500


def orders_shop() -> Any:
    return db.session().scalars(select(Shop.id)).first()


@pytest.mark.parametrize("total", ["0", "1", "-4500", "1e9", "NaN", "", "4499", "4501", "99999999999999999999"])
def test_a_total_of_ones_own_is_refused_and_nothing_is_placed(with_cup: Shopper, cup: Any, total: str) -> None:
    checkout = with_cup.ready()
    answer = with_cup.pay(checkout, total)
    assert answer.status_code in (409, 422) and "Nothing was charged" in answer.text
    assert orders() == [] and reserved(cup) == 2


def test_a_price_that_changed_at_the_last_moment_asks_again(with_cup: Shopper, cup: Any, world: Any) -> None:
    checkout = with_cup.ready()
    total = with_cup.hidden("total")
    with db.workspace(cup.workspace_id):
        db.get(Product, cup.id).price_minor = 2600
        db.get(Variant, world.variant(cup).id).price_minor = 2600
    answer = with_cup.pay(checkout, total)
    assert answer.status_code == 409
    assert "changed from $45.00 to $57.00" in answer.text and "The price went up from $20.00 to $26.00" in answer.text
    assert orders() == []
    assert with_cup.pay(checkout).status_code == 303
    assert orders()[0].total_minor == 5700


def test_pressing_pay_twice_places_once(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    total = with_cup.hidden("total")
    first, second = with_cup.pay(checkout, total), with_cup.pay(checkout, total)
    assert first.location == second.location and second.status_code == 303
    assert len(groups()) == 1 and len(orders()) == 1


def test_the_same_checkout_with_another_total_is_a_conflict(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with_cup.pay(checkout)
    answer = with_cup.pay(checkout, 1)
    assert answer.status_code == 409 and "already sent" in answer.text
    assert len(groups()) == 1


def test_a_placed_checkout_cannot_be_changed_any_more(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with_cup.pay(checkout)
    answer = with_cup.contact(checkout, email="other@example.com")
    assert answer.status_code == 422 and "already placed" in answer.text
    assert only_checkout().contact["email"] == "kim@example.com"
    assert with_cup.get("/checkout").location == f"/checkout/{checkout}"


def test_a_code_once_per_buyer_is_refused_when_the_mailbox_had_it(with_cup: Shopper, cup: Any) -> None:
    with db.workspace(cup.workspace_id):
        discount = db.add(Discount(shop_id=cup.shop_id, code="ONCE", kind="percent", value=1000, once_per_buyer=True))
        db.add(DiscountUse(discount_id=discount.id, order_id=new_id(), buyer_email="kim@example.com"))
    with_cup.post("/cart/codes", shop=str(cup.shop_id), discount="ONCE")
    with_cup.ready()
    page = with_cup.get("/checkout").text
    assert "works once per buyer" in page and "Pay $45.00" in page


def test_a_discount_and_delivery_reach_the_order(with_cup: Shopper, cup: Any) -> None:
    with db.workspace(cup.workspace_id):
        db.add(Discount(shop_id=cup.shop_id, code="TEN", kind="percent", value=1000, max_uses=1))
    with_cup.post("/cart/codes", shop=str(cup.shop_id), discount="TEN")
    checkout = with_cup.ready()
    assert "Pay $41.00" in with_cup.get("/checkout").text
    with_cup.pay(checkout)
    order = orders()[0]
    assert (order.subtotal_minor, order.discount_minor, order.delivery_minor, order.total_minor) == (
        4000,
        400,
        500,
        4100,
    )


def test_two_shops_of_one_workspace_are_two_orders_of_one_payment(shopper: Shopper, world: Any) -> None:
    for name in ("Orbital", "Kiln"):
        shop = world.shop(world.north, name)
        product = world.product(shop, price=1000)
        shopper.add(shop, product, world.variant(product))
    shopper.pay(shopper.ready())
    with db.system("test world") as session:
        assert len(orders()) == 2 and len(session.scalars(select(PaymentPart)).all()) == 2
