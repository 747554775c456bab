"""TRAPS G: what may come in at the door, and what is acknowledged without effect."""

import json
import threading
from typing import Any

import pytest
import redis
import stripe
from sqlalchemy import func, select

from app.core import db, settings
from app.core.inbox import InboundEvent
from app.core.outbox import OutboxEvent
from app.payments import actions

from .conftest import Market

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "livemode": False,
    "data": {"object": {}},
}


def stored() -> int:
    with db.system("test world") as session:
        return int(session.scalar(select(func.count()).select_from(InboundEvent)) or 0)


def send(market: Market, body: bytes, header: str, source: str = "stripe") -> int:
    answer = market.client.post(f"/webhooks/{source}", data=body, headers={"Stripe-Signature": header})
    return int(answer.status_code)


def signed(body: str, secret: str = "whsec_account", timestamp: int | None = None) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=timestamp)


@pytest.mark.parametrize(
    "case", ["missing", "forged", "old", "future", "altered", "other endpoint", "bytes", "no json", "thin", "list"]
)
def test_t45_t46_what_is_not_genuine_is_refused_and_not_kept(market: Market, case: str) -> None:
    text = json.dumps(EVENT)
    now = int(db.now().timestamp())
    body, header = {
        "missing": (text.encode(), ""),
        "forged": (text.encode(), signed(text, "whsec_guess")),
        "old": (text.encode(), signed(text, timestamp=now - 400)),
        "future": (text.encode(), signed(text, timestamp=now + 4000)),
        "altered": (text.replace("evt_1", "evt_2").encode(), signed(text)),
        "other endpoint": (text.encode(), signed(text, "whsec_connect")),
        "bytes": (b"\xff\xfe{}", signed("{}")),
        "no json": (b"hello", signed("hello")),
        "thin": (b'{"object":"v2.core.event"}', signed('{"object":"v2.core.event"}')),
        "list": (b"[1]", signed("[1]")),
    }[case]
    assert send(market, body, header) == 400 and stored() == 0


def test_t45_a_blank_secret_verifies_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, text = settings.current(), json.dumps(EVENT)
    kept = chosen.stripe_webhook_secret
    object.__setattr__(chosen, "stripe_webhook_secret", "")
    try:
        assert send(market, text.encode(), signed(text, "x")) == 400 and stored() == 0
    finally:
        object.__setattr__(chosen, "stripe_webhook_secret", kept)


def test_t47_while_a_secret_is_rolled_either_one_fits(market: Market) -> None:
    chosen, text = settings.current(), json.dumps({**EVENT, "note": "Zoë ☕"}, ensure_ascii=False)
    good, stamp = signed(text), signed(text).split(",")[0]
    assert send(market, text.encode(), f"{stamp},v1={'0' * 64},{good.split(',')[1]}") == 200
    kept = chosen.stripe_webhook_secret
    object.__setattr__(chosen, "stripe_webhook_secret", "whsec_new,whsec_account")
    try:
        assert send(market, text.replace("evt_1", "evt_2").encode(), signed(text.replace("evt_1", "evt_2"))) == 200
    finally:
        object.__setattr__(chosen, "stripe_webhook_secret", kept)
    assert stored() == 2


def test_t48_a_live_message_in_test_mode_has_no_effect(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    market.pay(cart)
    (event,) = market.events(kinds=["checkout.session.completed"])
    assert market.deliver({**event, "livemode": True}) == 200
    market.run()
    assert market.payment(cart).state == "open" and stored() == 1


def test_t49_metadata_that_names_somebody_elses_payment_moves_nothing(market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 1500, 75))
    foreign = market.sandbox.session(
        1500, client_reference_id=str(cart.reference_id), metadata={"payment_id": "not ours"}
    )
    market.sandbox.pay(foreign)
    for event in market.events(kinds=["checkout.session.completed"]):
        event["data"]["object"]["metadata"] = {"payment_id": str(cart.payment_id)}
        market.deliver(event)
    market.run()
    assert market.payment(cart).state == "open" and market.payment(cart).session_id != foreign.id


