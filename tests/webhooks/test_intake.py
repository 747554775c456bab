"""The door for providers: genuine receipts are kept and answered, everything else is refused and leaves nothing (TRAPS G)."""

import json
import time
from typing import Any

import pytest
import stripe
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.core import db
from app.core.inbox import InboundEvent, Message
from app.core.outbox import OutboxJob

SECRETS = {"/webhooks/stripe": "whsec_account", "/webhooks/stripe-connect": "whsec_connect"}
BODY = json.dumps(
    {"id": "evt_1", "type": "nothing.happened", "livemode": False, "data": {"object": {"name": "Zoë ☕"}}},
    ensure_ascii=False,
)


def send(
    client: Any,
    path: str = "/webhooks/stripe",
    body: str | bytes = BODY,
    secret: str | None = None,
    at: int | None = None,
    **more: Any,
) -> Any:
    text = body if isinstance(body, str) else body.decode("latin-1")
    header = stripe.WebhookSignature.generate_signature_header(
        text, secret or SECRETS[path], timestamp=at or int(time.time())
    )
    return client.post(
        path, data=more.pop("sent", body), headers={"Stripe-Signature": more.pop("header", header)}, **more
    )


def receipts() -> int:
    with db.system("receive webhook") as session:
        return session.scalar(select(func.count()).select_from(InboundEvent)) or 0


@pytest.mark.parametrize("path", SECRETS)
def test_a_genuine_message_is_kept_and_answered(client: Any, path: str) -> None:
    assert send(client, path).status_code == 200
    assert receipts() == 1


def test_the_same_message_again_is_answered_and_kept_once(client: Any) -> None:
    """T1: a duplicate is 200, never 500; while it is unhandled its handling is asked for again (R10)."""
    assert [send(client).status_code for _ in range(3)] == [200, 200, 200]
    assert receipts() == 1
    with db.system("jobs") as session:
        assert session.scalar(select(func.count()).where(OutboxJob.name == "webhooks.apply")) == 3


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "whsec_wrong"},
        {"secret": SECRETS["/webhooks/stripe-connect"]},
        {"at": int(time.time()) - 601},
        {"at": int(time.time()) + 3600},
        {"sent": BODY.replace("nothing", "Nothing")},
        {"header": ""},
        {"header": "t=,v1="},
        {"header": "v1=deadbeef"},
    ],
    ids=[
        "wrong secret",
        "other endpoint's secret",
        "ten minutes old",
        "an hour ahead",
        "one letter changed",
        "no header",
        "empty parts",
        "no time",
    ],
)
def test_a_forgery_is_refused_and_leaves_nothing(client: Any, forgery: dict[str, Any]) -> None:
    """T45, T46, R11."""
    assert send(client, **forgery).status_code == 400
    assert receipts() == 0


@pytest.mark.parametrize("body", ["not json", "[]", "{}", '"text"', '{"id": "evt_2"}'])
def test_a_signed_body_that_is_no_event_is_refused(client: Any, body: str) -> None:
    assert send(client, body=body).status_code == 400
    assert receipts() == 0


def test_a_body_that_is_not_text_is_refused(client: Any) -> None:
    raw = b'{"id": "\xff\xfe"}'
    answer = client.post(
        "/webhooks/stripe", data=raw, headers={"Stripe-Signature": f"t={int(time.time())},v1={'0' * 64}"}
    )
    assert answer.status_code == 400
    assert receipts() == 0


def test_a_secret_being_rolled_is_accepted_from_either_side(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """T47: two v1 in the header of which one fits, and two secrets configured of which one fits."""
    good = stripe.WebhookSignature.generate_signature_header(BODY, SECRETS["/webhooks/stripe"])
    stamp, _, signature = good.partition(",")
    assert send(client, header=f"{stamp},v1={'0' * 64},{signature}").status_code == 200
    from app.core import settings

    object.__setattr__(settings.current(), "stripe_webhook_secret", "whsec_old,whsec_account")
    try:
        assert send(client, secret="whsec_old").status_code == 200
    finally:
        object.__setattr__(settings.current(), "stripe_webhook_secret", "whsec_account")


def test_a_large_body_is_refused(client: Any) -> None:
    assert send(client, body="x" * (1024 * 1024 + 1)).status_code == 400
    assert receipts() == 0


@pytest.mark.parametrize("path", SECRETS)
def test_what_cannot_be_kept_is_not_thanked_for(client: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T52, and B20 of shipping: while the database is away the answer is no 2xx, so the provider sends it again."""
    from app.core import inbox

    def away(*_: Any) -> None:
        raise OperationalError("insert", {}, ConnectionError("the database is away"))

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "receive", away)
        assert send(client, path).status_code == 503
    assert receipts() == 0
    assert send(client, path).status_code == 200
    assert receipts() == 1


@pytest.mark.parametrize("kind", ["easypost", "shippo", "shipstation"])
def test_a_carriers_message_with_a_character_that_no_text_has_is_kept(
    client: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U+0000 in the name of a place is no reason to refuse the news for good (T51, and B20 of shipping)."""
    from app.shipping.actions import hearing

    said = Message("news-1", "tracking", {"news": {"place": "Oak\x00land"}})
    monkeypatch.setattr(hearing, "hear", lambda *_: [said])
    answer = client.post(f"/webhooks/{kind}?account=00000000-0000-7000-8000-000000000009", data=b"{}")
    assert answer.status_code == 200
    with db.system("receive webhook") as session:
        assert session.scalars(select(InboundEvent)).one().body == {"news": {"place": "Oakland"}}
