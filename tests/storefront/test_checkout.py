"""Checkout: held, extended, held again; steps in order; placed once; nobody else's."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.catalogue.models import Discount, Product, Variant
from app.core import db
from app.core.ids import new_id
from app.inventory import actions as inventory
from app.inventory.models import StockLevel
from app.orders.models import Order, OrderGroup
from app.payments.events import PaymentEnded, PaymentPaid, PaymentProcessing
from app.payments.models import Payment, PaymentPart
from app.storefront import actions, handlers
from app.storefront.models import Checkout
from tests.storefront.conftest import Shopper, items_of, only_checkout, only_owner


def reserved(product: Any) -> int:
    with db.workspace(product.workspace_id) as session:
        return int(session.scalar(select(func.coalesce(func.sum(StockLevel.reserved), 0))) or 0)


def groups() -> list[OrderGroup]:
    with db.system("test world") as session:
        return list(session.scalars(select(OrderGroup)))


def orders() -> list[Order]:
    with db.system("test world") as session:
        return list(session.scalars(select(Order).order_by(Order.number)))


def over(checkout_id: Any, minutes: int = 11) -> None:
    """The clock runs out for a checkout and its reservations."""
    with db.system("test world") as session:
        row = session.get(Checkout, checkout_id)
        row.held_until -= timedelta(minutes=minutes)


@pytest.fixture
def cup(world: Any) -> Any:
    return world.product(world.shop(world.north, "Kiln"), "Cup", price=2000, stock=3)


@pytest.fixture
def with_cup(shopper: Shopper, world: Any, cup: Any) -> Shopper:
    with db.system("test world"):
        from app.catalogue.models import Shop

        shop = db.get(Shop, cup.shop_id)
    shopper.add(shop, cup, world.variant(cup), 2)
    return shopper


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


def test_starting_holds_the_stock_and_shows_until_when(with_cup: Shopper, cup: Any) -> None:
    assert with_cup.begin().status_code == 303
    assert reserved(cup) == 2
    page = with_cup.get("/checkout").text
    assert "Step 1 of 3: Contact" in page and "data-countdown=" in page and "Extend" in page


def test_starting_twice_holds_once(with_cup: Shopper, cup: Any) -> None:
    with_cup.begin()
    with_cup.begin()
    assert reserved(cup) == 2
    assert only_checkout().state == "open"


def test_an_empty_cart_cannot_be_checked_out(shopper: Shopper, world: Any) -> None:
    answer = shopper.begin()
    assert answer.status_code == 422 and "nothing in your cart" in answer.text
    assert shopper.get("/checkout").location == "/cart"


def test_what_sold_out_meanwhile_is_named_and_nothing_is_held(with_cup: Shopper, cup: Any, world: Any) -> None:
    with db.workspace(cup.workspace_id):
        inventory.reserve(
            new_id(), [inventory.Want(cup.workspace_id, world.variant(cup).id, 2)], db.now() + timedelta(hours=1)
        )
    answer = with_cup.begin()
    assert answer.status_code == 409
    assert "Only 1 of Cup is left." in answer.text and "nothing was charged" in answer.text
    assert reserved(cup) == 2, "the other buyer's two, and none of ours"
    with_cup.post("/cart/adjustment")
    assert with_cup.begin().status_code == 303
    assert reserved(cup) == 3


def test_steps_cannot_be_skipped(with_cup: Shopper) -> None:
    with_cup.begin()
    checkout = with_cup.hidden("checkout")
    assert "Step 1 of 3" in with_cup.get("/checkout?step=review").text
    answer = with_cup.pay(checkout, 4500)
    assert answer.status_code == 422 and "Say who you are first" in answer.text
    with_cup.contact(checkout)
    assert "Step 2 of 3" in with_cup.get("/checkout?step=review").text
    answer = with_cup.pay(checkout, 4500)
    assert answer.status_code == 422 and "Say where it should go first" in answer.text
    assert orders() == []


def test_downloads_need_no_address(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    pack = world.product(shop, ships=False, downloads=True, price=900)
    shopper.add(shop, pack, world.variant(pack))
    checkout = shopper.ready(ships=False)
    assert "Step 2 of 2: Review and pay" in shopper.get("/checkout").text
    assert shopper.pay(checkout).status_code == 303
    assert orders()[0].ship_to == {}


@pytest.mark.parametrize(
    "email", ["", "kim", "kim@", "kim@host", "a b@c.de", "x" * 250 + "@c.de", "k@c.de\nBcc: x@y.zz"]
)
def test_an_address_that_is_no_mailbox_is_refused_beside_its_field(with_cup: Shopper, email: str) -> None:
    with_cup.begin()
    answer = with_cup.contact(with_cup.hidden("checkout"), email=email)
    assert answer.status_code == 422 and 'id="email-error"' in answer.text and "Kim Example" in answer.text
    assert only_checkout().contact == {}


def test_an_address_is_checked_as_its_country_writes_it(with_cup: Shopper) -> None:
    with_cup.begin()
    checkout = with_cup.hidden("checkout")
    with_cup.contact(checkout)
    answer = with_cup.delivery(checkout, postcode="SW1")
    assert answer.status_code == 422 and 'id="postcode-error"' in answer.text and "Hauptstr. 1" in answer.text
    american = {"country": "US", "shown_country": "US", "postcode": "94110"}
    answer = with_cup.delivery(checkout, **american)
    assert answer.status_code == 422 and "Choose the state." in answer.text
    assert with_cup.delivery(checkout, **american, region="CA").status_code == 303


def test_another_country_shows_its_form_and_keeps_what_was_typed(with_cup: Shopper) -> None:
    with_cup.begin()
    checkout = with_cup.hidden("checkout")
    with_cup.contact(checkout)
    answer = with_cup.post(
        "/checkout/delivery", checkout=checkout, country="US", shown_country="DE", line1="1 Main St", name="Kim"
    )
    assert answer.location.endswith("step=delivery")
    page = with_cup.get("/checkout?step=delivery").text
    assert "ZIP code" in page and "1 Main St" in page


def test_a_shop_that_does_not_send_there_stops_the_order_in_words(with_cup: Shopper, cup: Any) -> None:
    from app.catalogue.models import DeliveryZone

    with db.workspace(cup.workspace_id) as session:
        session.scalars(select(DeliveryZone)).one().countries = ["FR"]
    with_cup.begin()
    checkout = with_cup.hidden("checkout")
    with_cup.contact(checkout)
    with_cup.delivery(checkout)
    assert "Kiln does not deliver to Germany" in with_cup.get("/checkout").text
    answer = with_cup.pay(checkout, 4000)
    assert answer.status_code == 422 and orders() == []


def test_a_made_up_delivery_rate_counts_as_the_cheapest(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with db.system("test world"):
        shop_id = orders_shop()
    with_cup.delivery(checkout, **{f"rate-{shop_id}": str(new_id())})
    with_cup.pay(checkout)
    assert orders()[0].delivery_minor == 500


def orders_shop() -> Any:
    from app.catalogue.models import Shop

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


def test_other_peoples_checkouts_look_missing_and_stay_as_they_are(
    with_cup: Shopper, another: Shopper, cup: Any
) -> None:
    checkout = with_cup.ready()
    for path in ("contact", "delivery", "extension", "orders"):
        form = {"email": "x@y.zz", "name": "X", "country": "DE", "total": "4500"}
        assert another.post(f"/checkout/{path}", checkout=checkout, **form).status_code == 404, path
    for raw in ("", "x", str(new_id())):
        assert another.post("/checkout/contact", checkout=raw, email="x@y.zz", name="X").status_code == 404
    assert only_checkout().contact["email"] == "kim@example.com" and orders() == []
    with_cup.pay(checkout)
    for path in ("", "/done", "/back"):
        assert another.get(f"/checkout/{checkout}{path}").status_code == 404
    assert another.post(f"/checkout/{checkout}/cancellation").status_code == 404
    assert orders()[0].state == "pending" and reserved(cup) == 2


def test_time_can_be_extended_twice(with_cup: Shopper) -> None:
    with_cup.begin()
    checkout = with_cup.hidden("checkout")
    start = only_checkout().held_until
    for _ in range(2):
        assert with_cup.post("/checkout/extension", checkout=checkout).status_code == 303
    answer = with_cup.post("/checkout/extension", checkout=checkout)
    assert answer.status_code == 409 and "extended 2 times already" in answer.text
    assert only_checkout().held_until - start == timedelta(minutes=20)
    assert 'action="/checkout/extension"' not in with_cup.get("/checkout").text


def test_after_the_time_is_over_everything_typed_is_kept_and_held_again(with_cup: Shopper, cup: Any) -> None:
    checkout = with_cup.ready()
    over(checkout)
    inventory.release(only_checkout().id, [cup.workspace_id])
    assert reserved(cup) == 0
    page = with_cup.get("/checkout").text
    assert "The 10 minutes were over. Everything is still there" in page and "kim@example.com" in page
    assert reserved(cup) == 2
    assert with_cup.pay(checkout).status_code == 303


def test_overdue_but_not_yet_released_is_not_taken_for_sold_out(with_cup: Shopper, cup: Any) -> None:
    """Between the end of the time and the sweep the buyer's own units still count as reserved."""
    with db.workspace(cup.workspace_id) as session:
        session.scalars(select(StockLevel)).one().on_hand = 2
    checkout = with_cup.ready()
    over(checkout)
    assert "Everything is still there" in with_cup.get("/checkout").text
    assert reserved(cup) == 2


