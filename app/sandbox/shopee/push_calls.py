"""Pushes switched on and off, and those that never arrived."""

import json
import time
from urllib.parse import urlsplit

import requests

from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc
from app.sandbox.stripe import postbox, timers

from . import config, news
from .dialect import PARTNER_KEY, answer, api, param, refusal
from .words import whole

MOST_BLOCKED, MOST_LOST, LOST_FOR = 500, 100, 3 * timers.DAY
SEEN = "shopee.lost_seen"
LOST = """
SELECT o.seq, o.created, o.body FROM objects o WHERE o.kind = 'shopee.push' AND o.created >= ? AND o.seq > ? AND (
    json_extract(o.body, '$.payload.held') = 1 OR (
        EXISTS (SELECT 1 FROM deliveries d WHERE d.event = o.id AND d.state IN (?, ?))
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = o.id AND d.state = ?)))
ORDER BY o.seq LIMIT ?
"""


@api.on("POST", "/push/set_app_push_config")
def set_config(call: Call) -> Reply:
    """`callback_url`, `set_push_config_on`, `set_push_config_off`, `blocked_shop_id_list`; the address must answer a test push."""
    kept, body = config.get(call.scope), call.body
    url = str(body.get("callback_url") or kept["callback_url"])
    on, off = _codes(call, "set_push_config_on"), _codes(call, "set_push_config_off")
    blocked = [whole(one) for one in body.get("blocked_shop_id_list", kept["blocked"])]
    if len(blocked) > MOST_BLOCKED or None in blocked:
        raise param(f"blocked_shop_id_list must have at most {MOST_BLOCKED} shop ids")
    if config.options(call.scope)["test_push"] and not _answers(url):
        raise refusal("error_param", "this callback_url is invalid, please check your callback_url.")
    config.change(
        call.scope, callback_url=url, on=sorted((set(kept["on"]) | on) - off), blocked=blocked, status=config.NORMAL,
        suspended_time=0, counts={"since": call.scope.now(), "sent": 0, "accepted": 0},
    )  # fmt: skip
    return answer({"result": "success"})


def _codes(call: Call, name: str) -> set[int]:
    found = call.body.get(name) or []
    if not isinstance(found, list) or not set(found) <= set(config.CODES):
        raise param(f"{name} has a push code that does not exist")
    return set(found)


def _answers(url: str) -> bool:
    """Whether the address takes a test push within three seconds; it is signed with the app's own key."""
    if urlsplit(url).scheme not in ("http", "https"):
        return False
    raw = json.dumps({"code": 0, "data": {}, "timestamp": int(time.time())}, separators=(",", ":")).encode()
    with requests.Session() as session:
        session.trust_env = False
        try:
            told = session.post(
                url,
                data=raw,
                headers=news.headers(PARTNER_KEY.encode(), url, raw),
                timeout=news.TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException:
            return False
    return 200 <= told.status_code < 300


@api.on("GET", "/push/get_app_push_config")
def get_config(call: Call) -> Reply:
    """What is on, where to, and how it fares."""
    kept = config.get(call.scope)
    since = {"suspended_time": kept["suspended_time"]} if kept["status"] == config.SUSPENDED else {}
    return answer(
        {
            "callback_url": kept["callback_url"], "live_push_status": kept["status"], **since, "blocked_shop_id": kept["blocked"],
            "push_config_on_list": kept["on"], "push_config_off_list": [one for one in config.CODES if one not in kept["on"]],
        }
    )  # fmt: skip


# --- lost ones
def _lost(call: Call, limit: int) -> list[Doc]:
    rows = call.scope.state.rows(
        LOST, call.scope.now() - LOST_FOR, int(call.scope.state.setting(SEEN, 0)), postbox.DROPPED, postbox.GIVEN_UP,
        postbox.DELIVERED, limit,
    )  # fmt: skip
    return [{**json.loads(row["body"]), "seq": row["seq"], "created": row["created"]} for row in rows]


@api.on("GET", "/push/get_lost_push_message")
def get_lost(call: Call) -> Reply:
    """The earliest hundred of the last three days that nobody confirmed."""
    found = _lost(call, MOST_LOST + 1)
    listed = found[:MOST_LOST]
    return answer(
        {
            "push_message_list": [_shown(one) for one in listed],
            "has_next_page": len(found) > MOST_LOST,
            "last_message_id": listed[-1]["seq"] if listed else 0,
        }
    )


def _shown(event: Doc) -> Doc:
    """`data` is text by the documents and the whole push in their sample: every other one is either."""
    body = {**event["payload"]["body"], "timestamp": event["created"]}
    data = json.dumps(body) if event["seq"] % 2 else body
    named = {"shop_id": body["shop_id"]} if "shop_id" in body else {}
    return {**named, "code": body["code"], "timestamp": event["created"], "data": data}


@api.on("POST", "/push/confirm_consumed_lost_push_message")
def confirm_lost(call: Call) -> Reply:
    """Everything up to `last_message_id` was seen."""
    last = whole(call.body.get("last_message_id"))
    if last is None:
        raise param("last_message_id is required")
    call.scope.state.remember(SEEN, max(last, int(call.scope.state.setting(SEEN, 0))))
    return answer()
