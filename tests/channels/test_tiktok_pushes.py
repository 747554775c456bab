"""TikTok's recorded pushes: what they are about, how they are told from each other, and how they are asked for (TIKTOK.md §9)."""

import json
from typing import Any

import pytest

from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.tiktok_signing import push_signature
from tests.channels.tiktok import (
    raw,
    recorded,
    registration,
    saying,
    told,
)


# --- pushes
@pytest.mark.parametrize(
    ("name", "kind", "ids", "status"),
    [
        ("webhook_order_status_change", "order", ["576486316948490001"], "UNPAID"),
        ("webhook_cancellation_status_change", "cancellation", ["576486316948490001"], "CANCELLATION_REQUEST_PENDING"),
        ("webhook_package_update", "package", ["152523", "532123"], "COMBINE"),
        ("webhook_product_information_change", "listing", ["123456789"], ""),
        ("webhook_product_status_change", "listing", ["576486316948490000"], "PRODUCT_FIRST_PASS_REVIEW"),
        ("webhook_seller_deauthorization", "access_ended", [], ""),
    ],
)
def test_pushes(name: str, kind: str, ids: list[str], status: str) -> None:
    found = push(raw(name))
    assert (found.kind, list(found.ids), found.status) == (kind, ids, status)
    assert found.shop_id == "7494049642642441621" and found.at is not None


def push(body: bytes) -> Any:
    app = registration("")
    (found,) = TikTok.read_push(app, {"Authorization": push_signature(app.key, app.secret, body)}, body)
    return found


def test_a_push_is_known_by_its_id_or_by_its_bytes() -> None:
    named, nameless = push(raw("webhook_product_information_change")), push(raw("webhook_order_status_change"))
    assert named.key == "7327112393057371910"
    assert len(nameless.key) == 64 and nameless.key == push(raw("webhook_order_status_change")).key
    other = raw("webhook_order_status_change").replace(b"UNPAID", b"IN_TRANSIT")
    assert push(other).key != nameless.key


def test_statuses_in_pushes_are_spelled_as_the_api_spells_them() -> None:
    body = json.dumps({"type": 1, "shop_id": 7, "data": {"order_id": 5, "order_status": "CANCEL"}}).encode()
    assert push(body).status == "CANCELLED" and push(body).shop_id == "7" and push(body).ids == ["5"]


def test_pushes_that_nobody_knows_are_kept_as_other() -> None:
    assert push(b'{"type":4711,"shop_id":"7","data":{"a":[1]}}').kind == "other"
    assert push(b'{"type":"chat","shop_id":"7","data":null}').kind == "other"
    app, ping = registration(""), b"[]"
    assert TikTok.read_push(app, {"Authorization": push_signature(app.key, app.secret, ping)}, ping) == []


def test_only_missing_webhooks_are_put() -> None:
    app = registration("")
    listed = recorded("webhooks_get_response")
    elsewhere = {"event_type": "PACKAGE_UPDATE", "address": "https://old.test"}
    listed["data"]["webhooks"] = [{"event_type": "ORDER_STATUS_CHANGE", "address": app.push}, elsewhere]
    with saying(listed, told()) as (replay, tiktok):
        tiktok.subscribe()
        put = [one.body for one in replay.asked[1:]]
    assert {one.method for one in replay.asked[1:]} == {"PUT"} and all(one["address"] == app.push for one in put)
    kinds = [one["event_type"] for one in put]
    assert "ORDER_STATUS_CHANGE" not in kinds and "PACKAGE_UPDATE" in kinds and len(kinds) == len(set(kinds))
    with saying(listed) as (_, tiktok):
        hooks = tiktok.hooks()
    assert hooks.present == ["ORDER_STATUS_CHANGE"] and "PACKAGE_UPDATE" in hooks.missing and hooks.healthy
