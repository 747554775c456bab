"""The everyday way of money: a cart is paid, sellers get their share, a buyer gets some of it back."""

import pytest
import stripe

from .conftest import Sandbox, line


def test_a_paid_cart_is_shared_between_two_sellers_and_partly_refunded(sandbox: Sandbox) -> None:
    client = sandbox.client
    first, second = sandbox.seller(), sandbox.seller()
    session = sandbox.session(
        0 + 2500,
        line_items=[line(2500), line(1500, name="Print", quantity=2)],
        client_reference_id="ord_1",
        metadata={"order": "1"},
        payment_intent_data={"transfer_group": "ord_1", "metadata": {"order": "1"}},
    )
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 5500)
    assert session.payment_intent is None and session.url.startswith(sandbox.url)

    answer = sandbox.pay(session, email="fay@example.com").json()
    assert answer["location"] == f"http://shop.test/done?session={session.id}"

    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["line_items", "payment_intent.latest_charge.balance_transaction"]}
    )
    charge = paid.payment_intent.latest_charge
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details.email == "fay@example.com"
    assert [item.description for item in paid.line_items.data] == ["Mug", "Print"]
    assert charge.balance_transaction.fee == 190 and charge.balance_transaction.net == 5310
    assert charge.metadata["order"] == "1" and charge.transfer_group == "ord_1"

    one = client.v1.transfers.create(
        {"amount": 2250, "currency": "usd", "destination": first, "source_transaction": charge.id},
        {"idempotency_key": "t1"},
    )
    two = client.v1.transfers.create(
        {"amount": 2700, "currency": "usd", "destination": second, "source_transaction": charge.id},
        {"idempotency_key": "t2"},
    )
    assert [t.id for t in client.v1.transfers.list({"transfer_group": "ord_1"}).data] == [two.id, one.id]

    refund = client.v1.refunds.create({"payment_intent": paid.payment_intent.id, "amount": 2500})
    reversal = client.v1.transfers.reversals.create(one.id, {"amount": 2250})
    assert refund.status == "succeeded" and reversal.amount == 2250
    assert client.v1.transfers.retrieve(one.id).reversed is True
    again = client.v1.charges.retrieve(charge.id)
    assert (again.amount_refunded, again.refunded) == (2500, False)
    balance = client.v1.balance.retrieve(options={"stripe_account": second})
    assert balance.pending[0].amount == 2700
    assert [effect["kind"] for effect in sandbox.effects()] == [
        "charge",
        "transfer",
        "transfer",
        "refund",
        "transfer_reversal",
    ]
    sandbox.receiver.wait_for("transfer.reversed")


def test_money_is_conserved(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    charge = sandbox.charge(10_000)
    sandbox.client.v1.transfers.create(
        {"amount": 9000, "currency": "usd", "destination": seller, "source_transaction": charge.id}
    )
    sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    platform = sandbox.client.v1.balance.retrieve()
    total = sum(bucket.amount for bucket in [*platform.available, *platform.pending])
    assert total == 10_000 - 320 - 9000 - 1000


def test_unknown_paths_keys_and_objects_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        sandbox.client.v1.charges.retrieve("ch_nope")
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("pk_wrong", base_addresses={"api": sandbox.url}).v1.balance.retrieve()
