"""What the TikTok tests share: a shop's connection, the recorded answers, and a server that says them."""

import atexit
import copy
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.channels.channel_facts import App, Connection, ShopFacts, Tokens
from app.channels.platforms.tiktok import TikTok
from app.core.http import breaker
from tests.shipping.replay import Asked, Replay, replaying

RECORDED = Path(__file__).parent.parent / "recorded" / "channels" / "tiktok"
KEY, SECRET, TOKEN, CIPHER = "29a39d", "e59af819cc", "ROW_token", "GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3"
LONG_AGO = datetime(2023, 1, 1, tzinfo=UTC)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def raw(name: str) -> bytes:
    return (RECORDED / f"{name}.json").read_bytes()


def told(data: Any = None, code: int = 0, message: str = "Success") -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": "2022", "data": data if data is not None else {}}


def registration(base: str) -> App:
    return App(KEY, SECRET, "service-1", base, base, base, "https://guildhall.test/back", "https://guildhall.test/push")


def connection(base: str, pace: Callable[[], None] | None = None, region: str = "GB", **settings: Any) -> Connection:
    shop = ShopFacts("7000714532876273420", "Maomao beauty shop", region, "GBP", secret=CIPHER)
    tokens = Tokens("7010736057180325637", TOKEN, "refresh-1")
    return Connection(registration(base), shop, tokens, *([pace] if pace else []), settings=settings)


@cache
def _server() -> Replay:
    """One server for all tests of a worker: stopping one takes half a second."""
    opened = replaying()
    replay = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    return replay


@contextmanager
def saying(*answers: Any) -> Iterator[tuple[Replay, TikTok]]:
    """A TikTok that gives these answers in turn, and the adapter that asks it."""
    replay = _server()
    replay.answers, replay.asked, replay.spent = [], [], False
    for one in answers:
        replay.say(*one) if isinstance(one, tuple) else replay.say(one)
    try:
        yield replay, TikTok(connection(replay.url))
    finally:
        breaker("TikTok Shop").success()


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))


def path(asked: Asked) -> str:
    return urlsplit(asked.path).path


def proven(asked: Asked) -> bool:
    """Whether a request is signed as TIKTOK.md §3 says, computed here once more from what arrived."""
    given = query(asked)
    text = path(asked) + "".join(f"{name}{given[name]}" for name in sorted(given) if name != "sign")
    message = SECRET.encode() + text.encode() + (b"" if asked.method == "GET" else asked.raw) + SECRET.encode()
    return hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest() == given["sign"]


ORDER = recorded("order_detail_202309_response")["data"]["orders"][0]


def order(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER), **changes}


def unit(place: int = 0, **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ORDER["line_items"][0]), "id": str(577086512123755123 + place), **changes}


ELIGIBLE = told(
    {
        "sku_eligibility": [
            {
                "sku_id": "1",
                "line_item_eligibility": [
                    {
                        "request_type": "CANCEL",
                        "eligible": True,
                        "available_reason_names": [
                            "seller_cancel_reason_out_of_stock",
                            "seller_cancel_reason_wrong_price",
                            "seller_cancel_reason_customer_requested_cancellation",
                        ],
                    }
                ],
            }
        ]
    }
)

RETURN = {
    "return_id": "4035", "order_id": "5770", "return_type": "RETURN_AND_REFUND", "return_status": "BUYER_SHIPPED_ITEM",
    "return_reason_text": "Too small", "return_tracking_number": "RT1", "create_time": 1690451136, "update_time": 1690451200,
    "refund_amount": {"currency": "USD", "refund_total": "12.30"},
    "return_line_items": [{"order_line_item_id": "1", "sku_id": "s"}, {"order_line_item_id": "2", "sku_id": "s"}],
}  # fmt: skip
