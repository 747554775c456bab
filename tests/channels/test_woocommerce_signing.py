"""WooCommerce's signatures against the vectors, both ways, and pushes that prove nothing (TRAPS.md C19, C20, C23)."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from requests.structures import CaseInsensitiveDict

from app.channels.channel_facts import Push
from app.channels.platforms import woocommerce_signing as signing
from app.channels.platforms.woocommerce import WooCommerce
from app.core.port import Forged
from tests.channels.woocommerce import APP, recorded, vectors

SECRET = "mysecret"


def letter(raw: bytes, secret: str = SECRET, topic: str = "order.updated", **more: str) -> CaseInsensitiveDict[str]:
    return CaseInsensitiveDict(
        {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": "https://example.com/",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": signing.push_signature(secret, raw),
            "X-WC-Webhook-Delivery-ID": "d1",
            **more,
        }
    )


def pushes(raw: bytes, **more: Any) -> list[Push]:
    return list(WooCommerce.read_push(APP, letter(raw, **more), raw, SECRET))


def push(body: Any, **more: Any) -> Push:
    (found,) = pushes(json.dumps(body).encode(), **more)
    return found


@pytest.mark.parametrize("vector", vectors("oauth1_sign"), ids=lambda one: one["id"])
def test_requests_are_signed_as_the_vectors_say(vector: dict[str, Any]) -> None:
    asked = vector["method"], vector["url"], vector["params"]
    assert signing.oauth_text(*asked) == vector["base_string"]
    assert signing.oauth_signature(*asked, vector["consumer_secret"]) == vector["oauth_signature"]
    changed = {**vector["params"], "per_page": "21"}
    assert signing.oauth_signature(*asked[:2], changed, vector["consumer_secret"]) != vector["oauth_signature"]


def test_each_attempt_has_a_nonce_of_its_own_and_says_what_it_signs() -> None:
    made = [signing.oauth_params("GET", "http://shop.example/x", {"q": "a b&c=é~"}, "ck", "cs") for _ in range(2)]
    assert made[0]["oauth_nonce"] != made[1]["oauth_nonce"] and "oauth_version" not in made[0]
    sent = dict(parse_qsl(signing.query_string(made[0]), keep_blank_values=True))
    assert sent == made[0]
    proof = sent.pop("oauth_signature")
    assert signing.oauth_signature("GET", "http://shop.example/x", sent, "cs") == proof


@pytest.mark.parametrize("vector", vectors("webhook_sign"), ids=lambda one: one["id"])
def test_pushes_are_proven_over_their_raw_bytes(vector: dict[str, Any]) -> None:
    raw, secret, said = vector["raw_body"].encode(), vector["secret"], vector["x_wc_webhook_signature"]
    assert signing.push_signature(secret, raw) == said
    headers = letter(raw, secret)
    assert headers["X-WC-Webhook-Signature"] == said
    (found,) = WooCommerce.read_push(APP, headers, raw, secret)
    assert found.ids == (str(json.loads(raw)["id"]),)
    rewritten = json.dumps(json.loads(raw), indent=1).encode()
    with pytest.raises(Forged):
        WooCommerce.read_push(APP, headers, rewritten, secret)


@pytest.mark.parametrize("said", ["", "wrong", "hmIDahC8uf7H+e/jOLv0IPKUkrKs3pgnNFufNwtXpA4", "ключ", "=" * 5000])
def test_a_push_without_proof_is_forged(said: str) -> None:
    raw = b'{"id":727,"status":"processing"}'
    with pytest.raises(Forged):
        pushes(raw, **{"X-WC-Webhook-Signature": said})


def test_a_connection_without_a_secret_believes_nobody() -> None:
    with pytest.raises(Forged):
        WooCommerce.read_push(APP, letter(b"{}", ""), b"{}", "")


def test_wordpress_takes_entities_in_a_secret_for_their_letters() -> None:
    assert signing.push_signature("a&amp;b&lt;c&gt;&quot;", b"x") == signing.push_signature('a&b<c>"', b"x")


# --- the ping
def test_the_ping_of_a_new_webhook_is_no_push() -> None:
    headers = CaseInsensitiveDict({"Content-Type": "application/x-www-form-urlencoded"})
    assert list(WooCommerce.read_push(APP, headers, b"webhook_id=142", SECRET)) == []
    assert list(WooCommerce.read_push(APP, headers, b"webhook_id=142", "")) == []


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/json", b"webhook_id=142"),
        ("application/x-www-form-urlencoded", b"webhook_id=142&id=5"),
        ("application/x-www-form-urlencoded", b'webhook_id={"id":5}'),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b'{"id":727,"status":"cancelled"}'),
    ],
)
def test_what_only_looks_like_a_ping_is_forged(kind: str, raw: bytes) -> None:
    with pytest.raises(Forged):
        WooCommerce.read_push(APP, CaseInsensitiveDict({"Content-Type": kind}), raw, SECRET)


# --- what they are about
def test_a_push_names_what_has_to_be_read_again() -> None:
    order = json.loads(json.dumps(recorded("order_created"), default=str))
    told = push(order)
    assert (told.kind, told.ids, told.status) == ("order", ("727",), "processing")
    assert told.at is not None and told.at.isoformat() == "2017-03-22T19:28:08+00:00"
    assert push({"id": 794, "parent_id": 0}, topic="product.updated").kind == "listing"
    assert push({"id": 732, "parent_id": 22}, topic="product.updated").ids == ("22",)
    assert push({"id": 727}, topic="order.deleted").ids == ("727",)
    for topic in ("customer.created", "coupon.updated", "action.woocommerce_add_to_cart", "", "nonsense"):
        assert (push({"id": 5}, topic=topic).kind, push({"id": 5}, topic=topic).ids) == ("other", ())
    assert push([1, 2]).kind == push({}).kind == "other"


def test_a_proven_push_that_is_no_json_is_kept_as_such() -> None:
    (found,) = pushes(b"<html>")
    assert found.kind == "other" and found.key


def test_repeats_have_one_key_and_changes_have_their_own() -> None:
    first = {"id": 727, "status": "processing", "date_modified_gmt": "2017-03-22T19:28:08"}
    key = push(first).key
    assert push(first, **{"X-WC-Webhook-Delivery-ID": "d2"}).key == key
    later = {**first, "date_modified_gmt": "2017-03-22T19:28:09"}
    same_second = {**first, "status": "completed"}
    others = [push(later), push(same_second), push(first, topic="order.created")]
    others.append(push(first, **{"X-WC-Webhook-Source": "https://another.example/"}))
    assert len({key, *(one.key for one in others)}) == 5


def test_an_order_deleted_twice_is_told_twice() -> None:
    gone = {"topic": "order.deleted"}
    assert push({"id": 7}, **gone).key != push({"id": 7}, **gone, **{"X-WC-Webhook-Delivery-ID": "d2"}).key
    assert push({"id": 7}, **gone).key == push({"id": 7}, **gone).key
