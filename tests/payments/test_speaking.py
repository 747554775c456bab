"""TRAPS I: how Stripe is spoken to, and what its troubles mean."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import stripe

from app.core.errors import ProviderError
from app.core.http import breaker
from app.payments import actions, gateway
from app.payments.gateways import stripe as stripe_gateway
from app.payments.gateways.stripe_errors import translate
from app.payments.gateways.stripe_facts import (
    account_facts,
    checkout_facts,
    dispute_facts,
    payout_facts,
    refund_facts,
)

from .conftest import Market

PINNED = "2026-10-28.endive"
GONE = ("payment_method_types", "ui_mode=hosted&", "coupon=", "promotion_code=")
"""Parameters that the pinned version of the API refuses (STRIPE.md §0)."""


def test_t59_what_we_send_is_of_the_pinned_version(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, dict[str, str], str]] = []
    real = stripe.RequestsClient.request

    def listen(client: Any, method: str, url: str, headers: dict[str, str], post_data: Any = None) -> Any:
        sent.append((f"{method.upper()} {urlsplit(url).path}", dict(headers), unquote(str(post_data or ""))))
        return real(client, method, url, headers, post_data)

    monkeypatch.setattr(stripe.RequestsClient, "request", listen)
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    market.refund(cart, seller, 500)
    market.run()
    called = [name for name, _, _ in sent]
    for door in ("/v1/accounts", "/v1/checkout/sessions", "/v1/transfers", "/v1/refunds"):
        assert f"POST {door}" in called
    assert {headers["Stripe-Version"] for _, headers, _ in sent} == {PINNED}
    assert [(name, gone) for name, _, body in sent for gone in GONE if gone in body] == []
    assert [name for name, headers, _ in sent if name.startswith("POST") and "Idempotency-Key" not in headers] == []


@pytest.mark.parametrize("facts", [checkout_facts, account_facts, refund_facts, dispute_facts, payout_facts])
def test_t59_objects_of_the_library_are_read_though_they_are_no_dicts(facts: Any) -> None:
    """Unknown members and values break nothing either."""
    body = {
        "id": "x_1",
        "object": "whatever",
        "amount": 1500,
        "currency": "usd",
        "status": "a_status_of_next_year",
        "payment_status": "unpaid",
        "new_member": {"deep": [1, 2]},
        "metadata": {"payment_id": "p"},
        "charge": "ch_1",
    }
    thing = stripe.StripeObject.construct_from(body, "sk_test_x")
    assert not isinstance(thing, dict)
    assert facts(thing).id == "x_1"


def test_t60_all_tries_of_a_job_end_within_its_time() -> None:
    """Time limits are ours, not the library's 80 seconds; a job makes two calls and has 45 seconds."""
    connect, read = stripe_gateway.TIMEOUT
    calls = 2
    assert (connect + read) * (1 + stripe_gateway.RETRIES) * calls <= 45


@pytest.mark.parametrize(
    ("fault", "unknown", "code"),
    [("500", True, "500"), ("429", False, "rate_limit"), ("drop_answer", True, "connection")],
)
def test_t60_passing_trouble_is_told_from_a_no(market: Market, fault: str, unknown: bool, code: str) -> None:
    market.patch.setattr(stripe_gateway, "RETRIES", 0)
    market.fault(kind=fault, path="/v1/accounts*", method="GET")
    stripe_id = market.sandbox.seller()
    with pytest.raises(ProviderError) as error:
        gateway.current().account(stripe_id)
    assert (error.value.permanent, error.value.unknown, error.value.remote_code) == (False, unknown, code)
    assert gateway.current().account(stripe_id).id == stripe_id


def test_t60_a_no_is_permanent_and_a_key_in_flight_is_not(market: Market) -> None:
    with pytest.raises(ProviderError) as error:
        gateway.current().checkout("cs_test_nobody")
    assert error.value.permanent and error.value.remote_code == "resource_missing"
    conflict = translate(stripe.APIError("busy", http_status=409))
    assert not conflict.permanent and conflict.unknown


def test_t60_a_key_that_is_in_use_is_tried_again_and_not_given_up(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """409 while the first request with the key still runs: the transfer waits, and is found on the next try."""
    seller = market.seller()
    cart = market.opened((seller, 2000, 100))
    market.pay(cart)
    actions.settle(cart.payment_id)
    real = stripe_gateway.StripeGateway.send

    def busy(self: Any, request: Any, key: str) -> str:
        real(self, request, key)
        raise translate(stripe.APIError("in use", http_status=409, code="idempotency_key_in_use"))

    with monkeypatch.context() as patch:
        patch.setattr(stripe_gateway.StripeGateway, "send", busy)
        market.run()
    assert [row.state for row in market.transfers(seller)] == ["sending"]
    market.retry_due()
    assert [row.state for row in market.transfers(seller)] == ["sent"] and len(market.effects("transfer")) == 1


def test_a_stripe_that_keeps_failing_is_left_alone_for_a_while(market: Market) -> None:
    market.patch.setattr(stripe_gateway, "RETRIES", 0)
    gate = breaker("stripe")
    market.fault(kind="500", path="/v1/accounts*", method="GET", times=50)
    for _ in range(gate.threshold):
        with pytest.raises(ProviderError):
            gateway.current().account("acct_x")
    before = len(market.sandbox.http.get(f"{market.sandbox.url}/_sandbox/faults", timeout=5).json())
    with pytest.raises(ProviderError, match="not called"):
        gateway.current().account("acct_x")
    assert (
        before == 1
        and market.sandbox.http.get(f"{market.sandbox.url}/_sandbox/faults", timeout=5).json()[0]["remaining"]
        == 50 - gate.threshold
    )
    gate.success()
