"""Webhooks: signed as Stripe signs, delivered until accepted, and troubled on demand."""

import time
from pathlib import Path

import pytest
import requests
import stripe

from app.sandbox.stripe.webhooks import sign

from .conftest import SECRETS, Receiver, Sandbox, config_for, connect, halt, line, serve, wait_until

VECTOR = (
    b'{"id":"evt_test_0001","object":"event","api_version":"2026-10-28.endive","created":1767225600,"data":{"object":{"id":'
    b'"cs_test_1","object":"checkout.session","amount_total":2599,"currency":"usd","metadata":{"order_id":"ord_42"},'
    b'"payment_status":"paid"}},"livemode":false,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},'
    b'"type":"checkout.session.completed"}'
)


@pytest.mark.parametrize(
    ("payload", "digest"),
    [
        (VECTOR, "14d1618936e2b768a53ad9d2e4c47080ea0d56942ac3fd7bc4c0a9ebd4148e74"),
        ('{"name":"Zoë ☕"}'.encode(), "7bb6787e4a77f119be6b433cc55dabd22e85e4dabd5b62ee0448ad7d5b429003"),
    ],
)
def test_the_signature_is_stripes(payload: bytes, digest: str) -> None:
    assert sign(payload, "whsec_test_4b1f0c7e9d2a", 1767225600) == f"t=1767225600,v1={digest}"


def test_our_own_events_and_sellers_events_go_to_their_endpoints(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    sandbox.charge()
    sandbox.receiver.wait_for("checkout.session.completed")
    updated = sandbox.receiver.wait_for("account.updated")[-1]
    assert updated.account == seller and updated.api_version == "2026-10-28.endive" and updated.livemode is False
    paths = {event.type: path for path, event in sandbox.receiver.received}
    assert paths["account.updated"] == "/webhooks/stripe-connect"
    assert paths["checkout.session.completed"] == "/webhooks/stripe"
    stored = sandbox.client.v1.events.list({"type": "checkout.session.*"}).data[0]
    assert stored.data.object.payment_status == "paid"
    wait_until(lambda: sandbox.client.v1.events.retrieve(stored.id).pending_webhooks == 0, "the event is delivered")


def test_a_refused_delivery_is_tried_again_with_the_same_event_and_a_fresh_signature(sandbox: Sandbox) -> None:
    sandbox.receiver.status = 500
    sandbox.pay(sandbox.session())
    wait_until(lambda: len(sandbox.receiver.found) >= 2, "a second try")
    first, second = sandbox.receiver.found[:2]
    sandbox.receiver.status = 200
    event = sandbox.receiver.wait_for("checkout.session.completed")[0]
    assert first.raw == second.raw and event.id in first.raw.decode()
    assert first.headers["Stripe-Signature"] != second.headers["Stripe-Signature"]


def test_events_are_dropped_doubled_and_reordered_on_demand(sandbox: Sandbox) -> None:
    sandbox.post("faults", kind="drop_event", event="checkout.session.completed")
    sandbox.post("faults", kind="duplicate_event", event="refund.created", copies=3)
    sandbox.post("faults", kind="reorder_events", event="charge.dispute.*", times=2)
    charge = sandbox.charge()
    sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100})
    doubled = sandbox.receiver.wait_for("refund.created", 3)
    assert len({event.id for event in doubled}) == 1
    sandbox.post("disputes", charge=charge.id)
    sandbox.receiver.wait_for("charge.dispute.created")
    types = [kind for kind in sandbox.receiver.types() if kind.startswith("charge.dispute")]
    assert types == ["charge.dispute.funds_withdrawn", "charge.dispute.created"]
    assert "checkout.session.completed" not in sandbox.receiver.types()
    lost = sandbox.client.v1.events.list({"type": "checkout.session.completed"}).data[0]
    sandbox.post(f"events/{lost.id}/redeliver")
    assert sandbox.receiver.wait_for("checkout.session.completed")[0].id == lost.id