def test_after_the_time_is_over_someone_else_may_have_been_quicker(with_cup: Shopper, cup: Any, world: Any) -> None:
    checkout = with_cup.ready()
    total = with_cup.hidden("total")
    over(checkout)
    inventory.release(only_checkout().id, [cup.workspace_id])
    inventory.reserve(
        new_id(), [inventory.Want(cup.workspace_id, world.variant(cup).id, 3)], db.now() + timedelta(hours=1)
    )
    answer = with_cup.pay(checkout, total)
    assert answer.status_code in (409, 422) and orders() == []
    page = with_cup.get("/checkout").text
    assert "Cup is sold out." in page and "Nothing was bought and nothing was charged." in page


def test_a_code_once_per_buyer_is_refused_when_the_mailbox_had_it(with_cup: Shopper, cup: Any) -> None:
    with db.workspace(cup.workspace_id):
        from app.catalogue.models import DiscountUse

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


def test_a_payment_that_is_not_finished_must_be_ended_before_the_next(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with_cup.pay(checkout)
    assert "A payment is waiting" in with_cup.get("/cart").text
    answer = with_cup.begin()
    assert answer.status_code == 409 and "not finished" in answer.text
    assert len(groups()) == 1


def test_the_last_units_on_the_way_to_payment_are_not_called_sold_out(with_cup: Shopper, cup: Any) -> None:
    with db.workspace(cup.workspace_id) as session:
        session.scalars(select(StockLevel)).one().on_hand = 2
    with_cup.pay(with_cup.ready())
    page = with_cup.get("/cart").text
    assert "Sold out" not in page and "$40.00" in page


def test_the_page_waits_for_stripe_and_then_sends_the_buyer_on(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with_cup.pay(checkout)
    page = with_cup.get(f"/checkout/{checkout}").text
    assert 'http-equiv="refresh"' in page and "Nothing is charged before you confirm" in page
    _payment(state="open", session_url="https://checkout.stripe.com/c/pay/cs_1")
    assert with_cup.get(f"/checkout/{checkout}").location == "https://checkout.stripe.com/c/pay/cs_1"
    live = with_cup.get(f"/checkout/{checkout}", headers={"HX-Request": "true"})
    assert live.headers["HX-Redirect"] == "https://checkout.stripe.com/c/pay/cs_1"


def test_coming_back_without_money_says_so_and_keeps_the_cart(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with_cup.pay(checkout)
    _payment(state="open", session_url="https://checkout.stripe.com/c/pay/cs_1")
    assert "Nothing was charged" in with_cup.get(f"/checkout/{checkout}/back").text
    _payment(state="failed", error="Your card was declined.")
    page = with_cup.get(f"/checkout/{checkout}/back").text
    assert "Your card was declined." in page and "Check out again" in page
    assert with_cup.get(f"/checkout/{checkout}/done").location.endswith("/back")
    assert list(items_of(only_owner()).values()) == [2]


def test_trying_again_after_a_failure_starts_a_new_checkout_with_everything_typed(
    with_cup: Shopper, run_jobs: Any
) -> None:
    first = with_cup.ready()
    with_cup.pay(first)
    with_cup.post(f"/checkout/{first}/cancellation")
    run_jobs()
    assert orders()[0].state == "cancelled"
    assert with_cup.begin().status_code == 303
    second = with_cup.hidden("checkout")
    assert second != first
    assert "Step 3 of 3" in with_cup.get("/checkout").text


def test_the_success_page_asks_stripe_again_and_never_believes_the_address(with_cup: Shopper) -> None:
    checkout = with_cup.ready()
    with_cup.pay(checkout)
    _payment(state="open", session_url="https://checkout.stripe.com/c/pay/cs_1")
    page = with_cup.get(f"/checkout/{checkout}/done?session_id=cs_forged").text
    assert "We are asking Stripe" in page and "Thank you" not in page
    from app.core.outbox import OutboxJob

    with db.system("test world") as session:
        assert session.scalars(select(OutboxJob).where(OutboxJob.name == "payments.settle")).first() is not None


def test_a_free_cart_is_done_at_once(shopper: Shopper, world: Any, run_jobs: Any) -> None:
    shop = world.shop(world.north)
    sample = world.product(shop, "Sample", ships=False, downloads=True, price=0)
    shopper.add(shop, sample, world.variant(sample))
    checkout = shopper.ready(ships=False)
    assert "Get it for free" in shopper.get("/checkout").text
    shopper.pay(checkout)
    assert "Payment received, preparing files" in shopper.get(f"/checkout/{checkout}/done").text
    run_jobs()
    page = shopper.get(f"/checkout/{checkout}/done").text
    assert "Your downloads are ready" in page and re.search(r'href="/library/[0-9a-f-]{36}"', page)
    assert "Nothing in here yet" in shopper.get("/cart").text


def _payment(**fields: Any) -> Payment:
    with db.system("test world") as session:
        row = session.scalars(select(Payment)).one()
        for key, value in fields.items():
            setattr(row, key, value)
        return row


def _news(kind: Any, handler: Any, group_id: Any, **fields: Any) -> None:
    with db.system("test world"):
        handler(kind(payment_id=new_id(), reference_id=group_id, **fields))


def test_only_money_empties_the_cart_and_only_of_what_was_bought(world: Any, filled: Any) -> None:
    cup = world.product(world.shop(world.north), "Cup", price=2000, stock=10)
    vase = world.product(world.shop(world.other), "Vase")
    owner = filled((cup, 2))
    group = _placed(owner)
    filled((cup, 1), (vase, 1), owner=owner)
    assert sum(items_of(owner).values()) == 4
    for _ in range(2):
        _news(PaymentPaid, handlers.on_payment_paid, group)
    assert items_of(owner) == {world.variant(cup).id: 1, world.variant(vase).id: 1}


def test_a_bank_that_says_no_later_brings_the_things_back(world: Any, filled: Any, cup: Any) -> None:
    owner = filled((cup, 2))
    group = _placed(owner)
    _news(PaymentProcessing, handlers.on_payment_processing, group)
    assert items_of(owner) == {}
    _news(PaymentEnded, handlers.on_payment_ended, group, outcome="failed")
    assert items_of(owner) == {world.variant(cup).id: 2}


def test_a_payment_that_ends_without_money_leaves_the_cart_alone(world: Any, filled: Any, cup: Any) -> None:
    owner = filled((cup, 2))
    group = _placed(owner)
    _news(PaymentEnded, handlers.on_payment_ended, group, outcome="expired")
    assert items_of(owner) == {world.variant(cup).id: 2}


def _placed(owner: Any) -> Any:
    with db.buyer(owner):
        checkout = actions.begin(owner, "USD")
        actions.set_contact(checkout, {"email": "kim@example.com", "name": "Kim"})
        address = {"country": "DE", "name": "Kim", "line1": "Hauptstr. 1", "city": "Berlin", "checked": "yes"}
        actions.set_address(checkout, address, {})
        return actions.place(owner, checkout.id, 4500)
