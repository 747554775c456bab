"""TRAPS C: sellers get their share, once, to the cent, when they can be paid."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.core import db
from app.core.actor import Actor
from app.payments import actions, ledger
from app.payments.models import SellerAccount, Transfer

from .conftest import Market


def test_t18_three_sellers_odd_cents_one_transfer_each_and_the_sum_is_what_was_paid(market: Market) -> None:
    people = [market.world.workspace(name, owner=market.world.alice) for name in ("One", "Two", "Three")]
    sellers = [market.seller(workspace) for workspace in people]
    amounts = [part.minor for part in market.world.money(1001).split([1, 1, 1])]
    shares = [
        (seller, amount, market.world.money(amount).share(750).minor)
        for seller, amount in zip(sellers, amounts, strict=True)
    ]
    cart = market.paid(*shares)
    payment = market.payment(cart)
    parts = [market.part(cart, seller) for seller in sellers]
    assert payment.provider_fee_minor == sum(part.provider_fee_minor for part in parts) == 59
    sent = market.effects("transfer")
    assert sorted(e["amount"] for e in sent) == sorted(part.net.minor for part in parts) and len(sent) == 3
    assert sum(e["amount"] for e in sent) + sum(p.fee_minor + p.provider_fee_minor for p in parts) == 1001
    for seller, part in zip(sellers, parts, strict=True):
        assert market.balance(seller, "stripe_balance") == part.net.minor == market.stripe_balance(seller)
        assert market.balance(seller, "clearing") == 0
    assert market.balance(db.PLATFORM, "clearing") == 0
    assert market.balance(db.PLATFORM, "commission") == -sum(part.fee_minor for part in parts)


def test_a_tiny_sale_never_costs_its_seller_more_than_it_brought(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 50, 40))
    part = market.part(cart, seller)
    assert part.provider_fee_minor == 31 and part.borne_fee.minor == 10 and part.net.minor == 0
    assert market.transfers(seller) == [] and market.balance(db.PLATFORM, "provider_fees") == 21


def test_t19_a_lost_answer_makes_no_second_transfer(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart)
    actions.settle(cart.payment_id)
    market.lose_answers("/v1/transfers")
    market.run()
    (transfer,) = market.transfers(seller)
    assert transfer.state == "sending" and len(market.effects("transfer")) == 1
    market.sandbox.post("clock", advance=25 * 3600)
    market.retry_due()
    (transfer,) = market.transfers(seller)
    assert transfer.state == "sent" and len(market.effects("transfer")) == 1
    assert transfer.stripe_transfer_id == market.effects("transfer")[0]["id"]


def test_t20_the_same_key_with_another_amount_is_shown_and_not_tried_forever(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart)
    actions.settle(cart.payment_id)
    transfer = _unsent(market, cart)
    market.sandbox.client.v1.transfers.create(
        {
            "amount": 1,
            "currency": "usd",
            "destination": seller.account_id,
            "source_transaction": market.charge_id(cart),
        },
        {"idempotency_key": f"transfer:{transfer.id}:1"},
    )
    market.run()
    (transfer,) = market.transfers(seller)
    assert transfer.state == "failed" and "idempotency" in str(transfer.error)
    with db.workspace(seller.workspace_id):
        actions.retry_transfer(Actor("person", "Alice"), transfer)
    market.run()
    assert market.transfers(seller)[0].state == "sent" and len(market.effects("transfer")) == 2


def _unsent(market: Market, cart: object) -> Transfer:
    """Run jobs until the transfer is promised, and no further."""
    market.run(limit=1)
    with db.system("test world") as session:
        return session.query(Transfer).one()


def test_t21_t22_no_balance_yet_needs_a_new_attempt_and_books_nothing_meanwhile(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100), card="4242424242424242")
    with db.workspace(seller.workspace_id):
        part = market.part(cart, seller)
        again = Transfer(part_id=part.id, currency="USD", amount_minor=100, cause_id=part.id, state="promised")
        part_id = db.add(again).id
        ledger.book("test", "world", "USD", {"clearing": 100, "sales": -100})
    with db.workspace(db.PLATFORM):
        ledger.book("test", "world", "USD", {"clearing": -100, "sales": 100})
    with db.system("test world") as session:
        session.execute(update(Transfer).where(Transfer.cause_id.is_(None)).values(reversed_minor=100))
        session.expire_all()
    assert actions.send_transfer(seller.workspace_id, part_id) == "promised"
    (_, transfer) = market.transfers(seller)
    assert (transfer.attempt, transfer.state) == (2, "promised") and "balance_insufficient" in str(transfer.error)
    assert market.balance(seller, "clearing") == 100
    market.sandbox.post("clock", advance=3 * 86400)
    assert actions.send_transfer(seller.workspace_id, part_id) == "sent"
    assert actions.send_transfer(seller.workspace_id, part_id) == "sent"
    assert market.balance(seller, "clearing") == 0 and len(market.effects("transfer")) == 2


@pytest.mark.parametrize("state", ["new", "pending", "restricted"])
def test_t23_money_is_held_until_the_account_is_ready_and_sent_once(market: Market, state: str) -> None:
    seller = market.seller(state=state)
    market.paid((seller, 2000, 100))
    (transfer,) = market.transfers(seller)
    assert transfer.state == "held" and market.effects("transfer") == []
    market.sandbox.post(f"accounts/{seller.account_id}", state="enabled")
    market.deliver_new("account.updated")
    actions.refresh_account(seller.workspace_id)
    market.run()
    (transfer,) = market.transfers(seller)
    assert transfer.state == "sent" and len(market.effects("transfer")) == 1


def test_t23_a_seller_without_any_account_keeps_their_money_too(market: Market) -> None:
    seller = market.seller()
    with db.system("test world") as session:
        session.query(SellerAccount).delete()
    cart = market.paid((seller, 2000, 100))
    assert [row.state for row in market.transfers(seller)] == ["held"]
    again = market.seller()
    market.run()
    assert again.account_id != "" and [row.state for row in market.transfers(seller)] == ["sent"]
    assert market.balance(seller, "stripe_balance") == market.part(cart, seller).net.minor


def test_t24_after_reconnecting_old_money_returns_from_the_old_account_and_new_goes_to_the_new(market: Market) -> None:
    seller = market.seller()
    old = market.paid((seller, 2000, 100))
    actions.disconnect(seller.workspace_id, seller.account_id)
    held = market.paid((seller, 3000, 150))
    assert [row.state for row in market.transfers(seller)] == ["sent", "held"]
    renewed = market.seller()
    market.run()
    assert renewed.account_id != seller.account_id
    assert [row.stripe_account_id for row in market.transfers(seller)] == [seller.account_id, renewed.account_id]
    market.refund(old, seller, 2000)
    market.run()
    assert market.stripe_balance(seller) == 0
    assert market.stripe_balance(renewed) == market.part(held, seller).net.minor


def test_t25_a_paid_payout_that_fails_later_restores_the_balance_once(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    net = market.part(cart, seller).net.minor
    (payout,) = market.sandbox.post("payouts", account=seller.account_id)
    market.sandbox.post(f"payouts/{payout['id']}", status="paid")
    market.deliver_new()
    assert (market.balance(seller, "bank"), market.balance(seller, "stripe_balance")) == (net, 0)
    market.sandbox.post(f"payouts/{payout['id']}", status="failed")
    market.deliver_new()
    for event in market.events(seller.account_id):
        market.deliver({**event, "account": seller.account_id, "id": event["id"] + "x"})
    market.run()
    (row,) = market.payouts(seller)
    assert row.status == "failed" and row.failure
    assert (market.balance(seller, "bank"), market.balance(seller, "stripe_balance")) == (0, net)


def test_t49_a_payout_of_an_account_that_is_nobodys_changes_nothing(market: Market) -> None:
    seller, stranger = market.seller(), market.sandbox.seller()
    event = {
        "id": "evt_x",
        "object": "event",
        "type": "payout.paid",
        "account": stranger,
        "livemode": False,
        "data": {"object": {"id": "po_x", "metadata": {"workspace_id": str(seller.workspace_id)}}},
    }
    assert market.deliver(event) == 200
    market.run()
    assert market.payouts(seller) == []


def test_a_stuck_transfer_is_asked_for_again_by_the_sweep(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart)
    actions.settle(cart.payment_id)
    market.fault(kind="500", path="/v1/transfers", method="POST", times=2)
    market.run()
    assert [row.state for row in market.transfers(seller)] == ["sending"]
    with db.at(db.now() + timedelta(minutes=10)):
        actions.reconcile()
    market.run()
    assert [row.state for row in market.transfers(seller)] == ["sent"] and len(market.effects("transfer")) == 1


def test_fee_rules_the_most_specific_wins(market: Market) -> None:
    from app.payments.models import FeeRule

    shop, category = market.world.shop(market.world.north), market.world.category()
    with db.system("test world"):
        db.add(FeeRule(category_id=category.id, basis_points=800))
    price = market.world.money(1010)
    assert actions.fee(shop.id, None, price).minor == 50
    assert actions.fee(shop.id, category.id, price).minor == 81
    with db.system("test world"):
        db.add(FeeRule(shop_id=shop.id, basis_points=0))
    assert actions.fee(shop.id, category.id, price).minor == 0