def test_t51_strange_messages_are_kept_and_do_nothing(market: Market) -> None:
    market.seller()
    strange: list[dict[str, Any]] = [
        {**EVENT, "id": "evt_a", "type": "moon.landed"},
        {**EVENT, "id": "evt_b", "data": {"object": {"id": "cs_test_gone", "metadata": None}}},
        {**EVENT, "id": "evt_c", "type": "charge.dispute.created", "data": {"object": {"id": 7}}},
        {**EVENT, "id": "evt_d", "type": "refund.created", "data": {"object": {"charge": "ch_nobody"}}},
        {**EVENT, "id": "evt_e", "data": None},
        {**EVENT, "id": "evt_f", "type": "payout.paid", "account": "acct_nobody", "data": {"object": {"id": "po_1"}}},
        {
            **EVENT,
            "id": "evt_g",
            "type": "payment_intent.succeeded",
            "data": {"object": {"id": "pi_1", "metadata": {}}},
        },
    ]
    assert [market.deliver(event) for event in strange] == [200] * len(strange)
    market.run()
    with db.system("test world") as session:
        assert session.scalars(select(InboundEvent.remote_id).where(InboundEvent.handled_at.is_(None))).all() == []
        assert session.scalars(select(OutboxEvent.id).where(OutboxEvent.name.like("payments.Pay%"))).all() == []


def test_t50_the_self_check_names_every_event_that_nobody_would_send(market: Market) -> None:
    endpoints, base = market.sandbox.client.v1.webhook_endpoints, settings.current().app_url
    everything = {f"{base}/webhooks/stripe", f"{base}/webhooks/stripe-connect"}
    assert set(actions.missing_subscriptions()) == everything
    endpoints.create({"url": f"{base}/webhooks/stripe", "enabled_events": ["refund.failed", "charge.dispute.closed"]})
    endpoints.create({"url": f"{base}/webhooks/stripe-connect", "enabled_events": ["*"], "connect": True})
    ((address, lacking),) = actions.missing_subscriptions().items()
    assert address.endswith("/webhooks/stripe") and "checkout.session.completed" in lacking
    assert len(lacking) == len(actions.ACCOUNT_ENDPOINT) - 2


@pytest.mark.usefixtures("committed")
def test_t1_t2_three_copies_and_two_visits_at_once_fulfil_once(app: Any, market: Market) -> None:
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart)
    (event,) = market.events(kinds=["checkout.session.completed"])
    statuses: list[int] = []
    header = signed(json.dumps(event))

    def deliver() -> None:
        answer = app.test_client().post(
            "/webhooks/stripe", data=json.dumps(event), headers={"Stripe-Signature": header}
        )
        statuses.append(answer.status_code)

    def visit() -> None:
        actions.settle(cart.payment_id)

    threads = [threading.Thread(target=target) for target in (deliver, visit, deliver, visit, deliver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runners = [threading.Thread(target=market.run) for _ in range(2)]
    for thread in runners:
        thread.start()
    for thread in runners:
        thread.join()
    market.retry_due()
    assert statuses == [200, 200, 200] and market.payment(cart).state == "paid"
    with db.system("test world") as session:
        told = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == "payments.PaymentPaid")
        assert session.scalar(told) == 1
    assert [row.state for row in market.transfers(seller)] == ["sent"] and len(market.effects("transfer")) == 1


def test_t52_a_message_is_kept_and_answered_while_the_queues_are_down(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept in PostgreSQL before the answer; Valkey is asked for nothing on the way."""
    cart = market.opened((market.seller(), 2000, 100))
    market.pay(cart)
    (event,) = market.events(kinds=["checkout.session.completed"])

    def down(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("down")

    monkeypatch.setattr(redis.connection.Connection, "connect", down)
    monkeypatch.setattr(redis.connection.Connection, "send_packed_command", down)
    assert market.deliver(event) == 200
    with db.system("test world") as session:
        assert session.scalars(select(InboundEvent.remote_id)).all() == [event["id"]]
    monkeypatch.undo()
    market.run()
    assert market.payment(cart).state == "paid"
