"""Checkout: what it holds, for how long, and its steps in order; nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.catalogue.models import DeliveryZone
from app.core import db
from app.core.ids import new_id
from app.inventory import actions as inventory
from app.inventory.models import StockLevel
from app.storefront.models import Checkout
from tests.storefront.conftest import Shopper, only_checkout, orders, reserved


def over(checkout_id: Any, minutes: int = 11) -> None:
    """The clock runs out for a checkout and its reservations."""
    with db.system("test world") as session:
        row = session.get(Checkout, checkout_id)
        row.held_until -= timedelta(minutes=minutes)


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
    with db.workspace(cup.workspace_id) as session:
        session.scalars(select(DeliveryZone)).one().countries = ["FR"]
    with_cup.begin()
    checkout = with_cup.hidden("checkout")
    with_cup.contact(checkout)
    with_cup.delivery(checkout)
    assert "Kiln does not deliver to Germany" in with_cup.get("/checkout").text
    answer = with_cup.pay(checkout, 4000)
    assert answer.status_code == 422 and orders() == []


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
