"""Requests are checked as strictly as Stripe checks them, and executed once per idempotency key."""

import threading
import time
from typing import Any

import pytest
import requests
import stripe

from .conftest import Sandbox, body_of, connect

AUTH = {"Authorization": "Bearer sk_test_x"}


def refusal(sandbox: Sandbox, path: str, form: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
    answer = requests.post(f"{sandbox.url}/v1/{path}", data=form, headers={**AUTH, **headers}, timeout=10)
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "form", "code", "param"),
    [
        ("refunds", {"payment_intent": "pi_1", "reson": "x"}, "parameter_unknown", "reson"),
        ("transfers", {"amount": 1, "currency": "usd"}, "parameter_missing", "destination"),
        ("transfers", {"amount": "7.5", "currency": "usd", "destination": "a"}, "parameter_invalid_integer", "amount"),
        ("transfers", {"amount": "", "currency": "usd", "destination": "a"}, "parameter_invalid_empty", "amount"),
        ("checkout/sessions", {"mode": "payments"}, None, "mode"),
        ("checkout/sessions", {"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types"),
        ("checkout/sessions", {"ui_mode": "hosted"}, None, "ui_mode"),
        (
            "payment_intents",
            {"amount": 500, "currency": "usd", "payment_method_types[]": "card"},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        (
            "checkout/sessions",
            {"mode": "payment", "line_items[0][price_data][colour]": "red"},
            "parameter_unknown",
            "line_items[0][price_data][colour]",
        ),
        ("account_links", {"account": "acct_x", "type": "onboarding"}, None, "type"),
        ("accounts", {"type": "express", "metadata[note]": "x" * 501}, None, "metadata[note]"),
        ("payment_intents", {"amount": 500, "currency": "zzz"}, None, "currency"),
        ("payment_intents", {"amount": 10, "currency": "usd"}, "amount_too_small", "amount"),
    ],
)
def test_a_wrong_request_is_refused_by_name(
    sandbox: Sandbox, path: str, form: dict[str, Any], code: str | None, param: str
) -> None:
    status, error = refusal(sandbox, path, form)
    assert (status, error.get("code"), error["param"]) == (400, code, param)
    assert error["type"] == "invalid_request_error" and None not in error.values()
    assert sandbox.effects() == []


def test_keys_versions_and_addresses_are_checked(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.url}/v1/balance", timeout=10).status_code == 401
    assert requests.get(f"{sandbox.url}/v1/balance", auth=("sk_test_x", ""), timeout=10).status_code == 200
    assert requests.get(f"{sandbox.url}/v1/nonsense", headers=AUTH, timeout=10).status_code == 404
    old = requests.get(f"{sandbox.url}/v1/balance", headers={**AUTH, "Stripe-Version": "2022-11-15"}, timeout=10)
    assert old.status_code == 400
    with pytest.raises(stripe.PermissionError) as refused:
        sandbox.client.v1.balance.retrieve(options={"stripe_account": "acct_nobody"})
    assert body_of(refused.value)["error"]["code"] == "account_invalid"


def test_a_repeated_key_gets_the_first_answer_and_one_effect(sandbox: Sandbox) -> None:
    charge, key = sandbox.charge(), {"idempotency_key": "refund:7"}
    first = sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}, key)  # type: ignore[arg-type]
    again = sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}, key)  # type: ignore[arg-type]
    assert first.id == again.id and again.last_response.headers["Idempotent-Replayed"] == "true"
    assert [effect["idempotency_key"] for effect in sandbox.effects("refund")] == ["refund:7"]
    with pytest.raises(stripe.IdempotencyError) as other:
        sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 200}, key)  # type: ignore[arg-type]
    assert other.value.http_status == 400
    assert body_of(other.value)["error"]["type"] == "idempotency_error"


def test_a_refusal_after_execution_is_replayed_even_when_the_cause_is_gone(sandbox: Sandbox) -> None:
    seller, key = sandbox.seller(), {"idempotency_key": "transfer:1"}
    wanted = {"amount": 1000, "currency": "usd", "destination": seller}
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as poor:
            sandbox.client.v1.transfers.create(wanted, key)  # type: ignore[arg-type]
        assert poor.value.code == "balance_insufficient"
        sandbox.charge(5000, "4000000000000077")
    assert sandbox.client.v1.transfers.create(wanted, {"idempotency_key": "transfer:1:2"}).amount == 1000  # type: ignore[arg-type]


def test_a_refused_request_is_not_remembered_by_its_key(sandbox: Sandbox) -> None:
    assert refusal(sandbox, "products", {"nme": "x"}, **{"Idempotency-Key": "p1"})[0] == 400
    assert sandbox.client.v1.products.create({"name": "x"}, {"idempotency_key": "p1"}).name == "x"


def test_the_same_key_in_flight_is_a_conflict(sandbox: Sandbox) -> None:
    charge = sandbox.charge()
    sandbox.post("faults", kind="slow", path="/v1/refunds", seconds=1.5)
    statuses: list[int] = []

    def refund() -> None:
        headers = {**AUTH, "Idempotency-Key": "once"}
        statuses.append(
            requests.post(
                f"{sandbox.url}/v1/refunds", data={"charge": charge.id}, headers=headers, timeout=10
            ).status_code
        )

    first = threading.Thread(target=refund)
    first.start()
    time.sleep(0.5)
    refund()
    first.join()
    assert statuses == [409, 200] and len(sandbox.effects("refund")) == 1


def test_many_at_once_with_one_key_move_money_once(sandbox: Sandbox) -> None:
    seller, charge = sandbox.seller(), sandbox.charge(9000)
    wanted = {"amount": 8000, "currency": "usd", "destination": seller, "source_transaction": charge.id}
    got: list[str] = []

    def send() -> None:
        client = connect(sandbox.url, max_network_retries=5)
        got.append(client.v1.transfers.create(wanted, {"idempotency_key": "t"}).id)  # type: ignore[arg-type]

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and len(set(got)) == 1 and len(sandbox.effects("transfer")) == 1


def test_a_key_is_pruned_after_a_day_and_executes_again(sandbox: Sandbox) -> None:
    charge, key = sandbox.charge(), {"idempotency_key": "again"}
    one = sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}, key)  # type: ignore[arg-type]
    sandbox.post("clock", advance=25 * 3600)
    two = sandbox.client.v1.refunds.create({"charge": charge.id, "amount": 100}, key)  # type: ignore[arg-type]
    assert one.id != two.id


def test_expand_and_paging(sandbox: Sandbox) -> None:
    charges = [sandbox.charge(1000 + number).id for number in range(5)]
    page = sandbox.client.v1.charges.list({"limit": 2, "expand": ["data.balance_transaction"]})
    assert page.has_more and [one.id for one in page.data] == charges[:2:-1]
    assert page.data[0].balance_transaction.type == "charge"
    everything = [one.id for one in sandbox.client.v1.charges.list({"limit": 2}).auto_paging_iter()]
    assert everything == charges[::-1]
    back = sandbox.client.v1.charges.list({"limit": 2, "ending_before": charges[0]})
    assert [one.id for one in back.data] == [charges[2], charges[1]]
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.charges.retrieve(charges[0], {"expand": ["currency"]})
