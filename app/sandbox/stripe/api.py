"""The way of a request through `/v1`: who asks, what is asked, whether it was asked before, and the answer."""

import json
import logging
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Request, Response, current_app, request

from app.sandbox.config import SandboxConfig
from app.sandbox.state import State

from . import accounts, faults
from .checks import read_params
from .errors import StripeError
from .expand import expand
from .idempotency import Answer, Keys, digest
from .ids import new_id
from .objects import Doc
from .routes import HANDLERS
from .scope import Scope
from .spec import API_VERSION, Operation, find_operation, problems

blueprint = Blueprint("stripe_api", __name__)
log = logging.getLogger("sandbox.stripe")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has passed every check and may be executed."""

    scope: Scope
    operation: Operation
    values: list[str]
    params: Doc


@blueprint.route("/v1/<path:_rest>", methods=["GET", "POST", "DELETE"])
def answer(_rest: str) -> Response:
    """Answer any call of the API."""
    state: State = current_app.extensions["sandbox.state"]
    config: SandboxConfig = current_app.config["SANDBOX"]
    request_id = new_id("req")
    account = request.headers.get("Stripe-Account", "")
    try:
        require_key(request, config)
        asked = _read(Scope(state, config, account, request_id, request.headers.get("Idempotency-Key")))
        return _once(asked) if request.method == "POST" else _respond(_execute(asked))
    except StripeError as error:
        return _respond(_refusal(error, request_id))


def require_key(given: Request, config: SandboxConfig) -> None:
    """Raise 401 unless the request carries the secret key (as a bearer token or as the user of basic auth)."""
    basic = given.authorization.username if given.authorization and given.authorization.type == "basic" else None
    header = given.headers.get("Authorization", "")
    key = basic or (header[7:].strip() if header.startswith("Bearer ") else "")
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    good = key == config.secret_key if config.secret_key else key.startswith("sk_test_")
    if not good:
        raise StripeError(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}", status=401)


def _pairs() -> list[tuple[str, str]]:
    if request.method == "POST":
        return parse_qsl(request.get_data(as_text=True), keep_blank_values=True)
    return parse_qsl(request.query_string.decode(), keep_blank_values=True)


def _read(scope: Scope) -> Asked:
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(f"The sandbox speaks only Stripe API version {API_VERSION}, not {version}.")
    found = find_operation(request.method, request.path)
    if found is None:
        raise StripeError(
            f"Unrecognized request URL ({request.method}: {request.path}). Please see "
            "https://stripe.com/docs or we can help at https://support.stripe.com/.",
            status=404,
        )
    operation, values = found
    if operation.name not in HANDLERS:
        raise StripeError(
            f"The sandbox does not offer {operation.name} ({request.method} {operation.path}).", status=404
        )
    params = read_params(operation, _pairs())
    if scope.account:
        accounts.reachable(scope, scope.account)
    return Asked(scope, operation, values, params)


def _once(asked: Asked) -> Response:
    """Execute a POST at most once per idempotency key."""
    scope, keys = asked.scope, current_app.extensions["sandbox.keys"]
    key = scope.idempotency_key
    if not key:
        return _respond(_execute(asked))
    wanted = digest(request.method, request.path, _pairs())
    stored = keys.begin(scope.account, key, wanted)
    if stored:
        return _respond(stored, replayed=True)
    try:
        return _respond(_execute(asked, keys, wanted))
    finally:
        keys.end(scope.account, key)


def _execute(asked: Asked, keys: Keys | None = None, wanted: str = "") -> Answer:
    scope = asked.scope
    fault = faults.take_request(scope.state, request.method, request.path) or {}
    _trouble_before(fault)
    with scope.state.transaction():
        answer = _run(asked)
        if fault.get("kind") == "500":
            answer = _refusal(_broken(), scope.request_id or "")
        if keys and scope.idempotency_key:
            keys.keep(scope.account, scope.idempotency_key, wanted, answer)
    if fault.get("kind") == "drop_answer":
        _hang_up()
    if fault.get("kind") == "invalid_json":
        return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.request_id)
    return answer


def _trouble_before(fault: faults.Fault) -> None:
    """A slow request waits here (its key is in flight); a refused one is neither executed nor remembered."""
    kind = fault.get("kind")
    if kind == "slow":
        time.sleep(float(fault.get("seconds", 1)))
    if kind == "429":
        raise StripeError("Too many requests in a period of time.", status=429, code="rate_limit")
    if kind == "500" and fault.get("when") != "after":
        raise _broken()


def _broken() -> StripeError:
    return StripeError("An unknown error occurred.", status=500)


def _run(asked: Asked) -> Answer:
    """The handler's answer; what a refused request had begun is undone, unless the error says it stays."""
    scope = asked.scope
    kept: StripeError | None = None
    try:
        with scope.state.transaction():
            try:
                body = HANDLERS[asked.operation.name](scope, asked.params, *asked.values)
            except StripeError as error:
                if not error.keeps:
                    raise
                kept = error
    except StripeError as error:
        return _refusal(error, scope.request_id or "")
    if kept:
        return _refusal(kept, scope.request_id or "")
    return _checked(asked, expand(scope, body, asked.params.get("expand") or []))


def _checked(asked: Asked, body: Doc) -> Answer:
    if asked.scope.config.check_answers:
        wrong = problems(asked.operation.answer, body)
        if wrong and not body.get("deleted"):
            raise AssertionError(f"{asked.operation.name} answers against its schema: {wrong[:5]}")
    return Answer(200, json.dumps(body, indent=2), asked.scope.request_id or "")


def _refusal(error: StripeError, request_id: str) -> Answer:
    return Answer(error.status, json.dumps(error.body, indent=2), request_id)


def _respond(answer: Answer, replayed: bool = False) -> Response:
    response = Response(answer.body, answer.status, content_type="application/json")
    response.headers["Request-Id"] = answer.request_id
    response.headers["Stripe-Version"] = API_VERSION
    for name in ("Idempotency-Key", "Stripe-Account"):
        if name in request.headers:
            response.headers[name] = request.headers[name]
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
        response.headers["Original-Request"] = answer.request_id
    log.info("%s %s %s", request.method, request.path, answer.status)
    return response


def _hang_up() -> None:
    """Close the connection under the answer, as a network does: the caller cannot know what happened."""
    connection: Any = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
