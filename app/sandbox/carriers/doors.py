"""Doors for tests, seeds and the buttons of the page: `/_sandbox/parcels…`, `/_sandbox/request-limits`."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.stripe.scope import Scope

from . import limits, parcels, store, voids
from .services import EASYPOST, SHIPPO, SHIPSTATION
from .store import Doc

blueprint = Blueprint("carriers_doors", __name__, url_prefix="/_sandbox")
PROVIDERS = (EASYPOST, SHIPPO, SHIPSTATION)


class Missing(ValueError):
    """There is no such parcel."""


def scope(account: str = "") -> Scope:
    """The sandbox's memory, seen from an account."""
    return Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"], account)


@blueprint.errorhandler(ValueError)
def _nonsense(error: ValueError) -> tuple[Response | str, int]:
    status = 404 if isinstance(error, Missing) else 400
    if request.form and not request.is_json:
        return render_template("stripe/refused.html", message=str(error)), status
    return jsonify({"error": {"message": str(error)}}), status


def listed(limit: int = 200, provider: str | None = None, number: str | None = None) -> list[Doc]:
    """Parcels of every account, newest first, each with its `account`."""
    test, values = "", []
    for name, value in (("provider", provider), ("number", number)):
        if value:
            test += f" AND json_extract(body, '$.{name}') = ?"
            values.append(value)
    rows = scope().state.rows(
        f"SELECT body, account FROM objects WHERE kind = ?{test} ORDER BY seq DESC LIMIT ?",
        parcels.KIND,
        *values,
        limit,
    )
    return [{**_json(row["body"]), "account": row["account"]} for row in rows]


def _json(text: str) -> Doc:
    return current_app.json.loads(text)


def found(identifier: str) -> tuple[Scope, Doc]:
    """A parcel by its id, label id or tracking number, and its account's scope. Raises Missing."""
    row = scope().state.row(
        "SELECT id, account FROM objects WHERE kind = ? AND (id = ? OR json_extract(body, '$.number') = ? "
        "OR json_extract(body, '$.label') = ?) ORDER BY seq DESC LIMIT 1",
        parcels.KIND, identifier, identifier, identifier,
    )  # fmt: skip
    if row is None:
        raise Missing(f"There is no parcel {identifier}.")
    inside = scope(row["account"])
    parcel = store.find(inside, parcels.KIND, row["id"])
    assert parcel is not None
    return inside, parcel


@blueprint.get("/parcels")
def list_parcels() -> Response:
    """Parcels newest first; `?provider=`, `?number=`, `?limit=` (200) narrow it."""
    wanted = request.args
    return jsonify(listed(wanted.get("limit", 200, type=int), wanted.get("provider"), wanted.get("number")))


@blueprint.get("/parcels/<identifier>")
def show_parcel(identifier: str) -> Response:
    """One parcel by its id, its label's id or its tracking number."""
    inside, parcel = found(identifier)
    return jsonify({**parcel, "account": inside.account})


@blueprint.post("/parcels/<identifier>/scans")
def scan(identifier: str) -> AnyResponse:
    """Give the parcel a scan: `step` (see carriers.scans), `text`, `at` (seconds since 1970, may lie in the past)."""
    inside, parcel = found(identifier)
    wish = _given()
    at = int(wish["at"]) if wish.get("at") else None
    with inside.state.transaction():
        moved = parcels.move(inside, parcel, str(wish.get("step", "")), at=at, text=str(wish.get("text", "")))
    return _done(moved)


@blueprint.post("/parcels/<identifier>/void")
def decide_void(identifier: str) -> AnyResponse:
    """The carrier answers a void that was asked for: `status` refunded or rejected."""
    inside, parcel = found(identifier)
    with inside.state.transaction():
        return _done(voids.decide(inside, parcel, str(_given().get("status", ""))))


@blueprint.post("/request-limits")
def limit_requests() -> Response:
    """Refuse a `provider`'s accounts after `per_minute` requests (0: never refuse, as at first)."""
    wish = _given()
    if wish.get("provider") not in PROVIDERS:
        raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
    most = int(wish.get("per_minute", 0))
    if most < 0:
        raise ValueError("per_minute must not be negative")
    scope().state.remember(limits.setting(wish["provider"]), most)
    limits.forget()
    return jsonify({"provider": wish["provider"], "per_minute": most})


def _given() -> dict[str, Any]:
    body = request.get_json() if request.is_json else request.form.to_dict()
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


def _done(body: Any) -> AnyResponse:
    """JSON for a caller, the page for a person."""
    if request.is_json or not request.form:
        return jsonify(body)
    came_from = urlsplit(request.referrer or "")
    searched = f"?{came_from.query}" if came_from.path == "/parcels" and came_from.query else ""
    return redirect(f"/parcels{searched}", 303)
