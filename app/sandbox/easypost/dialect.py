"""How EasyPost speaks: keys, errors, ids, times, money, pages."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from app.sandbox.carriers import store
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Dialect, Door, Refusal, Reply, integer

NAME = "easypost"
KEY_FORM = "EZTK"
CODES = {
    400: ("BAD_REQUEST", "The request was not valid JSON."),
    404: ("NOT_FOUND", "The requested resource could not be found."),
    405: ("METHOD_NOT_ALLOWED", "This method is not allowed here."),
    429: ("RATE_LIMITED", "You have exceeded your rate limit. Please slow down."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred. Please contact support@easypost.com"),
}


def refusal(status: int, code: str, message: str, errors: list[Any] | None = None) -> Refusal:
    """`{"error": {"code", "message", "errors"}}`."""
    return Refusal(status, {"error": {"code": code, "message": message, "errors": errors or []}})


def missing(field: str) -> Refusal:
    """422: a parameter that must be there is not."""
    problem = {"field": field, "message": "cannot be blank"}
    return refusal(422, "PARAMETER.REQUIRED", "Missing required parameter.", [problem])


def invalid(field: str, message: str) -> Refusal:
    """422: a parameter makes no sense."""
    words = "The request could not be processed."
    return refusal(422, "UNPROCESSABLE_ENTITY", words, [{"field": field, "message": message}])


def plain(status: int) -> Refusal:
    """The plain troubles: 400, 404, 429, 500."""
    refused = refusal(status, *CODES[status])
    if status == 429:
        return Refusal(429, refused.reply.body, Retry_After="1")
    return refused


def _key() -> str:
    header = request.headers.get("Authorization", "")
    basic = request.authorization.username if request.authorization and request.authorization.type == "basic" else None
    key = basic or (header[7:].strip() if header.startswith("Bearer ") else "")
    if not key:
        raise refusal(401, "APIKEY.MISSING", "No API key was provided.")
    if not key.startswith(KEY_FORM):
        raise refusal(401, "APIKEY.INVALID", "This api key is no longer active or does not exist.")
    return key


blueprint = Blueprint(NAME, __name__, url_prefix="/easypost/v2")
dialect = Dialect(
    NAME, _key, plain, per_minute=300, always=lambda: {"x-ep-request-uuid": token(), "x-backend": "easypost"}
)
api = Door(blueprint, dialect)


def _nowhere(call: Call, **_: str) -> Reply:
    raise plain(404)


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    api.on(_method, "/<path:anything>")(_nowhere)


def stamp(seconds: int) -> str:
    """A moment as most objects have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def dollars(cents: int, digits: int = 2) -> str:
    """Cents as EasyPost writes money: a string with 2 or 5 digits."""
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}{'0' * (digits - 2)}"


def new(call: Call, prefix: str, kind: str, /, **members: Any) -> Doc:
    """The members that every object begins with."""
    now = stamp(call.scope.now())
    return {"id": f"{prefix}_{token()}", "object": kind, "created_at": now, "updated_at": now, **members}


def kind_of(noun: str) -> str:
    """The name under which objects are kept."""
    return f"{NAME}.{noun}"


def get(call: Call, noun: str, identifier: object) -> Doc:
    """The account's object; raises 404."""
    doc = store.find(call.scope, kind_of(noun), identifier)
    if doc is None:
        raise plain(404)
    return doc


def given(call: Call, wrapper: str) -> Doc:
    """The members of the object in the body; raises 422 when there are none."""
    members = call.members(wrapper)
    if not members:
        raise missing(wrapper)
    return members


def created(doc: Doc, path: str, status: int = 201) -> Reply:
    """A new object and where it is."""
    return Reply(doc, status, {"location": f"/api/v2/{path}/{doc['id']}"})


def page(call: Call, noun: str, plural: str) -> tuple[list[Doc], Reply]:
    """One page of objects, newest first, as documents and as the answer."""
    size = integer(call.query.get("page_size"), 20, 1, 100)
    docs = store.newest(call.scope, kind_of(noun), size + 1, call.query.get("before_id"), call.query.get("after_id"))
    shown = docs[:size]
    return shown, Reply({plural: shown, "has_more": len(docs) > size})
