"""What the TikTok tests share: a shop's connection, the recorded answers, and a server that says them."""

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


@contextmanager
def saying(*answers: Any) -> Iterator[tuple[Replay, TikTok]]:
    """A TikTok that gives these answers in turn, and the adapter that asks it."""
    with replaying() as replay:
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
