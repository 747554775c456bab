"""A sandbox on a free port, driven through the official library; and a receiver for its webhooks."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from werkzeug.serving import BaseWSGIServer, make_server

from app.sandbox.config import SandboxConfig
from app.sandbox.server import create_sandbox
from tests.letters import Letter, Letters, postbox

SECRETS = {"/webhooks/stripe": "whsec_account", "/webhooks/stripe-connect": "whsec_connect"}


@dataclass
class Receiver(Letters):
    """What the application's two webhook endpoints received; with another `status` than 200 they refuse."""

    received: list[tuple[str, stripe.Event]] = field(default_factory=list)

    def take(self, letter: Letter) -> int:
        """Verify with the official library, then remember."""
        event = stripe.Webhook.construct_event(letter.raw, letter.headers["Stripe-Signature"], SECRETS[letter.path])
        if self.status == 200:
            self.received.append((letter.path, event))
        return super().take(letter)

    def types(self, path: str | None = None) -> list[str]:
        return [event.type for where, event in self.received if path in (None, where)]

    def wait_for(self, kind: str, count: int = 1) -> list[stripe.Event]:
        """The events of a type, as soon as there are `count`."""
        wait_until(lambda: self.types().count(kind) >= count, f"{count} × {kind}, got {self.types()}")
        return [event for _, event in self.received if event.type == kind]

    def clear(self) -> None:
        self.received.clear()
        self.found.clear()


def wait_until(true: Callable[[], Any], what: str, seconds: float = 15) -> None:
    """Poll until something holds; fail with `what` when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"never happened: {what}")


@dataclass
class Sandbox:
    """A running sandbox: its address, the official client pointed at it, and its own doors."""

    url: str
    client: stripe.StripeClient
    receiver: Receiver
    config: SandboxConfig
    http: requests.Session = field(default_factory=requests.Session)

    def post(self, path: str, /, **body: Any) -> Any:
        """Call a door of the sandbox and expect it to open."""
        answer = self.http.post(f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def pay(self, session: Any, card: str = "4242424242424242", **body: Any) -> requests.Response:
        """Pay through the fast door."""
        url = f"{self.url}/_sandbox/checkout/{session.id}/pay"
        return self.http.post(url, json={"card": card, **body}, timeout=20)

    def effects(self, kind: str | None = None) -> list[dict[str, Any]]:
        return self.http.get(f"{self.url}/_sandbox/effects", params={"kind": kind}, timeout=20).json()

    def session(self, amount: int = 5000, currency: str = "usd", **more: Any) -> Any:
        """An open Checkout Session with one line."""
        return self.client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "http://shop.test/done?session={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://shop.test/cart",
                "line_items": [line(amount, currency)],
                **more,
            }
        )

    def charge(self, amount: int = 5000, card: str = "4242424242424242", **more: Any) -> Any:
        """A charge paid through Checkout."""
        session = self.session(amount, **more)
        assert self.pay(session, card).status_code == 200
        paid = self.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
        return paid.payment_intent.latest_charge

    def seller(self, state: str = "enabled") -> str:
        """A connected account in a state."""
        account = self.client.v1.accounts.create(
            {"type": "express", "country": "US", "capabilities": {"transfers": {"requested": True}}}
        )
        if state != "new":
            self.post(f"accounts/{account.id}", state=state)
        return account.id


def line(amount: int, currency: str = "usd", name: str = "Mug", quantity: int = 1) -> dict[str, Any]:
    """A line item with its own price."""
    return {
        "quantity": quantity,
        "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": name}},
    }


def connect(url: str, **options: Any) -> stripe.StripeClient:
    """The official client, unmodified, pointed at a sandbox."""
    bases = dict.fromkeys(("api", "connect", "files", "meter_events"), url)
    return stripe.StripeClient(
        "sk_test_sandbox", base_addresses=bases, http_client=stripe.RequestsClient(timeout=(3, 20)), **options
    )


def serve(config: SandboxConfig) -> tuple[Any, BaseWSGIServer]:
    """Start a sandbox with its background work on its configured port."""
    app = create_sandbox(config)
    server = make_server("127.0.0.1", config.port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for start in app.extensions["sandbox.start"]:
        start()
    return app, server


def halt(app: Any, server: BaseWSGIServer) -> None:
    """Stop a sandbox as its command does."""
    server.shutdown()
    server.server_close()
    for stop in reversed(app.extensions["sandbox.stop"]):
        stop()


def free_port() -> int:
    """A port nobody listens on."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as probe:
        return int(probe.server_address[1])


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with postbox(Receiver()) as one:
        yield one


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Sandbox]:
    config = config_for(tmp_path_factory.mktemp("sandbox"), receiver)
    app, server = serve(config)
    yield Sandbox(config.base_url, connect(config.base_url), receiver, config)
    halt(app, server)


def config_for(data: Path, ours: Letters) -> SandboxConfig:
    """A configuration on free ports that reports to our address and checks its own answers."""
    port = free_port()
    return SandboxConfig(
        data=data,
        port=port,
        smtp_port=free_port(),
        app_url=ours.url,
        base_url=f"http://127.0.0.1:{port}",
        webhook_secret=SECRETS["/webhooks/stripe"],
        connect_webhook_secret=SECRETS["/webhooks/stripe-connect"],
        check_answers=True,
    )


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    """An empty sandbox."""
    running.post("reset")
    running.receiver.status = 200
    running.receiver.clear()
    yield running
    running.http.delete(f"{running.url}/_sandbox/faults", timeout=20)


def body_of(error: Exception) -> dict[str, Any]:
    """The JSON of an error answer."""
    return json.loads(error.http_body)  # type: ignore[attr-defined]
