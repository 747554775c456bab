"""TikTok's signatures against the public vectors, in both directions, and against requests that were really sent
(TIKTOK.md §3 and §9, TRAPS.md C20, D31)."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from requests.structures import CaseInsensitiveDict

from app.channels.channel_facts import App, Ref, StockChange
from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.tiktok_signing import push_signature, sign, text_of
from app.core.port import Forged
from tests.channels.tiktok import CIPHER, KEY, LONG_AGO, TOKEN, connection, path, proven, query, recorded, saying, told

VECTORS = recorded("vectors")
REQUESTS = [one for one in VECTORS if one["kind"] == "request_sign"]
PUSHES = [one for one in VECTORS if one["kind"] == "webhook_sign"]


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda one: one["id"])
def test_requests_are_signed_like_the_vectors(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()
    text = text_of(vector["query"], vector["path"])
    assert vector["string_to_sign"].startswith(f"{vector['app_secret']}{text}")
    found = sign(vector["app_secret"], vector["method"], vector["path"], vector["query"], body, vector["content_type"])
    assert found == vector["sign"]


def test_one_changed_byte_of_a_body_changes_the_signature() -> None:
    vector = next(one for one in REQUESTS if one["method"] == "PUT")
    spaced = vector["body"].replace(":", ": ").encode()
    assert sign(vector["app_secret"], "PUT", vector["path"], vector["query"], spaced) != vector["sign"]


@pytest.mark.parametrize("vector", PUSHES, ids=lambda one: one["id"])
def test_pushes_are_proven_by_the_vectors(vector: dict[str, Any]) -> None:
    app, raw = App(vector["app_key"], vector["app_secret"]), vector["raw_body"].encode()
    assert push_signature(app.key, app.secret, raw) == vector["authorization_header"]
    headers = CaseInsensitiveDict({"authorization": vector["authorization_header"]})
    (push,) = TikTok.read_push(app, headers, raw)
    assert push.shop_id == json.loads(raw)["shop_id"]


@pytest.mark.parametrize("vector", PUSHES, ids=lambda one: one["id"])
@pytest.mark.parametrize("header", ["", "Bearer x", "ü" * 64, "0" * 64, None])
def test_a_push_with_another_signature_is_forged(vector: dict[str, Any], header: str | None) -> None:
    app, raw = App(vector["app_key"], vector["app_secret"]), vector["raw_body"].encode()
    given = CaseInsensitiveDict({} if header is None else {"Authorization": header})
    with pytest.raises(Forged):
        TikTok.read_push(app, given, raw)


@pytest.mark.parametrize("vector", PUSHES, ids=lambda one: one["id"])
def test_a_push_written_again_is_forged(vector: dict[str, Any]) -> None:
    """The same JSON with other spaces is another body."""
    raw = json.dumps(json.loads(vector["raw_body"]), indent=1).encode()
    with pytest.raises(Forged):
        TikTok.read_push(
            App(vector["app_key"], vector["app_secret"]), {"Authorization": vector["authorization_header"]}, raw
        )


def test_without_a_secret_no_push_is_believed() -> None:
    raw = b'{"type":1,"shop_id":"1","data":{}}'
    with pytest.raises(Forged):
        TikTok.read_push(App("key", ""), {"Authorization": push_signature("key", "", raw)}, raw)


@time_machine.travel("2026-11-20T10:00:00Z", tick=False)
def test_what_is_sent_is_what_was_signed() -> None:
    """Page tokens with + and / are signed as they are and sent percent-encoded; a body is signed to the byte."""
    token = recorded("order_search_response")["data"]["next_page_token"]
    assert "+" in token and "/" in token
    with saying(recorded("order_search_response")) as (replay, tiktok):
        tiktok.orders(LONG_AGO, LONG_AGO + timedelta(days=1), token)
        (asked,) = replay.asked
    assert proven(asked)
    assert query(asked)["page_token"] == token and "%2B" in asked.path and "%2F" in asked.path
    assert query(asked)["timestamp"] == "1795168800" and query(asked)["app_key"] == KEY
    assert query(asked)["shop_cipher"] == CIPHER and "version" not in query(asked)
    assert asked.headers["x-tts-access-token"] == TOKEN and asked.headers["content-type"] == "application/json"
    assert asked.raw == b'{"update_time_ge":1672531200,"update_time_lt":1672617600}'


def test_every_attempt_is_stamped_and_signed_anew() -> None:
    with saying(told()) as (replay, tiktok):
        with time_machine.travel("2026-11-20T10:00:00Z", tick=False):
            tiktok.set_stock([StockChange(Ref("1", "2"), {"": 3})])
        with time_machine.travel("2026-11-20T10:01:00Z", tick=False):
            tiktok.set_stock([StockChange(Ref("1", "2"), {"": 3})])
        first, second = replay.asked
    assert proven(first) and proven(second)
    assert int(query(second)["timestamp"]) - int(query(first)["timestamp"]) == 60
    assert query(first)["sign"] != query(second)["sign"]


def test_the_cipher_stays_away_where_it_is_an_error() -> None:
    with saying(recorded("authorized_shops_response"), recorded("warehouses_response")) as (replay, tiktok):
        tiktok.shop()
        tiktok.warehouses()
        shops, warehouses = replay.asked
    assert path(shops) == "/authorization/202309/shops" and "shop_cipher" not in query(shops)
    assert query(warehouses)["shop_cipher"] == CIPHER
    assert proven(shops) and proven(warehouses)


def test_each_request_waits_for_its_turn() -> None:
    turns: list[int] = []
    with saying(recorded("product_search_202502_response"), recorded("inventory_search_response")) as (replay, _):
        TikTok(connection(replay.url, lambda: turns.append(len(replay.asked)))).listings()
        assert turns == [0, 1] and len(replay.asked) == 2
