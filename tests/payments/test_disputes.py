"""TRAPS E: a chargeback takes the sellers' shares once and a won one returns them once; an inquiry moves nothing."""

from typing import Any

import pytest

from app.core import db
from app.core.outbox import OutboxEvent
from app.payments import actions

from .conftest import Cart, Market, Seller


def dispute(market: Market, cart: Cart, **body: Any) -> str:
    return str(market.sandbox.post("disputes", charge=market.charge_id(cart), **body)["id"])


def statuses(market: Market) -> list[str]:
    with db.system("test world") as session:
        found = (
            session.query(OutboxEvent).filter(OutboxEvent.name == "payments.DisputeChanged").order_by(OutboxEvent.id)
        )
        return [event.payload["status"] for event in found]


def sold(market: Market, amount: int = 2000) -> tuple[Seller, Cart, int]:
    seller = market.seller()
    cart = market.paid((seller, amount, amount // 20))
    market.paid((seller, 50_000, 2_500))
    return seller, cart, market.part(cart, seller).net.minor


def test_t34_a_disputed_sale_cannot_be_refunded_as_well(market: Market) -> None:
    seller, cart, net = sold(market)
    before = market.stripe_balance(seller)
    dispute(market, cart)
    market.deliver_new()
    with pytest.raises(actions.DisputeOpen):
        market.refund(cart, seller, 100)
    assert before - market.stripe_balance(seller) == net and market.effects("refund") == []
    assert market.part(cart, seller).disputed_minor == 2000
    assert market.balance(seller, "disputes") == 2000


@pytest.mark.parametrize("reverse", [False, True])
def test_t35_a_won_dispute_restores_everything_once_in_any_order(market: Market, reverse: bool) -> None:
    seller, cart, _ = sold(market)
    before = market.stripe_balance(seller)
    found = dispute(market, cart)
    market.deliver_new()
    market.sandbox.post(f"disputes/{found}", outcome="won")
    last = market.events(kinds=["charge.dispute.funds_reinstated", "charge.dispute.closed"])
    for event in [*last, *last][:: -1 if reverse else 1]:
        market.deliver({**event, "id": f"{event['id']}{reverse}"})
        market.run()
    market.deliver_new()
    assert market.stripe_balance(seller) == before == market.balance(seller, "stripe_balance")
    (row,) = market.disputes(seller)
    assert (row.status, row.money_moved, market.balance(seller, "disputes")) == ("won", False, 0)
    assert row.closed_at is not None and statuses(market) == ["needs_response", "won"]
    market.refund(cart, seller, 2000)
    market.run()
    assert market.refunds(seller)[0].state == "succeeded"


def test_t36_an_inquiry_moves_no_money_and_leaves_refunds_open(market: Market) -> None:
    seller, cart, _ = sold(market)
    before = market.stripe_balance(seller)
    found = dispute(market, cart, inquiry=True)
    market.deliver_new()
    assert market.stripe_balance(seller) == before and market.part(cart, seller).disputed_minor == 0
    market.refund(cart, seller, 500)
    market.run()
    assert market.refunds(seller)[0].state == "succeeded"
    market.sandbox.post(f"disputes/{found}", outcome="warning_closed")
    market.deliver_new()
    assert market.disputes(seller)[0].status == "warning_closed" and market.balance(seller, "disputes") == 0


def test_t37_a_lost_dispute_of_a_partly_refunded_cart_is_shared_pro_rata(market: Market) -> None:
    one, two = market.seller(), market.seller(market.world.other)
    cart = market.paid((one, 1000, 50), (two, 3000, 150))
    market.refund(cart, two, 1000)
    market.run()
    found = dispute(market, cart, amount=1500)
    market.deliver_new()
    assert [market.part(cart, seller).disputed_minor for seller in (one, two)] == [500, 1000]
    market.sandbox.post(f"disputes/{found}", outcome="lost")
    market.deliver_new()
    assert [market.disputes(seller)[0].status for seller in (one, two)] == ["lost", "lost"]
    assert [market.part(cart, seller).refundable.minor for seller in (one, two)] == [500, 1000]
    assert market.balance(db.PLATFORM, "disputes") == 0


def test_t37_what_the_bank_takes_beyond_the_sale_is_the_platforms(market: Market) -> None:
    seller, cart, net = sold(market)
    market.refund(cart, seller, 1500)
    market.run()
    left = market.transfers(seller)[0].left.minor
    dispute(market, cart, amount=2000)
    market.deliver_new()
    assert market.part(cart, seller).disputed_minor == 500 and market.transfers(seller)[0].left.minor == 0
    assert left < net and market.balance(db.PLATFORM, "disputes") == 1500


def test_an_inquiry_that_becomes_a_chargeback_takes_the_money_then(market: Market) -> None:
    seller, cart, net = sold(market)
    before = market.stripe_balance(seller)
    found = dispute(market, cart, inquiry=True)
    market.deliver_new()
    market.sandbox.post(f"disputes/{found}", outcome="escalated")
    market.deliver_new()
    assert before - market.stripe_balance(seller) == net and market.disputes(seller)[0].money_moved
    assert statuses(market) == ["warning_needs_response", "needs_response"]


def test_a_dispute_that_overtakes_the_sale_waits_for_it(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart, "4000000000000259")
    market.deliver_new()
    market.retry_due()
    assert market.disputes(seller)[0].status == "needs_response"
    assert market.part(cart, seller).disputed_minor == 2000
    market.retry_due()
    assert market.balance(seller, "clearing") + market.balance(seller, "stripe_balance") == 0
