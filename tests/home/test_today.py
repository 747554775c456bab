"""Today: what waits, what was earned, what is still to be set up; all read from rows."""

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.home import queries
from app.orders.models import Order, OrderGroup
from app.payments.models import Dispute, Payment, PaymentPart, Refund
from app.shipping.models import CarrierAccount, Label, Parcel, Return
from tests.channels.bazaar import Bazaar

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
_numbers = count(1)


def order(world: Any, shop: Any, total: int = 2000, **fields: Any) -> Order:
    """An order as it stands after payment, unless `fields` say otherwise."""
    number = next(_numbers)
    with db.system("test world"):
        group = db.add(
            OrderGroup(
                code=f"T{number}", buyer_id=world.fay.id, email=world.fay.email, currency="USD", total_minor=total
            )
        )
    values = {"state": "open", "payment_state": "paid", "paid_at": db.now()} | fields
    with db.workspace(shop.workspace_id):
        return db.add(
            Order(
                group_id=group.id,
                shop_id=shop.id,
                number=number,
                buyer_id=world.fay.id,
                buyer_name="Fay",
                buyer_email=world.fay.email,
                currency="USD",
                subtotal_minor=total,
                total_minor=total,
                **values,
            )
        )


def part_of(placed: Order) -> PaymentPart:
    with db.system("test world"):
        payment = db.add(
            Payment(
                buyer_id=placed.buyer_id,
                reference_id=placed.group_id,
                email="fay@example.com",
                currency="USD",
                amount_minor=placed.total_minor,
                expires_at=db.now(),
            )
        )
        with db.workspace(placed.workspace_id):
            return db.add(
                PaymentPart(
                    payment_id=payment.id,
                    order_id=placed.id,
                    currency="USD",
                    amount_minor=placed.total_minor,
                    fee_minor=0,
                )
            )


def needs(world: Any) -> dict[str, int]:
    with db.workspace(world.north.id):
        return {card.title: card.count for card in queries.needs()}


def steps(world: Any) -> list[bool]:
    with db.workspace(world.north.id):
        return [step.done for step in queries.steps(world.north.id)]


@pytest.fixture
def shop(world: Any) -> Any:
    return world.shop(world.north)


def test_nothing_waits_in_a_new_workspace(world: Any, client: Any) -> None:
    assert needs(world) == {}
    page = world.sign_in(client, world.alice).get(f"/w/{world.north.slug}").text
    assert "Nothing waits for you" in page and "Getting started" in page and "No orders yet" in page


def test_orders_to_ship_and_late_ones_are_counted_apart(world: Any, shop: Any) -> None:
    order(world, shop, ship_by=db.now() - timedelta(days=1))
    order(world, shop, ship_by=db.now() + timedelta(days=1))
    order(world, shop)
    order(world, shop, fulfilment_state="fulfilled")
    order(world, shop, fulfilment_state="none_needed")
    order(world, shop, state="pending", payment_state="unpaid", paid_at=None)
    order(world, shop, state="cancelled")
    assert needs(world) == {"order is late": 1, "orders to ship": 2}


def test_disputes_refunds_and_the_account_wait_for_somebody(world: Any, shop: Any) -> None:
    placed = order(world, shop, fulfilment_state="fulfilled")
    part = part_of(placed)
    world.seller_account(world.north, "acct_1", state="restricted")
    with db.workspace(world.north.id):
        for status in ("needs_response", "won"):
            db.add(
                Dispute(
                    part_id=part.id,
                    order_id=placed.id,
                    stripe_dispute_id=f"dp_{status}",
                    currency="USD",
                    amount_minor=100,
                    status=status,
                )
            )
        for state in ("failed", "succeeded"):
            db.add(
                Refund(
                    part_id=part.id,
                    order_id=placed.id,
                    currency="USD",
                    amount_minor=100,
                    fee_minor=0,
                    reason="other",
                    state=state,
                    actor_name="Ada",
                )
            )
    assert needs(world) == {
        "dispute needs an answer": 1,
        "payment to you or refund is stuck": 1,
        "answer Stripe needs before it pays you out": 1,
    }


def test_low_stock_counts_what_is_for_sale_and_tracked(world: Any, shop: Any) -> None:
    world.product(shop, "Low", stock=3)
    world.product(shop, "Plenty", stock=4)
    world.product(shop, "Draft", stock=0, state="draft")
    world.product(shop, "File", ships=False, downloads=True)
    assert needs(world) == {"thing is nearly sold out": 1}


