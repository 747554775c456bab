"""The hosted page, driven as a browser without JavaScript drives it."""

import threading
from typing import Any

import pytest
import requests
import stripe

from .conftest import Sandbox, line

FORM = {
    "email": "fay@example.com",
    "name": "Fay Buyer",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "method": "card",
    "pay": "1",
}


def submit(session: Any, **changes: str) -> requests.Response:
    return requests.post(session.url, data={**FORM, **changes}, allow_redirects=False, timeout=10)


def state(sandbox: Sandbox, session: Any) -> Any:
    return sandbox.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})


def test_the_page_shows_the_cart_and_takes_the_money(sandbox: Sandbox) -> None:
    session = sandbox.session(line_items=[line(4200, name="Nebula <print>"), line(1250, name="Moss", quantity=2)])
    page = requests.get(session.url, timeout=10)
    assert "$67.00" in page.text and "Nebula &lt;print&gt;" in page.text and "2 × $12.50" in page.text
    assert "no real money" in page.text and "<script" not in page.text and "style=" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    paid = submit(session)
    assert paid.status_code == 303 and paid.headers["Location"] == f"http://shop.test/done?session={session.id}"
    assert state(sandbox, session).payment_status == "paid"
    event = sandbox.receiver.wait_for("checkout.session.completed")[0]
    assert event.data.object.id == session.id and event.data.object.customer_details.name == "Fay Buyer"


