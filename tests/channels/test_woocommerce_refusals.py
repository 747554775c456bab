"""What the refusals and strange answers of a WooCommerce shop mean (TRAPS.md D30, F44)."""

import json
from typing import Any

import pytest

from app.channels.channel import AccessEnded
from app.core.errors import ProviderError
from tests.channels.woocommerce import ORDER, recorded, speaker
from tests.shipping.replay import Replay


def refusal(replay: Replay, body: Any, status: int, **headers: str) -> ProviderError:
    replay.say(body, status, **headers)
    with pytest.raises(ProviderError) as caught:
        speaker(replay).read_orders(["1"])
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "woocommerce_rest_authentication_error", "Consumer key is invalid."),
        (401, "woocommerce_rest_authentication_error", "The API key provided does not have write permissions."),
        (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
        (403, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    ],
)
def test_revoked_keys_end_the_access(replay: Replay, status: int, code: str, message: str) -> None:
    error = refusal(replay, {"code": code, "message": message, "data": {"status": status}}, status)
    assert isinstance(error, AccessEnded) and error.permanent and error.remote_code == code


@pytest.mark.parametrize("said", ["Invalid timestamp.", "Invalid nonce - nonce has already been used."])
def test_a_wrong_clock_is_no_end_of_access(replay: Replay, said: str) -> None:
    error = refusal(replay, {"code": "woocommerce_rest_authentication_error", "message": said}, 401)
    assert not isinstance(error, AccessEnded) and not error.permanent


def test_a_wrong_signature_is_our_mistake_and_no_end_of_access(replay: Replay) -> None:
    said = "Invalid signature - provided signature does not match."
    error = refusal(replay, {"code": "woocommerce_rest_authentication_error", "message": said}, 401)
    assert not isinstance(error, AccessEnded) and error.permanent


@pytest.mark.parametrize("status", [401, 403, 429, 502, 503])
def test_pages_of_hosts_and_firewalls_pass(replay: Replay, status: int) -> None:
    error = refusal(replay, b"<!DOCTYPE html><title>Briefly unavailable</title>", status, Retry_After="17")
    assert not error.permanent and not isinstance(error, AccessEnded) and error.retry_after == 17
    assert "<" not in str(error)


def test_a_shop_without_its_api_says_so(replay: Replay) -> None:
    assert refusal(replay, b"<html>Not found</html>", 404).permanent
    for recorded_error in recorded("errors"):
        assert recorded_error["body"]["message"].rstrip(".") in str(
            refusal(replay, recorded_error["body"], recorded_error["http_status"])
        )


@pytest.mark.parametrize(
    "body", [b"<br />\n<b>Warning</b>: x in <b>/var/www</b>[]", b"", b"[{", b"\xff\xfe", b'{"a":1}']
)
def test_what_is_no_list_is_not_taken_for_an_empty_one(replay: Replay, body: bytes) -> None:
    error = refusal(replay, body, 200)
    assert not error.permanent and error.remote_code == "unreadable"


def test_a_byte_order_mark_is_no_trouble(replay: Replay) -> None:
    replay.say(b"\xef\xbb\xbf" + json.dumps([ORDER]).encode())
    assert speaker(replay).read_orders(["727"])[0].id == "727"


def test_a_shop_that_moved_is_not_followed(replay: Replay) -> None:
    error = refusal(replay, b"", 301, Location="https://www.shop.example/wp-json/?consumer_secret=cs_x")
    assert error.permanent and "www.shop.example" in str(error) and "cs_x" not in str(error) and len(replay.asked) == 1


def test_a_lost_answer_to_a_change_is_unknown(replay: Replay) -> None:
    replay.say(ORDER).say("", 0)
    with pytest.raises(ProviderError) as caught:
        speaker(replay).cancel("727", "out_of_stock")
    assert caught.value.unknown and not caught.value.permanent


def test_words_of_a_shop_come_without_markup(replay: Replay) -> None:
    said = "<p>There has been a <strong>critical error</strong> &amp; more</p>"
    error = refusal(replay, {"code": "internal_server_error", "message": said}, 500)
    assert "There has been a critical error & more" in str(error) and not error.permanent
