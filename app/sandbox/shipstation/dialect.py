"""How ShipStation speaks: keys, errors with a source and a type, ids, times, money, lists."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, request

from app.sandbox.carriers import store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Dialect, Door, Refusal, Reply, integer

NAME = "shipstation"
KEY_FORM = "TEST_"
OURS = "ShipStation"
PREFIX = f"/{NAME}/v2"
PLAIN = {
    400: ("validation", "request_body_required", "Request body cannot be empty or invalid."),
    401: ("security", "unauthorized", "The API key is invalid. Please see https://docs.shipstation.com/authentication"),
    404: ("validation", "not_found", "The requested resource was not found."),
    429: ("system", "rate_limit_exceeded", "The rate limit was exceeded. Please wait and try again."),
    500: ("system", "unspecified", "Something went wrong."),
}


def problem(kind: str, code: str, message: str, source: str = OURS, **more: Any) -> Doc:
    """One entry of `errors`."""
    return {"error_source": source, "error_type": kind, "error_code": code, "message": message, **more}


def refusal(status: int, *problems: Doc, **headers: str) -> Refusal:
    """`{"request_id", "errors": […]}`."""
    return Refusal(status, {"request_id": str(uuid4()), "errors": list(problems)}, **headers)


def plain(status: int) -> Refusal:
    """The plain troubles."""
    headers = {"Retry_After": "1"} if status == 429 else {}
    return refusal(status, problem(*PLAIN[status]), **headers)


def required(field: str) -> Refusal:
    """400: a field that must be there is not."""
    return refusal(
        400, problem("validation", "field_value_required", f"{field} should not be empty.", field_name=field)
    )


def invalid(field: str, message: str, value: Any = None) -> Refusal:
    """400: a field makes no sense."""
    more = {"field_name": field, "field_value": value}
    return refusal(400, problem("validation", "invalid_field_value", message, **more))


def business(code: str, message: str, status: int = 400) -> Refusal:
    """A request that is well formed and cannot be done."""
    return refusal(status, problem("business_rules", code, message))


def _key() -> str:
    key = request.headers.get("api-key", "")
    if not key.startswith(KEY_FORM):
        raise plain(401)
    return key


blueprint = Blueprint(NAME, __name__, url_prefix=PREFIX)
dialect = Dialect(NAME, _key, plain, per_minute=20, limit_headers="X-Rate-Limit")
api = Door(blueprint, dialect)


def _nowhere(call: Call, **_: str) -> Reply:
    raise plain(404)


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    api.on(_method, "/<path:anything>")(_nowhere)


def stamp(seconds: int) -> str:
    """A moment with seven digits behind the seconds, which strict parsers do not expect."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")


def money(cents: int) -> Doc:
    """Cents as ShipStation writes money: a JSON number."""
    return {"currency": "usd", "amount": round(cents / 100, 2)}


def number(call: Call) -> str:
    """A new id."""
    return f"se-{store.number(call.scope)}"


def kind_of(noun: str) -> str:
    """The name under which objects are kept."""
    return f"{NAME}.{noun}"


def get(call: Call, noun: str, identifier: object) -> Doc:
    """The account's object; raises 404."""
    doc = store.find(call.scope, kind_of(noun), identifier)
    if doc is None:
        kind = problem("validation", "not_found", f"Unable to find a {noun} with ID '{identifier}'.")
        raise refusal(404, kind)
    return doc


def choice(wish: Doc, name: str, choices: tuple[str, ...], default: str) -> str:
    """A member that must be one of some words; raises 400."""
    value = wish.get(name) or default
    if value not in choices:
        raise invalid(name, f"{name} must be one of {', '.join(choices)}.", value)
    return str(value)


def page(call: Call, plural: str, docs: list[Doc]) -> Reply:
    """One page of `docs`: `?page=`, `?page_size=` (25), `?sort_dir=` (desc)."""
    size, which = integer(call.query.get("page_size"), 25, 1, 500), integer(call.query.get("page"), 1, 1, 10**6)
    rows = docs if call.query.get("sort_dir") == "asc" else docs[::-1]
    pages = max(1, -(-len(docs) // size))
    here = f"{call.base}{request.path}?page_size={size}&page="
    links: Doc = {"first": {"href": f"{here}1"}, "last": {"href": f"{here}{pages}"}, "prev": {}, "next": {}}
    if which > 1:
        links["prev"] = {"href": f"{here}{which - 1}"}
    if which < pages:
        links["next"] = {"href": f"{here}{which + 1}"}
    shown = rows[(which - 1) * size : which * size]
    return Reply({plural: shown, "total": len(docs), "page": which, "pages": pages, "links": links})
