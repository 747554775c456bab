"""Doors for tests: `/_sandbox/push/receivers` makes browsers that listen, ends them, plants answers and tells what reached them."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from app.sandbox.config import SandboxConfig

from .receivers import Fault, Receivers, encoded

blueprint = Blueprint("push_doors", __name__, url_prefix="/_sandbox/push/receivers")
STATUSES = (400, 404, 410, 413, 429, 500, 503)


@blueprint.errorhandler(ValueError)
def _nonsense(error: ValueError) -> tuple[Response, int]:
    return jsonify({"error": {"message": str(error)}}), 400


def receivers() -> Receivers:
    return current_app.extensions["sandbox.push"]


@blueprint.post("")
def subscribe() -> Response:
    """A browser that subscribes with `key`, the application server's (any, when it is left out)."""
    made = receivers().subscribe(str(_given().get("key", "")))
    config: SandboxConfig = current_app.config["SANDBOX"]
    keys = {"p256dh": encoded(made.point), "auth": encoded(made.auth)}
    return jsonify({"token": made.token, "endpoint": f"{config.base_url}/push/{made.token}", "keys": keys})


@blueprint.get("/<token>/messages")
def messages(token: str) -> Response:
    """What reached it, newest first: `body` as it was opened, and the headers that a push service reads."""
    return jsonify(receivers().messages(token))


@blueprint.post("/<token>/faults")
def plant(token: str) -> Response:
    """Answer `status` to the next `times` messages (1), with `retry_after` seconds."""
    given = _given()
    status, times, wait = given.get("status"), given.get("times", 1), given.get("retry_after")
    if status not in STATUSES or not isinstance(times, int) or times < 1:
        raise ValueError(f"status must be one of {', '.join(map(str, STATUSES))}, times a whole number from 1")
    receivers().plant(token, Fault(status, wait if isinstance(wait, int) else None), times)
    return jsonify({"status": status, "times": times})


@blueprint.delete("/<token>")
def end(token: str) -> Response:
    """The browser unsubscribes."""
    receivers().end(token)
    return jsonify({"ended": token})


def _given() -> dict[str, Any]:
    given = request.get_json()
    if not isinstance(given, dict):
        raise ValueError("The body must be a JSON object.")
    return given
