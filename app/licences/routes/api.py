"""The public interface for programs: activate, validate, deactivate. Documented in docs/licences.md and /api/v1/openapi.json."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from flask_limiter.errors import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from app.core import db
from app.core.errors import NotFound
from app.core.web.access import programs as asked_by_programs
from app.core.web.csrf import csrf
from app.core.web.limits import address, limit
from app.licences import actions, errors, openapi, queries
from app.licences.models import Licence, LicenceActivation
from app.licences.routes import asked, programs
from app.licences.states import State, expiry_of, state_of

csrf.exempt(programs)
BASE = "/api/v1/licences"
PER_ADDRESS, PER_KEY = "60/minute", "60/minute"
CODES = {
    State.REVOKED: "licence_revoked",
    State.DISABLED: "licence_disabled",
    State.EXPIRED: "licence_expired",
}


def call(verb: str) -> Callable[[Callable[[], Response]], Any]:
    """A call that programs post, counted for the address it comes from and for the key it brings."""

    def decorate(view: Callable[[], Response]) -> Any:
        counted = limit(PER_ADDRESS, key_func=address)(
            limit(PER_KEY, key_func=asked.counted_key)(asked_by_programs(view))
        )
        return programs.post(f"{BASE}/{verb}")(counted)

    return decorate


@call("activate")
def activate() -> Response:
    """Take a seat, or find the one that this device has."""
    wanted = asked.parsed()
    if not wanted.fingerprint:
        raise errors.InvalidRequest("Send a stable `fingerprint` of this device, such as a random text that you store.")
    found = _found(wanted)
    with db.workspace(found.workspace_id):
        taken = actions.activate(found.licence_id, wanted.fingerprint, wanted.name)
        licence = queries.locked(found.licence_id)
        answer = {
            "activated": True,
            "activation": _seat(taken.seat),
            "licence": _licence(licence),
            "file": actions.signed_file(licence, taken.seat),
        }
    return _answer(answer, 200 if taken.again else 201)


@call("validate")
def validate() -> Response:
    """Whether the key is good, and the seat when one is named. A known key is answered with 200, good or not."""
    wanted = asked.parsed()
    found = _found(wanted)
    with db.workspace(found.workspace_id):
        licence = queries.one(found.licence_id).licence
        named = wanted.activation_id is not None or bool(wanted.fingerprint)
        seat = queries.seat(licence, wanted.activation_id, wanted.fingerprint) if named else None
        code = _code(licence, named, seat)
        if seat is not None:
            actions.seen(seat)
        answer = {
            "valid": code is None,
            "code": code,
            "activation": _seat(seat) if seat else None,
            "licence": _licence(licence),
            "file": actions.signed_file(licence, seat) if seat and code is None else None,
        }
    return _answer(answer)


def _code(licence: Licence, named: bool, seat: LicenceActivation | None) -> str | None:
    """Why it is not good; None when it is."""
    return CODES.get(state_of(licence)) or ("activation_not_found" if named and seat is None else None)


@call("deactivate")
def deactivate() -> Response:
    """Give the seat back, also of a licence that has ended."""
    wanted = asked.parsed()
    if wanted.activation_id is None and not wanted.fingerprint:
        raise errors.InvalidRequest("Send `activation_id` or `fingerprint`.")
    found = _found(wanted)
    with db.workspace(found.workspace_id):
        actions.deactivate(found.licence_id, wanted.activation_id, wanted.fingerprint)
        answer = {"deactivated": True, "licence": _licence(queries.one(found.licence_id).licence)}
    return _answer(answer)


@programs.get(f"{BASE}/keys/<workspace_name>")
@limit(PER_ADDRESS, key_func=address)
@asked_by_programs
def public_keys(workspace_name: str) -> Response:
    """The keys that check a workspace's licence files, the one that signs now first. The next one signs nothing yet."""
    found = queries.public_keys(workspace_name)
    rows = [
        {
            "key_id": str(one.id),
            "algorithm": "Ed25519",
            "public_key": one.written,
            "started_at": actions.stamp(one.started_at) if one.started_at else None,
            "retired_at": actions.stamp(one.retired_at) if one.retired_at else None,
        }
        for one in found
    ]
    return _answer({"workspace_id": str(found[0].workspace_id), "format": actions.FORMAT, "keys": rows})


@programs.get("/api/v1/openapi.json")
@limit(PER_ADDRESS, key_func=address)
@asked_by_programs
def document() -> Response:
    """This interface, as OpenAPI 3.1."""
    return _answer(openapi.document())


def _found(wanted: asked.Asked) -> queries.Found:
    found = queries.find(wanted.key, wanted.product, wanted.workspace)
    if found is None:
        raise errors.LicenceNotFound
    return found


def _licence(licence: Licence) -> dict[str, Any]:
    ends = expiry_of(licence)
    return {
        "id": str(licence.id),
        "state": state_of(licence).value,
        "product_id": str(licence.product_id),
        "product": licence.product.title,
        "variant": licence.variant.title if licence.variant else "",
        "activation_limit": licence.activation_limit,
        "activations_used": len(licence.seats),
        "issued_at": actions.stamp(licence.issued_at) if licence.issued_at else None,
        "expires_at": actions.stamp(ends) if ends else None,
    }


def _seat(seat: LicenceActivation) -> dict[str, Any]:
    return {
        "id": str(seat.id),
        "name": seat.name,
        "fingerprint": seat.fingerprint,
        "created_at": actions.stamp(seat.created_at),
    }


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def _refused(code: str, message: str, status: int) -> Response:
    return _answer({"error": {"code": code, "message": message}}, status)


@programs.errorhandler(errors.ApiRefused)
def refused(refusal: errors.ApiRefused) -> Response:
    return _refused(refusal.code, refusal.message, refusal.status)


@programs.errorhandler(NotFound)
def nowhere(_: NotFound) -> Response:
    return _refused("not_found", "There is nothing at this address.", 404)


@programs.errorhandler(RateLimitExceeded)
def too_often(_: RateLimitExceeded) -> Response:
    """The limiter adds Retry-After on the way out."""
    return refused(errors.RateLimited())


@programs.errorhandler(HTTPException)
def unread(error: HTTPException) -> Response:
    if error.code == 413:
        return refused(errors.TooLarge())
    if error.code == 400:
        return refused(errors.InvalidRequest())
    return _refused("not_found" if error.code == 404 else "invalid_request", str(error.description), error.code or 500)


@programs.after_request
def open_to_every_origin(response: Response) -> Response:
    """A program in a page may ask too: there is no cookie here that another site could use. Flask itself answers OPTIONS."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Cache-Control"] = "no-store"
    return response