def test_takings_compare_with_the_same_time_of_the_same_weekday(world: Any, shop: Any) -> None:
    for paid_at, total in (
        (NOON - timedelta(hours=1), 3000),
        (NOON - timedelta(hours=2), 1500),
        (NOON - timedelta(hours=13), 9999),
        (NOON - timedelta(days=7, hours=1), 3000),
        (NOON - timedelta(days=7) + timedelta(hours=1), 9999),
    ):
        order(world, shop, total, paid_at=paid_at)
    with db.workspace(world.north.id):
        (found,) = queries.takings(NOON)
    assert (found.revenue.minor, found.orders, found.before.minor, found.orders_before) == (4500, 2, 3000, 1)
    assert found.change == 50


def test_takings_keep_currencies_apart_and_know_an_empty_week(world: Any, shop: Any) -> None:
    order(world, shop, 1000, paid_at=NOON)
    with db.workspace(world.north.id):
        (found,) = queries.takings(NOON)
        assert found.change is None and queries.takings(NOON + timedelta(days=2)) == []


def test_each_step_is_done_by_a_fact(world: Any) -> None:
    assert steps(world) == [False, False, False, False, False, True], "the cast is a team already"
    shop = world.shop(world.north)
    assert steps(world)[0] is True
    world.seller_account(world.north, state="pending")
    assert steps(world)[1] is False
    world.product(shop, "Bare", ships=True, stock=None)
    assert steps(world)[2] is False, "listed, but nothing to deliver"
    world.product(shop, "Pack", ships=False, downloads=True)
    order(world, shop)
    assert steps(world) == [True, False, True, False, True, True]


def test_a_finished_set_up_makes_way(world: Any, shop: Any, client: Any) -> None:
    world.seller_account(world.north, "acct_2")
    world.product(shop)
    order(world, shop)
    browser = world.sign_in(client, world.alice)
    assert "Connect a channel" in browser.get(f"/w/{world.north.slug}").text
    set_aside(browser, world, "channel")
    page = browser.get(f"/w/{world.north.slug}").text
    assert "Getting started" not in page and "Recent orders" in page and "$20.00" in page


def set_aside(browser: Any, world: Any, step: str, status: int = 303) -> None:
    page = browser.get("/discover").text
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    answer = browser.post(f"/w/{world.north.slug}/steps", data={"csrf_token": token, "step": step})
    assert answer.status_code == status


def test_a_connected_marketplace_is_a_step_done(world: Any, run_jobs: Any) -> None:
    Bazaar(world, run_jobs)
    assert steps(world)[3] is True


def test_what_is_not_for_us_is_set_aside_by_those_who_may(world: Any, client: Any, app: Any) -> None:
    browser = world.sign_in(client, world.alice)
    set_aside(browser, world, "payouts", 404)
    set_aside(world.sign_in(app.test_client(), world.bob), world, "channel", 403)
    assert len(steps(world)) == 6
    for _ in range(2):
        set_aside(browser, world, "channel")
    assert len(steps(world)) == 5 and "Connect a channel" not in browser.get(f"/w/{world.north.slug}").text


def test_a_viewer_sees_steps_without_buttons(world: Any, client: Any) -> None:
    page = world.sign_in(client, world.vera).get(f"/w/{world.north.slug}").text
    assert "Open a shop" in page and "Make a shop" not in page


def test_nothing_of_another_workspace_is_counted(world: Any) -> None:
    other = world.shop(world.other)
    world.product(other, stock=1)
    order(world, other, ship_by=db.now() - timedelta(days=1))
    assert needs(world) == {} and steps(world) == [False, False, False, False, False, True]
    with db.workspace(world.north.id):
        assert queries.takings() == [] and queries.recent_orders() == []


def test_the_live_part_is_rendered_alone(world: Any, client: Any) -> None:
    browser = world.sign_in(client, world.alice)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#today"}
    page = browser.get(f"/w/{world.north.slug}", headers=headers).text
    assert page.lstrip().startswith('<div id="today"') and "<html" not in page


def test_a_workspace_without_rows_needs_nothing(world: Any) -> None:
    with db.workspace(new_id()):
        assert queries.needs() == [] and [step.done for step in queries.steps(new_id())] == [False] * 6


