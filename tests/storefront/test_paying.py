"""Between the click and the money: waiting for Stripe, coming back without it, and what a payment does to the cart."""

import re
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.core.outbox import OutboxJob
from app.inventory.models import StockLevel
from app.payments.events import PaymentEnded, PaymentPaid, PaymentProcessing
from app.payments.models import Payment
from app.storefront import actions, handlers
from tests.storefront.conftest import Shopper, groups, items_of, only_owner, orders


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
