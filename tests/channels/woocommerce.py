"""What the WooCommerce tests share: the recorded answers, and the connection to a shop that says them (fixture `replay`)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.channels.channel_facts import App, Connection, ShopFacts, Tokens
from app.channels.platforms.woocommerce import WooCommerce
from app.core import settings
from app.core.wire import decoded
from tests.shipping.replay import Asked, Replay

RECORDED = Path(__file__).parent.parent / "recorded" / "channels" / "woocommerce"
KEY, SECRET = f"ck_{'a1' * 20}", f"cs_{'b2' * 20}"
APP = App(
    redirect="https://guildhall.example/channels/woocommerce/return",
    auth="https://guildhall.example/channels/woocommerce/keys",
    push="https://guildhall.example/webhooks/woocommerce",
)
PUSH = "https://guildhall.example/webhooks/woocommerce/7"
SINCE, UNTIL = datetime(2026, 3, 1, 10, 0, 0, 500000, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)


def recorded(name: str) -> Any:
    """A recorded answer, its amounts as Decimal."""
    return decoded((RECORDED / f"{name}.json").read_bytes())


def told(value: Any) -> Any:
    """A recorded answer as it can be said again."""
    return json.loads(json.dumps(value, default=float))


ORDER = told(recorded("order_created"))


def vectors(kind: str) -> list[dict[str, Any]]:
    found = json.loads((RECORDED / "vectors.json").read_text(encoding="utf-8"))
    return [one for one in found if one["kind"] == kind]


def sandbox_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Development's sandbox is at this address, which therefore may be called although it lies inside."""
    chosen = replace(settings.current(), sandbox_url=url)
    monkeypatch.setattr(settings, "current", lambda: chosen)


def connection(address: str, *, pace: Callable[[], None] = lambda: None, currency: str = "USD") -> Connection:
    return Connection(
        app=APP,
        shop=ShopFacts("shop", "Shop", "US", currency, address),
        tokens=Tokens("shop", KEY, SECRET),
        pace=pace,
        settings={"push": PUSH},
    )


def speaker(replay: Replay, **more: Any) -> WooCommerce:
    return WooCommerce(connection(f"{replay.url}/north", **more))


def query(path: str) -> dict[str, str]:
    """The query of a request without what proves it."""
    return {name: value for name, value in parse_qsl(urlsplit(path).query) if not name.startswith("oauth_")}


def last(replay: Replay) -> Asked:
    """The newest request."""
    return replay.asked[-1]


def where(asked: Asked) -> str:
    """Method and path inside the API, such as «POST /orders/7/notes»."""
    return f"{asked.method} {urlsplit(asked.path).path.removeprefix('/north/wp-json/wc/v3')}"