def test_a_decline_keeps_the_session_open_for_another_card(sandbox: Sandbox) -> None:
    session = sandbox.session()
    declined = submit(session, number="4000 0000 0000 9995")
    assert declined.status_code == 402 and "insufficient funds" in declined.text
    assert "You have not been charged" in declined.text and "4000 0000 0000 9995" not in declined.text
    assert 'value="fay@example.com"' in declined.text
    failed = sandbox.receiver.wait_for("payment_intent.payment_failed")[0]
    assert failed.data.object.last_payment_error.decline_code == "insufficient_funds"
    now = state(sandbox, session)
    assert (now.status, now.payment_status, now.payment_intent.status) == ("open", "unpaid", "requires_payment_method")
    assert submit(session).status_code == 303
    after = state(sandbox, session)
    assert after.payment_intent.id == now.payment_intent.id and after.payment_status == "paid"
    assert len(sandbox.effects("charge")) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "4242424242424241"}, "card number is not valid"),
        ({"number": "42"}, "whole card number"),
        ({"expiry": "01 / 20"}, "This card has expired"),
        ({"expiry": "soon"}, "month and year"),
        ({"cvc": "12"}, "security code"),
        ({"email": "nobody"}, "e-mail address such as"),
        ({"name": ""}, "name on the card"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_charges_nothing(
    sandbox: Sandbox, changes: dict[str, str], words: str
) -> None:
    answer = submit(sandbox.session(), **changes)
    assert answer.status_code == 422 and words in answer.text
    assert f'id="{next(iter(changes))}-note"' in answer.text and sandbox.effects() == []


def test_a_test_card_can_be_filled_in_by_a_button(sandbox: Sandbox) -> None:
    session = sandbox.session(customer_email="known@example.com")
    page = requests.post(session.url, data={"fill": "378282246310005"}, timeout=10)
    assert 'value="3782 8224 6310 005"' in page.text and 'value="1234"' in page.text
    assert 'value="known@example.com"' in page.text and sandbox.effects() == []


def test_a_double_click_pays_once(sandbox: Sandbox) -> None:
    session, answers = sandbox.session(), []
    threads = [threading.Thread(target=lambda: answers.append(submit(session))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.headers["Location"] for answer in answers} == {f"http://shop.test/done?session={session.id}"}
    assert len(sandbox.effects("charge")) == 1
    sandbox.receiver.wait_for("checkout.session.completed")
    assert sandbox.receiver.types().count("checkout.session.completed") == 1


def test_authentication_passes_fails_and_can_end_in_a_decline(sandbox: Sandbox) -> None:
    session = sandbox.session()
    asked = submit(session, number="4000002500003155")
    challenge = asked.headers["Location"]
    assert "/3ds/pi_" in challenge and "Is this payment yours" in requests.get(challenge, timeout=10).text
    refused = requests.post(challenge, data={"answer": "fail"}, allow_redirects=False, timeout=10)
    assert refused.headers["Location"] == session.url
    assert "unable to authenticate" in requests.get(session.url, timeout=10).text
    challenge = submit(session, number="4000008260003178").headers["Location"]
    requests.post(challenge, data={"answer": "pass"}, allow_redirects=False, timeout=10)
    assert "insufficient funds" in requests.get(session.url, timeout=10).text
    challenge = submit(session, number="4000002500003155").headers["Location"]
    passed = requests.post(challenge, data={"answer": "pass"}, allow_redirects=False, timeout=10)
    assert passed.headers["Location"].startswith("http://shop.test/done") and len(sandbox.effects("charge")) == 1


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_delayed_payment_completes_unpaid_and_is_settled_later(sandbox: Sandbox, outcome: str) -> None:
    session = sandbox.session()
    assert submit(session, method="debit").status_code == 303
    completed = sandbox.receiver.wait_for("checkout.session.completed")[0]
    assert completed.data.object.payment_status == "unpaid" and sandbox.effects() == []
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.refunds.create({"payment_intent": state(sandbox, session).payment_intent.id})
    sandbox.post(f"checkout/{session.id}/settle", outcome=outcome)
    sandbox.receiver.wait_for(f"checkout.session.async_payment_{outcome}")
    assert state(sandbox, session).payment_status == ("paid" if outcome == "succeeded" else "unpaid")
    assert len(sandbox.effects("charge")) == (outcome == "succeeded")


def test_the_clock_settles_a_delayed_payment(sandbox: Sandbox) -> None:
    session = sandbox.session(currency="eur")
    sandbox.pay(session, method="debit")
    sandbox.post("clock", advance=3 * 86400 + 60)
    assert state(sandbox, session).payment_status == "paid"


def test_an_expired_session_says_so_and_cannot_be_paid(sandbox: Sandbox) -> None:
    session = sandbox.session()
    gone = sandbox.client.v1.checkout.sessions.expire(session.id)
    assert (gone.status, gone.url) == ("expired", None)
    notice = submit(session)
    assert notice.status_code == 410 and "No money was taken" in notice.text and "http://shop.test/cart" in notice.text
    sandbox.receiver.wait_for("checkout.session.expired")
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.checkout.sessions.expire(session.id)
    assert sandbox.effects() == []


def test_a_session_expires_by_the_clock_unless_it_is_paid(sandbox: Sandbox) -> None:
    lost, kept = sandbox.session(), sandbox.session()
    sandbox.pay(kept)
    sandbox.post("clock", advance=24 * 3600 + 5)
    assert state(sandbox, lost).status == "expired" and state(sandbox, kept).status == "complete"
    assert "This payment is complete" in requests.get(kept.url, timeout=10).text


def test_a_free_order_needs_no_card(sandbox: Sandbox) -> None:
    session = sandbox.session(0)
    assert session.payment_status == "no_payment_required"
    assert submit(session, number="", expiry="", cvc="").status_code == 303
    done = state(sandbox, session)
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "no_payment_required", None)


def test_yen_have_no_cents(sandbox: Sandbox) -> None:
    session = sandbox.session(4200, "jpy")
    assert "¥4,200" in requests.get(session.url, timeout=10).text
    sandbox.pay(session)
    assert [(one["amount"], one["currency"]) for one in sandbox.effects("charge")] == [(4200, "jpy")]


def test_a_delivery_address_is_collected_when_asked_for(sandbox: Sandbox) -> None:
    session = sandbox.session(
        shipping_address_collection={"allowed_countries": ["DE"]}, phone_number_collection={"enabled": True}
    )
    assert "Enter your address" in submit(session).text
    where = {"line1": "Gasse 1", "city": "Ulm", "postal_code": "89073", "country": "DE", "phone": "+49 731 1234567"}
    assert "does not send to this country" in submit(session, **{**where, "country": "FR"}).text
    assert submit(session, **where).status_code == 303
    assert state(sandbox, session).collected_information.shipping_details.address.city == "Ulm"


def test_line_items_are_paged_and_limits_hold(sandbox: Sandbox) -> None:
    session = sandbox.session(line_items=[line(100 + number, name=f"Item {number}") for number in range(12)])
    first = sandbox.client.v1.checkout.sessions.line_items.list(session.id)
    assert len(first.data) == 10 and first.has_more
    assert [item.amount_total for item in first.auto_paging_iter()] == [100 + number for number in range(12)]
    for wrong in (
        {"expires_at": 1},
        {"line_items": []},
        {"line_items": [line(500), line(500, "eur")]},
        {"payment_intent_data": {"application_fee_amount": 10}},
        {"success_url": "nowhere"},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            sandbox.session(**wrong)
