"""Transfers, reversals, refunds, destination charges, disputes and payouts: what may move, moves; nothing else."""

import pytest
import stripe

from .conftest import Sandbox


def balance(sandbox: Sandbox, account: str = "") -> int:
    options = {"stripe_account": account} if account else {}
    found = sandbox.client.v1.balance.retrieve(options=options)  # type: ignore[arg-type]
    return sum(bucket.amount for bucket in [*found.available, *found.pending])


def test_transfers_of_a_charge_never_exceed_it(sandbox: Sandbox) -> None:
    seller, charge = sandbox.seller(), sandbox.charge(10_00)
    wanted = {"currency": "usd", "destination": seller, "source_transaction": charge.id}
    first = sandbox.client.v1.transfers.create({**wanted, "amount": 700})  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError, match="must not exceed the source amount"):
        sandbox.client.v1.transfers.create({**wanted, "amount": 301})  # type: ignore[arg-type]
    sandbox.client.v1.transfers.create({**wanted, "amount": 300})  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.transfers.create({**wanted, "amount": 1, "currency": "eur"})  # type: ignore[arg-type]
    sandbox.client.v1.transfers.reversals.create(first.id, {"amount": 200})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unreversed"):
        sandbox.client.v1.transfers.reversals.create(first.id, {"amount": 501})
    sandbox.client.v1.transfers.reversals.create(first.id)
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        sandbox.client.v1.transfers.reversals.create(first.id)
    assert sum(one["amount"] for one in sandbox.effects("transfer")) == 1000
    assert [one.amount for one in sandbox.client.v1.transfers.reversals.list(first.id).data] == [500, 200]
    assert balance(sandbox, seller) == 300


def test_a_seller_who_cannot_be_paid_gets_no_transfer(sandbox: Sandbox) -> None:
    charge = sandbox.charge()
    wanted = {"amount": 100, "currency": "usd", "source_transaction": charge.id}
    with pytest.raises(stripe.InvalidRequestError) as blocked:
        sandbox.client.v1.transfers.create({**wanted, "destination": sandbox.seller("restricted")})  # type: ignore[arg-type]
    assert blocked.value.code == "insufficient_capabilities_for_transfer"
    with pytest.raises(stripe.InvalidRequestError) as nobody:
        sandbox.client.v1.transfers.create({**wanted, "destination": "acct_nobody"})  # type: ignore[arg-type]
    assert nobody.value.code == "resource_missing" and sandbox.effects("transfer") == []


def test_a_seller_who_was_paid_out_cannot_give_back(sandbox: Sandbox) -> None:
    seller, charge = sandbox.seller(), sandbox.charge(5000, "4000000000000077")
    transfer = sandbox.client.v1.transfers.create(
        {"amount": 4000, "currency": "usd", "destination": seller, "source_transaction": charge.id}
    )
    sandbox.post("payouts", account=seller)
    with pytest.raises(stripe.InvalidRequestError) as poor:
        sandbox.client.v1.transfers.reversals.create(transfer.id)
    assert poor.value.code == "balance_insufficient"
    assert sandbox.client.v1.refunds.create({"charge": charge.id}).status == "succeeded"