def test_a_held_event_goes_out_when_the_faults_are_cleared(sandbox: Sandbox) -> None:
    sandbox.post("faults", kind="reorder_events", event="checkout.session.completed", times=5)
    sandbox.charge()
    requests.delete(f"{sandbox.url}/_sandbox/faults", timeout=10)
    sandbox.receiver.wait_for("checkout.session.completed")


def test_endpoints_made_through_the_api_listen_with_their_own_secret(sandbox: Sandbox) -> None:
    made = sandbox.client.v1.webhook_endpoints.create(
        {"url": f"{sandbox.receiver.url}/webhooks/extra", "enabled_events": ["product.created"]}
    )
    SECRETS["/webhooks/extra"] = made.secret
    sandbox.client.v1.products.create({"name": "Mug"})
    sandbox.receiver.wait_for("product.created")
    assert sandbox.receiver.types("/webhooks/extra") == ["product.created"]
    assert sandbox.client.v1.webhook_endpoints.retrieve(made.id).secret is None
    sandbox.client.v1.webhook_endpoints.delete(made.id)
    sandbox.client.v1.products.create({"name": "Cup"})
    sandbox.charge()
    sandbox.receiver.wait_for("checkout.session.completed")
    assert sandbox.receiver.types("/webhooks/extra") == ["product.created"]


def test_requests_fail_on_demand(sandbox: Sandbox) -> None:
    charge = sandbox.charge()
    wanted = {"charge": charge.id, "amount": 100}
    for kind, error in (("429", stripe.RateLimitError), ("500", stripe.APIError)):
        sandbox.post("faults", kind=kind, path="/v1/refunds", method="POST")
        with pytest.raises(error):
            sandbox.client.v1.refunds.create(wanted, {"idempotency_key": "r1"})  # type: ignore[arg-type]
    assert sandbox.effects("refund") == []
    sandbox.post("faults", kind="500", path="/v1/refunds", when="after")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            sandbox.client.v1.refunds.create(wanted, {"idempotency_key": "r2"})  # type: ignore[arg-type]
    assert len(sandbox.effects("refund")) == 1
    unknown = requests.post(f"{sandbox.url}/_sandbox/faults", json={"kind": "gremlin"}, timeout=10)
    assert unknown.status_code == 400 and "kind must be one of" in unknown.text


def test_an_answer_that_is_lost_was_executed_and_is_found_by_its_key(sandbox: Sandbox) -> None:
    charge, key = sandbox.charge(), {"idempotency_key": "lost"}
    sandbox.post("faults", kind="drop_answer", path="/v1/refunds")
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}, key)  # type: ignore[arg-type]
    assert len(sandbox.effects("refund")) == 1
    found = sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}, key)  # type: ignore[arg-type]
    assert found.id == sandbox.effects("refund")[0]["id"] and len(sandbox.effects("refund")) == 1


def test_a_restart_forgets_nothing(tmp_path: Path, receiver: Receiver) -> None:
    config = config_for(tmp_path, receiver)
    receiver.clear()
    receiver.status = 503
    app, server = serve(config)
    client = connect(config.base_url)
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://shop.test/", "line_items": [line(900)]}, {"idempotency_key": "s"}
    )  # type: ignore[list-item]
    requests.post(f"{config.base_url}/_sandbox/checkout/{session.id}/pay", json={}, timeout=10)
    wait_until(lambda: receiver.found, "a first try")
    halt(app, server)
    receiver.status = 200
    time.sleep(0.1)
    app, server = serve(config)
    try:
        again = client.v1.checkout.sessions.create(
            {"mode": "payment", "success_url": "http://shop.test/", "line_items": [line(900)]}, {"idempotency_key": "s"}
        )  # type: ignore[list-item]
        assert again.id == session.id
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        receiver.wait_for("checkout.session.completed")
    finally:
        halt(app, server)
