"""What the Shopee tests share: a shop's connection, the recorded answers, and a server that says them."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.channels.channel_facts import App, Connection, ShopFacts, Tokens
from app.channels.platforms.shopee import Shopee
from app.core.http import breaker
from app.core.wire import decoded
from tests.shipping.replay import Asked, Replay, replaying

RECORDED = Path(__file__).parent.parent / "recorded" / "channels" / "shopee"
PARTNER, KEY, TOKEN, SHOP = "2001887", "57615053704d6470644f554a7865", "59777174636562737266", "14701711"
PUSH = "https://guildhall.test/webhooks/shopee"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def raw(name: str) -> bytes:
    return (RECORDED / f"{name}.json").read_bytes()


def sample(name: str) -> Any:
    """What a recorded answer holds, read as the adapter reads it."""
    return decoded(raw(name))["response"]


def detail(**changes: Any) -> dict[str, Any]:
    """The documented order, with other members."""
    return {**sample("order_detail_response")["order_list"][0], **changes}


def told(response: Any = None, error: str = "", message: str = "", **top: Any) -> dict[str, Any]:
    answer = {"error": error, "message": message, "request_id": "b937c04e", **top}
    return answer if response is None else {**answer, "response": response}


def registration(base: str = "https://partner.shopeemobile.test", **more: Any) -> App:
    back = "https://guildhall.test/channels/shopee/return"
    return App(**{"key": PARTNER, "secret": KEY, "api": base, "redirect": back, "push": PUSH, **more})


def connection(base: str, pace: Callable[[], None] | None = None, region: str = "SG", **settings: Any) -> Connection:
    currency = {"SG": "SGD", "VN": "VND", "TW": "TWD"}[region]
    shop = ShopFacts(SHOP, "Northlight", region, currency)
    return Connection(
        registration(base), shop, Tokens(SHOP, TOKEN, "4c7259534969"), *([pace] if pace else []), settings=settings
    )


@contextmanager
def saying(*answers: Any, **more: Any) -> Iterator[tuple[Replay, Shopee]]:
    """A Shopee that gives these answers in turn, and the adapter that asks it; a tuple is (body, status, headers)."""
    with replaying() as replay:
        for one in answers:
            body, status, headers = (*one, {})[:3] if isinstance(one, tuple) else (one, 200, {})
            replay.say(body, status, **headers)
        try:
            yield replay, Shopee(connection(replay.url, **more))
        finally:
            breaker("Shopee").success()


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query, keep_blank_values=True))


def path(asked: Asked) -> str:
    return urlsplit(asked.path).path


def proven(asked: Asked) -> bool:
    """Whether a request is signed as SHOPEE.md §3 says, computed here once more from what arrived."""
    given = query(asked)
    base = f"{given['partner_id']}{path(asked)}{given['timestamp']}"
    base += given.get("access_token", "") + given.get("shop_id", "")
    return hmac.new(KEY.encode(), base.encode(), hashlib.sha256).hexdigest() == given["sign"]
