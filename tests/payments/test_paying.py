"""TRAPS A and B: one payment, whatever order, number and fate its messages have."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.core import db
from app.core.errors import ProviderError
from app.core.ids import new_id
from app.core.inbox import InboundEvent
from app.core.outbox import OutboxEvent
from app.payments import actions
from app.payments.models import Payment

from .conftest import Market


def facts_told(market: Market, name: str) -> int:
    with db.system("test world") as session:
        return session.query(OutboxEvent).filter(OutboxEvent.name == f"payments.{name}").count()


def test_the_hosted_page_is_opened_with_what_the_buyer_ordered(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2599, 130))
    payment = market.payment(cart)
    session = market.sandbox.client.v1.checkout.sessions.retrieve(payment.session_id, {"expand": ["line_items"]})
    assert (session.amount_total, session.currency, session.client_reference_id) == (
        2599,
        "usd",
        str(cart.reference_id),
    )
    assert session.metadata.payment_id == str(cart.payment_id) and session.customer_email == "fay@guildhall.test"
    assert f"/checkout/{cart.reference_id}/done?session_id={{CHECKOUT_SESSION_ID}}" in session.success_url
    assert payment.session_url and payment.session_url.startswith(market.sandbox.url)


def test_t1_t3_messages_twice_and_of_two_kinds_fulfil_once(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart)
    events = market.events(kinds=["checkout.session.completed", "payment_intent.succeeded"])
    for event in [*events, *events, *events]:
        assert market.deliver(event) == 200
    market.run()
    for event in events:
        assert market.deliver(event) == 200
    market.run()
    assert market.payment(cart).state == "paid" and facts_told(market, "PaymentPaid") == 1
    assert [effect["amount"] for effect in market.effects("transfer")] == [market.part(cart, seller).net.minor]


def test_t2_t6_success_page_alone_webhook_alone_and_both(market: Market) -> None:
    seller = market.seller()
    page, hook, both = (market.opened((seller, 1000 + i, 50)) for i in range(3))
    for cart in (page, hook, both):
        market.pay(cart)
    assert actions.settle(page.payment_id) == "paid"
    assert actions.settle(both.payment_id) == "paid"
    mine = [
        e
        for e in market.events(kinds=["checkout.session.completed"])
        if e["data"]["object"]["id"] != market.payment(page).session_id
    ]
    for event in mine:
        market.deliver(event)
    market.run()
    assert [market.payment(cart).state for cart in (page, hook, both)] == ["paid"] * 3
    assert facts_told(market, "PaymentPaid") == 3 and len(market.effects("transfer")) == 3


def test_t4_webhook_before_the_page_was_written_down(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    market.pay(cart)
    with db.system("test world") as session:
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(session_id=None, state="pending"))
        session.expire_all()
    market.deliver_new("checkout.session.completed")
    assert market.payment(cart).state == "paid"


def test_t5_a_crash_while_applying_leaves_the_receipt_to_be_applied_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.webhooks import receipts

    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    market.pay(cart)
    (event,) = market.events(kinds=["checkout.session.completed"])

    def crash(body: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setitem(receipts._appliers, "stripe", crash)
        market.deliver(event)
        market.run(limit=1)
    with db.system("test world") as session:
        assert session.query(InboundEvent).one().handled_at is None
    assert market.payment(cart).state == "open"
    market.retry_due()
    assert market.payment(cart).state == "paid"


def test_t7_another_payments_page_settles_nothing(market: Market) -> None:
    seller = market.seller()
    mine, theirs = market.opened((seller, 1500, 75)), market.opened((seller, 1500, 75))
    market.pay(theirs)
    assert actions.settle(mine.payment_id, market.payment(theirs).session_id) == "open"
    with db.system("test world") as session:
        session.execute(update(Payment).where(Payment.id == mine.payment_id).values(session_id=None, state="pending"))
        session.expire_all()
    assert actions.settle(mine.payment_id, market.payment(theirs).session_id) == "pending"
    assert facts_told(market, "PaymentPaid") == 0


def test_t8_a_second_click_uses_the_open_page(market: Market) -> None:
    seller = market.seller()
    cart = market.start([(seller, 1500, 75)])
    market.run()
    first = market.payment(cart).session_id
    for _ in range(2):
        actions.reopen(market.payment(cart))
        market.run()
    actions.open_checkout(cart.payment_id)
    assert (
        market.payment(cart).session_id == first
        and len(list(market.sandbox.client.v1.checkout.sessions.list().data)) == 1
    )


def test_t9_an_answer_that_got_lost_is_found_by_the_same_key(market: Market) -> None:
    seller = market.seller()
    cart = market.start([(seller, 1500, 75)])
    market.lose_answers("/v1/checkout/sessions")
    with pytest.raises(ProviderError) as lost:
        actions.open_checkout(cart.payment_id)
    assert lost.value.unknown and not lost.value.permanent
    market.run()
    assert market.payment(cart).state == "open"
    assert len(list(market.sandbox.client.v1.checkout.sessions.list().data)) == 1


def test_t9_a_page_of_yesterday_is_looked_up_when_its_key_may_be_forgotten(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    first = market.payment(cart).session_id
    with db.system("test world") as session:
        values = {"session_id": None, "state": "pending", "created_at": db.now() - timedelta(hours=24)}
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(**values))
        session.expire_all()
    actions.open_checkout(cart.payment_id)
    assert market.payment(cart).session_id == first


def test_t10_a_delayed_method_is_processing_until_the_bank_says_so(market: Market) -> None:
    seller = market.seller()
    good, bad = market.opened((seller, 1500, 75)), market.opened((seller, 1600, 80))
    for cart in (good, bad):
        market.pay(cart, method="debit")
    market.deliver_new()
    assert [market.payment(cart).state for cart in (good, bad)] == ["processing"] * 2
    assert facts_told(market, "PaymentProcessing") == 2 and market.transfers(seller) == []
    market.sandbox.post(f"checkout/{market.payment(good).session_id}/settle", outcome="succeeded")
    market.sandbox.post(f"checkout/{market.payment(bad).session_id}/settle", outcome="failed")
    market.deliver_new()
    assert [market.payment(cart).state for cart in (good, bad)] == ["paid", "failed"]
    assert facts_told(market, "PaymentPaid") == 1 and facts_told(market, "PaymentEnded") == 1


def test_t11_nothing_to_pay_is_paid_at_once(market: Market) -> None:
    seller = market.seller()
    cart = market.start([(seller, 0, 0)])
    market.run()
    payment = market.payment(cart)
    assert (payment.state, payment.intent_id, market.transfers(seller)) == ("paid", None, [])


def test_t12_an_expired_page_ends_the_payment_but_never_a_paid_one(market: Market) -> None:
    seller = market.seller()
    left, paid = market.opened((seller, 1500, 75)), market.paid((seller, 1500, 75))
    market.sandbox.client.v1.checkout.sessions.expire(str(market.payment(left).session_id))
    event = market.events(kinds=["checkout.session.expired"])[0]
    market.deliver(event)
    forged = {**event, "id": "evt_other"}
    forged["data"] = {"object": {**event["data"]["object"], "id": market.payment(paid).session_id}}
    market.deliver(forged)
    market.run()
    assert [market.payment(cart).state for cart in (left, paid)] == ["expired", "paid"]
    assert facts_told(market, "PaymentEnded") == 1


def test_t14_paid_although_we_believed_it_over(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    market.pay(cart)
    with db.system("test world") as session:
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(state="expired"))
        session.expire_all()
    assert actions.settle(cart.payment_id) == "paid" and facts_told(market, "PaymentPaid") == 1


def test_t15_another_amount_is_flagged_and_never_fulfilled(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    with db.system("test world") as session:
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(amount_minor=1600))
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(amount_minor=1600))
        session.expire_all()
    market.pay(cart)
    market.deliver_new()
    payment = market.payment(cart)
    assert payment.state == "flagged" and "1500 instead of 1600" in str(payment.error)
    assert facts_told(market, "PaymentPaid") == 0 and market.effects("transfer") == []
    with db.system("test world") as session:
        session.execute(update(Payment).where(Payment.id == cart.payment_id).values(amount_minor=1500))


def test_t16_declined_then_paid_ends_paid(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    assert market.pay(cart, "4000000000000002").status_code == 402
    market.deliver_new()
    assert market.payment(cart).state == "open" and facts_told(market, "PaymentEnded") == 0
    market.pay(cart)
    market.deliver_new()
    assert market.payment(cart).state == "paid"


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_t17_minor_units_travel_unchanged(market: Market, currency: str) -> None:
    seller = market.seller()
    cart = market.paid((seller, 1500, 75), currency=currency)
    session = market.sandbox.client.v1.checkout.sessions.retrieve(str(market.payment(cart).session_id))
    assert (session.amount_total, session.currency) == (1500, currency.lower())
    market.refund(cart, seller, 500)
    market.run()
    assert [effect["amount"] for effect in market.effects("refund")] == [500]
    assert market.part(cart, seller).refundable.minor == 1000


def test_cancelling_closes_the_page_first(market: Market) -> None:
    seller = market.seller()
    cart, quick = market.opened((seller, 1500, 75)), market.opened((seller, 1500, 75))
    market.pay(quick)
    for one in (cart, quick):
        actions.cancel(market.payment(one))
    market.run()
    assert [market.payment(one).state for one in (cart, quick)] == ["cancelled", "paid"]
    with pytest.raises(actions.PaymentOver):
        actions.reopen(market.payment(cart))
    unopened = market.start([(seller, 1500, 75)])
    actions.cancel(market.payment(unopened))
    market.run()
    assert market.payment(unopened).state == "cancelled" and market.payment(unopened).session_id is None


def test_lines_that_do_not_sum_to_the_parts_are_refused(market: Market) -> None:
    seller = market.seller()
    part = actions.PartRequest(seller.workspace_id, new_id(), market.world.money(1000), market.world.money(50))
    with pytest.raises(ValueError, match="do not sum"), db.buyer(market.world.fay.id):
        actions.start(
            market.world.fay.id,
            new_id(),
            "a@b.c",
            "USD",
            [part],
            [{"name": "x", "amount_minor": 1, "quantity": 1}],
            db.now(),
        )


def test_r12_messages_that_never_came_are_made_up_for(market: Market) -> None:
    seller = market.seller()
    carts = [market.opened((seller, 1000 + i, 50)) for i in range(4)]
    for cart in carts[:3]:
        market.pay(cart)
    market.sandbox.client.v1.checkout.sessions.expire(str(market.payment(carts[3]).session_id))
    with db.at(db.now() + timedelta(minutes=2)):
        actions.reconcile()
        market.run()
    assert [market.payment(cart).state for cart in carts] == ["paid", "paid", "paid", "expired"]


def test_t53_backfill_ends_where_live_delivery_does(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    market.pay(cart)
    market.sandbox.post("disputes", charge=market.sandbox.client.v1.charges.list().data[0].id)
    for _ in range(2):
        actions.backfill()
        market.retry_due()
    assert market.payment(cart).state == "paid" and [row.status for row in market.disputes(seller)] == [
        "needs_response"
    ]
