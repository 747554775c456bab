"""The way of a request to a label provider: whose key, what trouble was asked for, the effect, and the answer."""

import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, request

from app.sandbox.stripe import faults
from app.sandbox.stripe.scope import Scope

from . import accounts, limits
from .store import Doc, token


class Refusal(Exception):
    """An answer that says no, in the provider's own shape; what the request had begun is undone."""

    def __init__(self, status: int, body: Any, **headers: str) -> None:
        super().__init__(f"{status} {body}")
        self.reply = Reply(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a `body` of None is sent empty."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request of an account. `base` is the sandbox's address as the caller wrote it; `fault` was planted for it."""

    scope: Scope
    body: Any
    query: Mapping[str, str]
    base: str
    fault: str = ""

    def members(self, name: str) -> Doc:
        """The object under `name` in the body, or nothing."""
        value = self.body.get(name) if isinstance(self.body, dict) else None
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Dialect:
    """How a provider differs: `key` names the account or raises Refusal 401, `refuse` words the plain troubles."""

    name: str
    key: Callable[[], str]
    refuse: Callable[[int], Refusal]
    per_minute: int
    limit_headers: str = ""
    always: Callable[[], Mapping[str, str]] = dict


Handler = Callable[..., Reply]
SPOILED = {
    "nonsense": Reply(["not", {"what": None}, 7]),
    "html": Reply(b"<html><h1>Error establishing a database connection</h1>", 503, {"Content-Type": "text/html"}),
}


class Door:
    """A provider's blueprint whose handlers take a Call and return a Reply."""

    def __init__(self, blueprint: Blueprint, dialect: Dialect) -> None:
        self.blueprint = blueprint
        self.dialect = dialect
        self._count = 0

    def on(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Answer `method path`, with and without a slash at the end."""

        def register(handler: Handler) -> Handler:
            @wraps(handler)
            def view(**values: str) -> Response:
                return self._answer(handler, values)

            self._count += 1
            name = f"{handler.__module__.rsplit('.', 1)[-1]}_{handler.__name__}_{self._count}"
            for spelling in (path.rstrip("/"), path.rstrip("/") + "/"):
                self.blueprint.add_url_rule(
                    spelling or "/", f"{name}{'_' * spelling.endswith('/')}", view, methods=[method]
                )
            return handler

        return register

    def _answer(self, handler: Handler, values: dict[str, str]) -> Response:
        try:
            account = self.dialect.key()
            reply = self._metered(account, handler, values)
        except Refusal as error:
            reply = error.reply
        return self._written(reply)

    def _metered(self, account: str, handler: Handler, values: dict[str, str]) -> Reply:
        scope = Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"], account)
        meter = limits.count(scope, self.dialect.name, self.dialect.per_minute)
        headers = meter.headers(self.dialect.limit_headers)
        if meter.over:
            refusal = self.dialect.refuse(429).reply
            return Reply(refusal.body, 429, {**refusal.headers, **headers, "Retry-After": str(meter.reset)})
        reply = self._serve(scope, handler, values)
        return Reply(reply.body, reply.status, {**headers, **reply.headers})

    def _serve(self, scope: Scope, handler: Handler, values: dict[str, str]) -> Reply:
        fault = faults.take_request(scope.state, request.method, request.path) or {}
        kind = fault.get("kind", "")
        if kind == "slow":
            time.sleep(float(fault.get("seconds", 1)))
        if kind == "429" or (kind == "500" and fault.get("when") != "after"):
            raise self.dialect.refuse(int(kind))
        base = request.host_url.rstrip("/")
        call = Call(scope, self._body(), request.args, base, kind)
        return self._spoiled(kind, self._handled(call, handler, values))

    def _handled(self, call: Call, handler: Handler, values: dict[str, str]) -> Reply:
        """What the handler answers; a no undoes what it had begun."""
        try:
            with call.scope.state.transaction():
                self._seen(call.scope, call.base)
                return handler(call, **values)
        except Refusal as error:
            return error.reply

    def _seen(self, scope: Scope, base: str) -> None:
        """Remember who uses a key."""
        accounts.seen(scope, self.dialect.name, base)

    def _body(self) -> Any:
        if not request.get_data():
            return {}
        try:
            return json.loads(request.get_data())
        except ValueError as error:
            raise self.dialect.refuse(400) from error

    def _spoiled(self, kind: str, reply: Reply) -> Reply:
        """What a planted fault does to the answer of something that has happened."""
        if kind == "500":
            raise self.dialect.refuse(500)
        if kind == "drop_answer":
            _hang_up()
        if kind == "invalid_json":
            whole = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            return Reply(whole[: max(1, len(whole) // 2)], reply.status, reply.headers)
        return SPOILED.get(kind, reply)

    def _written(self, reply: Reply) -> Response:
        raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        response = Response(b"" if reply.body is None else raw, reply.status, content_type="application/json")
        response.headers.update({"X-Request-Id": token(), **self.dialect.always(), **reply.headers})
        return response


def _hang_up() -> None:
    """Close the connection under the answer, as a network does: the caller cannot know what happened."""
    connection: Any = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)


def integer(value: object, default: int, least: int, most: int) -> int:
    """A whole number from a query, kept between two bounds; `default` when it is none."""
    try:
        return max(least, min(most, int(str(value))))
    except ValueError:
        return default


def decimal(value: object) -> float | None:
    """A number given as JSON number or string; None when it is neither."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None
