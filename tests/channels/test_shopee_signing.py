"""Shopee's signatures against the public vectors, in both directions, and against requests that were really sent
(SHOPEE.md §3 and §8, TRAPS.md C20, C21, D31)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import time_machine
from requests.structures import CaseInsensitiveDict

from app.channels.channel_facts import App, Ref, StockChange
from app.channels.platforms import shopee_signing as signing
from app.channels.platforms.shopee import Shopee
from app.channels.platforms.shopee_line import Line
from app.core.errors import ProviderError
from app.core.port import Forged
from tests.channels.shopee import PUSH, connection, proven, query, raw, recorded, registration, saying, told

VECTORS = recorded("vectors")
REQUESTS = [one for one in VECTORS if one["kind"] == "request_sign"]
PUSHES = [one for one in VECTORS if one["kind"] == "push_sign"]


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda one: one["id"])
def test_requests_are_signed_like_the_vectors(vector: dict[str, Any]) -> None:
    app = App(str(vector["partner_id"]), vector["partner_key"])
    line = Line(app, str(vector["identity"]), vector["access_token"])
    assert line.signed(vector["path"], vector["timestamp"])["sign"] == vector["sign"]
    other = line.signed(vector["path"], vector["timestamp"] + 1)["sign"]
    assert other != vector["sign"]


@pytest.mark.parametrize("vector", PUSHES, ids=lambda one: one["id"])
def test_pushes_are_proven_by_the_vectors(vector: dict[str, Any]) -> None:
    app = App("1", vector["partner_key"], push=vector["callback_url"])
    body = vector["raw_body"].encode()
    assert signing.push(signing.push_key(app), app.push, body) == vector["authorization_header"]
    headers = CaseInsensitiveDict({"authorization": vector["authorization_header"]})
    (push,) = Shopee.read_push(app, headers, body)
    assert push.shop_id in ("123", "727720655", "296363855")


@pytest.mark.parametrize("header", [None, "", "Bearer x", "ü" * 64, "0" * 64, "5f2ca9f6"])
@pytest.mark.parametrize("vector", PUSHES, ids=lambda one: one["id"])
def test_a_push_with_another_signature_is_forged(vector: dict[str, Any], header: str | None) -> None:
    app = App("1", vector["partner_key"], push=vector["callback_url"])
    headers = CaseInsensitiveDict({} if header is None else {"Authorization": header})
    with pytest.raises(Forged):
        Shopee.read_push(app, headers, vector["raw_body"].encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda app, body: (app, body.replace(b":", b": ", 1)),
        lambda app, body: (registration(push="http://0.0.0.0:3000/webhooks/shopee"), body),
        lambda app, body: (registration(secret="another"), body),
        lambda app, body: (registration(push_key_is_hex=True), body),
    ],
    ids=["spaces", "the address behind the proxy", "another app's key", "the key in hex"],
)
def test_a_push_holds_for_its_bytes_address_and_key_alone(change: Callable[[App, bytes], tuple[App, bytes]]) -> None:
    app, body = registration(), raw("push_3_order_status_1.raw")
    headers = {"Authorization": signing.push(app.secret.encode(), PUSH, body)}
    assert len(Shopee.read_push(app, headers, body)) == 1
    changed, sent = change(app, body)
    with pytest.raises(Forged):
        Shopee.read_push(changed, headers, sent)


def test_the_push_key_counts_as_text_or_where_switched_as_hex() -> None:
    key, body = "57615053704d6470644f554a7865", raw("push_3_order_status_1.raw")
    as_text = {"Authorization": signing.push(key.encode(), PUSH, body)}
    as_hex = {"Authorization": signing.push(bytes.fromhex(key), PUSH, body)}
    plain = registration(secret="app key", push_key=key)
    switched = registration(secret="app key", push_key=key, push_key_is_hex=True)
    assert Shopee.read_push(plain, as_text, body) and Shopee.read_push(switched, as_hex, body)
    for app, headers in ((plain, as_hex), (switched, as_text)):
        with pytest.raises(Forged):
            Shopee.read_push(app, headers, body)
    with pytest.raises(Forged, match="hex"):
        Shopee.read_push(registration(push_key="not hex", push_key_is_hex=True), as_text, body)


def test_the_apps_own_key_proves_a_test_push_but_never_data() -> None:
    app = registration(push_key="the push key")
    ping, data = b'{"code":0,"timestamp":1660123127}', raw("push_3_order_status_1.raw")
    signed = {"Authorization": signing.push(app.secret.encode(), PUSH, ping)}
    assert list(Shopee.read_push(app, signed, ping)) == []
    with pytest.raises(Forged, match="app's key"):
        Shopee.read_push(app, {"Authorization": signing.push(app.secret.encode(), PUSH, data)}, data)


def test_a_proven_body_that_is_no_json_is_refused() -> None:
    body = b"<html>"
    with pytest.raises(Forged, match="JSON"):
        Shopee.read_push(
            registration(), {"Authorization": signing.push(registration().secret.encode(), PUSH, body)}, body
        )


def test_what_is_sent_is_what_was_signed_and_paced() -> None:
    turns: list[int] = []
    with saying(told({"success_list": [{"model_id": 5, "stock": 0}]}), pace=lambda: turns.append(1)) as (replay, shop):
        shop.set_stock([StockChange(Ref("7", "5"), {"": 0})])
        shop.shop()
    assert all(proven(one) for one in replay.asked) and len(turns) == len(replay.asked) == 2
    assert {query(one)["shop_id"] for one in replay.asked} == {"14701711"}


def test_each_attempt_is_stamped_anew() -> None:
    with saying(told(shop_name="N", region="SG")) as (replay, shop):
        for moment in ("2026-11-21T10:00:00Z", "2026-11-21T10:04:00Z"):
            with time_machine.travel(moment, tick=False):
                shop.shop()
    first, second = (query(one) for one in replay.asked)
    assert int(second["timestamp"]) - int(first["timestamp"]) == 240 and first["sign"] != second["sign"]


def test_public_calls_are_signed_without_a_shop() -> None:
    with saying(recorded("push_config_response")) as (replay, shop):
        shop.hooks()
    assert proven(replay.asked[0]) and not {"shop_id", "access_token"} & set(query(replay.asked[0]))


def test_the_consent_link_is_signed_and_brings_the_state_back() -> None:
    app = registration(redirect="https://guildhall.test/return?from=shopee")
    with time_machine.travel(datetime(2026, 11, 21, 10, tzinfo=UTC), tick=False):
        url = Shopee.consent_url(app, "st/ate+1", {})
    found = {name: one for name, (one,) in parse_qs(urlsplit(url).query).items()}
    assert url.startswith("https://partner.shopeemobile.test/api/v2/shop/auth_partner?")
    back = urlsplit(found["redirect"])
    assert dict(parse_qsl(back.query)) == {"from": "shopee", "state": "st/ate+1"} and back.path == "/return"
    expected = signing.request(app.secret, app.key, "/api/v2/shop/auth_partner", int(found["timestamp"]))
    assert found["sign"] == expected and set(found) == {"partner_id", "timestamp", "sign", "redirect"}


def test_a_key_that_is_a_secret_is_in_no_error() -> None:
    with saying(("<html>Bad gateway</html>", 502)) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.shop()
    assert "59777174" not in str(caught.value) and "sign=" not in repr(connection("http://x"))
    assert "57615053" not in repr(connection("http://x")) and not caught.value.permanent