def test_refunds_never_exceed_the_charge(sandbox: Sandbox) -> None:
    charge = sandbox.charge(1000)
    sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 601})
    rest = sandbox.client.v1.refunds.create({"charge": charge.id})
    assert rest.amount == 600 and sandbox.client.v1.charges.retrieve(charge.id).refunded is True
    with pytest.raises(stripe.InvalidRequestError) as again:
        sandbox.client.v1.refunds.create({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    seen = sandbox.receiver.wait_for("charge.refunded", 2)
    assert [event.data.object.amount_refunded for event in seen] == [400, 1000]


def test_a_refund_can_fail_after_it_succeeded(sandbox: Sandbox) -> None:
    charge = sandbox.charge(1000, "4000000000005126")
    before = balance(sandbox)
    refund = sandbox.client.v1.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"
    sandbox.post("clock", advance=61)
    failed = sandbox.client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.net == 1000 and balance(sandbox) == before
    assert sandbox.client.v1.charges.retrieve(charge.id).amount_refunded == 0
    sandbox.receiver.wait_for("refund.failed")
    assert "charge.refund.updated" in sandbox.receiver.types()
    assert sandbox.client.v1.refunds.create({"charge": charge.id}).amount == 1000


def test_a_refund_can_stay_pending_for_the_bank_or_for_want_of_money(sandbox: Sandbox) -> None:
    slow = sandbox.client.v1.refunds.create({"charge": sandbox.charge(1000, "4000000000007726").id})
    assert (slow.status, slow.pending_reason) == ("pending", "processing")
    sandbox.post("clock", advance=61)
    assert sandbox.client.v1.refunds.retrieve(slow.id).status == "succeeded"
    sandbox.post("settings", refunds_need_funds=True)
    poor = sandbox.client.v1.refunds.create({"charge": sandbox.charge(1000).id})
    assert (poor.status, poor.pending_reason) == ("pending", "insufficient_funds")
    assert sandbox.client.v1.refunds.cancel(poor.id).status == "canceled"


def test_a_destination_charge_pays_the_seller_and_keeps_the_fee_and_both_come_back(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    charge = sandbox.charge(
        10_000, payment_intent_data={"application_fee_amount": 1000, "transfer_data": {"destination": seller}}
    )
    assert charge.transfer_data.destination == seller and charge.application_fee_amount == 1000
    assert (balance(sandbox), balance(sandbox, seller)) == (10_000 - 320 - 10_000 + 1000, 9000)
    refund = sandbox.client.v1.refunds.create(
        {"charge": charge.id, "amount": 5000, "reverse_transfer": True, "refund_application_fee": True}
    )
    assert refund.transfer_reversal
    assert (balance(sandbox), balance(sandbox, seller)) == (680 - 5000 + 5000 - 500, 4500)
    fee = sandbox.client.v1.application_fees.retrieve(charge.application_fee)
    assert (fee.amount_refunded, fee.refunded) == (500, False)
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.refunds.create({"charge": sandbox.charge().id, "reverse_transfer": True})


def test_a_dispute_is_lost_or_won(sandbox: Sandbox) -> None:
    charge = sandbox.charge(5000, "4000000000000259")
    dispute = sandbox.client.v1.disputes.list({"charge": charge.id}).data[0]
    assert dispute.status == "needs_response" and dispute.balance_transactions[0].net == -6500
    with pytest.raises(stripe.InvalidRequestError) as blocked:
        sandbox.client.v1.refunds.create({"charge": charge.id})
    assert blocked.value.code == "charge_disputed"
    sandbox.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert sandbox.client.v1.disputes.retrieve(dispute.id).status == "won"
    sandbox.receiver.wait_for("charge.dispute.closed")
    assert balance(sandbox) == 5000 - 175 - 1500
    lost = sandbox.post("disputes", charge=sandbox.charge().id)
    assert sandbox.client.v1.disputes.close(lost["id"]).status == "lost"
    kinds = [kind for kind in sandbox.receiver.types() if kind.startswith("charge.dispute")]
    assert kinds[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert "charge.dispute.funds_reinstated" in kinds


def test_an_inquiry_moves_no_money_until_it_becomes_a_dispute(sandbox: Sandbox) -> None:
    charge = sandbox.charge(5000, "4000000000001976")
    before = balance(sandbox)
    inquiry = sandbox.client.v1.disputes.list({"charge": charge.id}).data[0]
    assert (inquiry.status, inquiry.is_charge_refundable) == ("warning_needs_response", True)
    assert sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}).status == "succeeded"
    assert balance(sandbox) == before - 100
    assert sandbox.post(f"disputes/{inquiry.id}", outcome="escalated")["status"] == "needs_response"
    assert sandbox.post(f"disputes/{inquiry.id}", outcome="lost")["status"] == "lost"
    assert len(sandbox.effects("dispute")) == 1


def test_payouts_by_hand_by_schedule_and_failing_after_they_were_paid(sandbox: Sandbox) -> None:
    seller, charge = sandbox.seller(), sandbox.charge(5000)
    sandbox.client.v1.transfers.create(
        {"amount": 4000, "currency": "usd", "destination": seller, "source_transaction": charge.id}
    )
    options = {"stripe_account": seller}
    with pytest.raises(stripe.InvalidRequestError) as early:
        sandbox.client.v1.payouts.create({"amount": 100, "currency": "usd"}, options)  # type: ignore[arg-type]
    assert early.value.code == "balance_insufficient"
    sandbox.post("clock", advance=3 * 86400)
    payout = sandbox.client.v1.payouts.list(options=options).data[0]  # type: ignore[arg-type]
    assert (payout.amount, payout.automatic, payout.status) == (4000, True, "in_transit")
    sandbox.post(f"payouts/{payout.id}", status="paid")
    assert sandbox.receiver.wait_for("payout.paid")[0].account == seller
    sandbox.receiver.wait_for("payout.reconciliation_completed")
    parts = sandbox.client.v1.balance_transactions.list({"payout": payout.id}, options)  # type: ignore[arg-type]
    assert sorted(part.net for part in parts.data) == [-4000, 4000]
    sandbox.post(f"payouts/{payout.id}", status="failed")
    sandbox.receiver.wait_for("payout.failed")
    assert balance(sandbox, seller) == 4000
    by_hand = sandbox.client.v1.payouts.create({"amount": 1000, "currency": "usd"}, options)  # type: ignore[arg-type]
    assert by_hand.reconciliation_status == "not_applicable"
    assert sandbox.client.v1.payouts.cancel(by_hand.id, options=options).status == "canceled"  # type: ignore[arg-type]
    assert balance(sandbox, seller) == 4000


def test_intents_are_confirmed_declined_captured_and_canceled(sandbox: Sandbox) -> None:
    intents = sandbox.client.v1.payment_intents
    paid = intents.create({"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True})
    assert paid.status == "succeeded" and paid.amount_received == 2000
    with pytest.raises(stripe.CardError) as declined:
        intents.create({"amount": 2000, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True})
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "generic_decline")
    failed = intents.retrieve(declined.value.error.payment_intent.id, {"expand": ["latest_charge"]})
    assert failed.status == "requires_payment_method" and failed.latest_charge.status == "failed"
    held = intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "capture_method": "manual",
        }
    )
    assert (held.status, held.amount_capturable) == ("requires_capture", 2000)
    assert intents.capture(held.id, {"amount_to_capture": 1500}).amount_received == 1500
    open_one = intents.create({"amount": 2000, "currency": "usd"})
    assert intents.cancel(open_one.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        intents.confirm(open_one.id, {"payment_method": "pm_card_visa"})
    assert [one["amount"] for one in sandbox.effects("charge")] == [2000, 1500]