def test_every_link_of_today_leads_somewhere(world: Any, shop: Any, client: Any) -> None:
    import re

    late = order(world, shop, ship_by=db.now() - timedelta(days=1))
    order(world, shop, held_at=db.now(), hold_reason="Waits")
    browser = world.sign_in(client, world.alice)
    page = browser.get(f"/w/{world.north.slug}").text
    links = {one.replace("&amp;", "&") for one in re.findall(rf'href="(/w/{world.north.slug}[^"#]*)"', page)}
    assert f"/w/{world.north.slug}/orders/{late.number}" in links and f"/w/{world.north.slug}/search" in links
    assert {link: browser.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert browser.get(f"/w/{world.north.slug}/search?q=fay").status_code == 200


def test_a_held_order_waits_apart_from_those_to_ship(world: Any, shop: Any) -> None:
    order(world, shop, ship_by=db.now() - timedelta(days=1), held_at=db.now(), hold_reason="Waits")
    assert needs(world) == {"order is on hold": 1}


def test_profit_is_what_the_postings_leave(world: Any, shop: Any) -> None:
    from app.payments.models import LedgerEntry, LedgerTransaction

    order(world, shop, 4500, paid_at=NOON)
    with db.workspace(world.north.id):
        booked = db.add(LedgerTransaction(kind="sale", key="sale:1", at=NOON - timedelta(minutes=5)))
        for account, minor in (("sales", -4500), ("commission", 225), ("provider_fees", 160), ("clearing", 4115)):
            db.add(LedgerEntry(transaction_id=booked.id, account=account, currency="USD", amount_minor=minor))
        (found,) = queries.takings(NOON)
        assert found.profit.minor == 4500 - 225 - 160
        assert queries.days(now=NOON)["USD"][-1] == 4500


def test_orders_that_leave_today_have_a_card_and_a_list_of_their_own(world: Any, shop: Any, client: Any) -> None:
    with db.at(NOON):
        due = order(world, shop, ship_by=NOON + timedelta(hours=5))
        order(world, shop, ship_by=NOON + timedelta(hours=12))
        order(world, shop, ship_by=NOON - timedelta(hours=1))
        assert needs(world) == {"order is late": 1, "order has to leave today": 1, "order to ship": 1}
        page = world.sign_in(client, world.alice).get(f"/w/{world.north.slug}/orders?view=today").text
    assert f"/orders/{due.number}?" in page or f'/orders/{due.number}"' in page
    assert page.count("data-status") == 1


def parcel(world: Any, placed: Order, **fields: Any) -> Parcel:
    with db.workspace(world.north.id):
        return db.add(Parcel(order_id=placed.id, currency="USD", tracking_code=f"T{new_id().hex[-10:]}", **fields))


def label(world: Any, boxed: Parcel, **fields: Any) -> None:
    with db.workspace(world.north.id) as session:
        known = session.scalars(select(CarrierAccount.id)).first()
        account = known or db.add(CarrierAccount(kind="own", name="Own", state="active")).id
        db.add(Label(parcel_id=boxed.id, account_id=account, reference=str(new_id()), currency="USD", **fields))


def test_failed_labels_worrying_parcels_and_returns_wait_for_somebody(world: Any, shop: Any, client: Any) -> None:
    placed = order(world, shop, fulfilment_state="fulfilled")
    refused, again, taken_back = (parcel(world, placed) for _ in range(3))
    label(world, refused, state="failed", asked_at=db.now())
    label(world, again, state="failed", asked_at=db.now())
    label(world, again, state="intended")
    label(world, taken_back, state="failed")
    parcel(world, placed, state="shipped", raised="Late: it was expected on 12 Nov")
    parcel(world, placed, state="shipped")
    with db.workspace(world.north.id):
        for number, state in enumerate(("asked", "declined"), 1):
            wanted = [{"line_id": str(placed.id), "quantity": 1, "reason": "late"}]
            db.add(Return(order_id=placed.id, buyer_id=placed.buyer_id, number=number, state=state, contents=wanted))
    assert needs(world) == {"label failed": 1, "parcel is late or lost": 1, "return waits for your answer": 1}
    home = world.sign_in(client, world.alice).get(f"/w/{world.north.slug}").text
    for path in ("/shipping?view=failed", "/shipping?view=raised", "/shipping/returns"):
        address = f"/w/{world.north.slug}{path}"
        assert address in home
        rows = client.get(address).text
        assert len(re.findall(rf"#{placed.number}(?!\w)", rows)) == 1
