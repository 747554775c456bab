"""TRAPS D: the buyer's money goes back once, the right seller gives it back, and a refund that fails is undone."""

import pytest

from app.core import db
from app.core.outbox import OutboxEvent
from app.payments import actions, queries

from .conftest import Market


def told(market: Market) -> list[str]:
    """The states that refunds were said to be in, in order."""
    with db.system("test world") as session:
        found = session.query(OutboxEvent).filter(OutboxEvent.name == "payments.RefundChanged").order_by(OutboxEvent.id)
        return [event.payload["state"] for event in found]


def test_t26_button_and_its_message_make_one_refund(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    refund = market.refund(cart, seller, 700)
    market.run()
    for _ in range(2):
        for event in market.events(kinds=["refund.created", "charge.refunded"]):
            market.deliver(event)
    market.run()
    (row,) = market.refunds(seller)
    assert (row.id, row.state) == (refund.id, "succeeded") and told(market) == ["promised", "succeeded"]
    assert [effect["amount"] for effect in market.effects("refund")] == [700]
    assert len(market.effects("transfer_reversal")) == 1


def test_t26_the_message_comes_before_the_answer(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    market.refund(cart, seller, 700)
    market.lose_answers("/v1/refunds")
    market.run()
    assert market.refunds(seller)[0].state == "promised"
    market.deliver_new("refund.created")
    assert market.refunds(seller)[0].state == "succeeded"
    market.retry_due()
    assert len(market.refunds(seller)) == 1 and len(market.effects("refund")) == 1
    assert market.payment(cart).refunded_minor == 700


def test_t27_one_sellers_refunds_touch_only_their_transfer_and_never_exceed_it(market: Market) -> None:
    one, two = market.seller(), market.seller(market.world.other)
    cart = market.paid((one, 1001, 75), (two, 2000, 150))
    before = market.transfers(two)[0].left
    for amount in (333, 333, 335):
        market.refund(cart, one, amount)
        market.run()
    part = market.part(cart, one)
    assert (part.refunded_minor, part.fee_refunded_minor) == (1001, 75) and part.refundable.minor == 0
    assert part.provider_fee_refunded_minor == part.provider_fee_minor
    assert market.transfers(one)[0].left.minor == 0 == market.stripe_balance(one)
    assert market.transfers(two)[0].left == before
    for account in ("clearing", "stripe_balance", "commission", "provider_fees"):
        assert market.balance(one, account) == 0
    assert market.balance(one, "sales") + market.balance(one, "refunds") == 0
    with pytest.raises(actions.RefundTooLarge):
        market.refund(cart, one, 1)
    with pytest.raises(actions.RefundTooLarge):
        market.refund(cart, two, 2001)
    assert len(market.effects("refund")) == 3


def test_the_preview_says_what_then_happens(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    with db.workspace(seller.workspace_id):
        preview = actions.refund_preview(cart.order_of(seller), market.world.money(500))
    before = market.stripe_balance(seller)
    market.refund(cart, seller, 500)
    market.run()
    part = market.part(cart, seller)
    assert preview.fee_back.minor == part.fee_refunded_minor == 25
    assert preview.transfer_reversal.minor == before - market.stripe_balance(seller)
    assert preview.seller_cost + preview.fee_back + preview.provider_fee_kept == preview.amount
    with db.workspace(seller.workspace_id):
        money = queries.money_of_order(cart.order_of(seller))
    assert money is not None and money.net.minor == market.stripe_balance(seller)


def test_t28_a_seller_who_was_paid_out_owes_it_and_the_buyer_is_refunded(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    net = market.part(cart, seller).net.minor
    market.sandbox.post("payouts", account=seller.account_id)
    market.refund(cart, seller, 2000)
    market.run()
    assert market.refunds(seller)[0].state == "succeeded"
    (reversal,) = market.reversals(seller)
    assert reversal.state == "failed" and market.balance(seller, "receivable") == -net
    with db.workspace(seller.workspace_id):
        assert [balance.owed.minor for balance in queries.balances()] == [net] and len(queries.debts()) == 1
    market.paid((seller, 5000, 250))
    assert actions.send_reversal(seller.workspace_id, reversal.id) == "done"
    assert actions.send_reversal(seller.workspace_id, reversal.id) == "done"
    assert market.balance(seller, "receivable") == 0 and len(market.effects("transfer_reversal")) == 1


def test_t29_t32_refunds_from_the_dashboard_are_mirrored_once_each(market: Market) -> None:
    one, two = market.seller(), market.seller(market.world.other)
    cart = market.paid((one, 1000, 50), (two, 3000, 150))
    for amount in (401, 399):
        market.sandbox.client.v1.refunds.create({"charge": market.charge_id(cart), "amount": amount})
    market.deliver_new("charge.refunded", "refund.created")
    actions.mirror_refunds(market.charge_id(cart))
    market.run()
    amounts = [[row.amount_minor for row in market.refunds(seller)] for seller in (one, two)]
    assert [sum(found) for found in amounts] == [200, 600] and [len(found) for found in amounts] == [2, 2]
    assert market.payment(cart).refunded_minor == 800
    assert {row.actor_name for row in market.refunds(one)} == {"Stripe dashboard"}
    assert market.stripe_balance(one) == market.part(cart, one).net.minor - 200 + sum(
        row.fee_minor + row.provider_fee_minor for row in market.refunds(one)
    )


def test_t29_a_dashboard_refund_that_names_its_order_is_that_sellers(market: Market) -> None:
    one, two = market.seller(), market.seller(market.world.other)
    cart = market.paid((one, 1000, 50), (two, 3000, 150))
    named = {"order_id": str(cart.order_of(two)), "refund_id": str(cart.order_of(one))}
    market.sandbox.client.v1.refunds.create({"charge": market.charge_id(cart), "amount": 900, "metadata": named})
    market.deliver_new()
    assert market.refunds(one) == [] and [row.amount_minor for row in market.refunds(two)] == [900]


def test_t30_a_refund_that_fails_later_is_undone_and_can_be_made_again(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    net = market.part(cart, seller).net.minor
    refund = market.refund(cart, seller, 2000)
    market.run()
    assert market.stripe_balance(seller) == 0
    market.sandbox.post(f"refunds/{market.refunds(seller)[0].stripe_refund_id}", status="failed")
    market.deliver_new()
    market.deliver_new()
    (row,) = market.refunds(seller)
    assert (row.id, row.state) == (refund.id, "failed") and told(market) == ["promised", "succeeded", "failed"]
    assert market.part(cart, seller).refundable.minor == 2000 and market.payment(cart).refunded_minor == 0
    assert market.stripe_balance(seller) == net == market.balance(seller, "stripe_balance")
    market.refund(cart, seller, 2000)
    market.run()
    assert [row.state for row in market.refunds(seller)] == ["failed", "succeeded"]
    assert market.stripe_balance(seller) == 0 == market.balance(seller, "clearing")


def test_t31_pending_is_not_done(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    market.sandbox.post("settings", refunds_need_funds=True)
    market.refund(cart, seller, 2000)
    market.run()
    (row,) = market.refunds(seller)
    assert row.state == "pending" and told(market) == ["promised", "pending"]
    assert row.error == "insufficient_funds"
    market.sandbox.post(f"refunds/{row.stripe_refund_id}", status="succeeded")
    actions.refresh_refund(seller.workspace_id, row.id)
    assert market.refunds(seller)[0].state == "succeeded" and told(market) == ["promised", "pending", "succeeded"]


def test_a_refund_before_the_transfer_was_sent_is_withheld(market: Market) -> None:
    seller = market.seller(state="new")
    cart = market.paid((seller, 2000, 100))
    net = market.part(cart, seller).net.minor
    market.refund(cart, seller, 500)
    market.run()
    assert [row.state for row in market.reversals(seller)] == ["withheld"]
    market.sandbox.post(f"accounts/{seller.account_id}", state="enabled")
    actions.refresh_account(seller.workspace_id)
    market.run()
    taken = market.reversals(seller)[0].amount_minor
    assert [effect["amount"] for effect in market.effects("transfer")] == [net - taken]
    assert market.effects("transfer_reversal") == [] and market.balance(seller, "clearing") == 0
    market.sandbox.post(f"refunds/{market.refunds(seller)[0].stripe_refund_id}", status="failed")
    market.deliver_new("refund.failed")
    assert market.stripe_balance(seller) == net


def test_everything_refunded_before_the_transfer_leaves_nothing_to_send(market: Market) -> None:
    seller = market.seller(state="new")
    cart = market.paid((seller, 2000, 100))
    market.refund(cart, seller, 2000)
    market.run()
    market.sandbox.post(f"accounts/{seller.account_id}", state="enabled")
    actions.refresh_account(seller.workspace_id)
    market.run()
    assert [row.state for row in market.transfers(seller)] == ["void"] and market.effects("transfer") == []


def test_a_refund_that_stripe_declines_is_given_up_and_nothing_moves(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    market.sandbox.client.v1.refunds.create({"charge": market.charge_id(cart)})
    market.refund(cart, seller, 2000)
    market.run()
    assert market.refunds(seller)[0].state == "failed" and market.payment(cart).refunded_minor == 0
    actions.mirror_refunds(market.charge_id(cart))
    market.run()
    assert [row.state for row in market.refunds(seller)] == ["failed", "succeeded"]
    assert market.payment(cart).refunded_minor == 2000 and market.stripe_balance(seller) == 0


def test_nothing_is_refunded_of_an_unpaid_order(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    with pytest.raises(actions.NotPaid):
        market.refund(cart, seller, 100)
    with pytest.raises(actions.NotPaid), db.workspace(seller.workspace_id):
        actions.book_sale(cart.order_of(seller))
    assert market.refunds(seller) == [] and market.effects("refund") == []
