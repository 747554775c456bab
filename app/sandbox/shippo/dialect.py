"""How Shippo speaks: tokens, three shapes of errors, ids, times, lists."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from app.sandbox.carriers import store
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Dialect, Door, Refusal, Reply, integer

NAME = "shippo"
VERSION = "2018-02-08"
OWNER = "sandbox@example.com"
TEST_FORM = "shippo_test_"
REQUIRED = "This field is required."
DETAILS = {
    400: "JSON parse error",
    404: "Not found.",
    429: "Request was throttled. Expected available in 1 second.",
    500: "Internal Server Error",
}


def fields(**wrong: Any) -> Refusal:
    """400: `{"field": ["what is wrong"]}`."""
    return Refusal(400, {name: [said] if isinstance(said, str) else said for name, said in wrong.items()})


def plain(status: int) -> Refusal:
    """`{"detail": …}`."""
    headers = {"Retry_After": "1"} if status == 429 else {}
    return Refusal(status, {"detail": DETAILS[status]}, **headers)


def no_such_page() -> Refusal:
    """Recorded: an address that no object can have is answered in HTML."""
    words = f"<h1>Not Found</h1><p>The requested URL /v1{request.path.removeprefix('/shippo')} was not found on this server.</p>"
    return Refusal(404, words.encode(), Content_Type="text/html")


def _key() -> str:
    header = request.headers.get("Authorization", "")
    if not header.startswith("ShippoToken "):
        raise Refusal(401, {"detail": "Authentication credentials were not provided."})
    key = header.removeprefix("ShippoToken ").strip()
    if not key.startswith(TEST_FORM):
        raise Refusal(401, {"detail": "Token does not exist"})
    version = request.headers.get("Shippo-API-Version", VERSION)
    if version != VERSION:
        raise fields(detail=f"Invalid API version: {version}")
    return key


blueprint = Blueprint(NAME, __name__, url_prefix=f"/{NAME}")
dialect = Dialect(
    NAME, _key, plain, per_minute=50, limit_headers="X-RateLimit", always=lambda: {"Shippo-API-Version": VERSION}
)
api = Door(blueprint, dialect)


def _nowhere(call: Call, **_: str) -> Reply:
    raise no_such_page()


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    api.on(_method, "/<path:anything>")(_nowhere)


def stamp(seconds: int) -> str:
    """A moment with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def dollars(cents: int) -> str:
    """Cents as a string."""
    return f"{cents // 100}.{cents % 100:02d}"


def new(call: Call, /, **members: Any) -> Doc:
    """The members that every object begins with."""
    now = stamp(call.scope.now())
    head = {"object_created": now, "object_updated": now, "object_id": token(), "object_owner": OWNER}
    return {**head, **members, "test": True}


def kind_of(noun: str) -> str:
    """The name under which objects are kept."""
    return f"{NAME}.{noun}"


def keep(call: Call, noun: str, doc: Doc) -> Doc:
    """Keep a new object."""
    return store.add(call.scope, kind_of(noun), doc["object_id"], doc)


def get(call: Call, noun: str, identifier: object) -> Doc:
    """The account's object; raises 404 in HTML when the id cannot be one, in JSON when it could."""
    if not re.fullmatch(r"[0-9a-f]{32}", str(identifier)):
        raise no_such_page()
    doc = store.find(call.scope, kind_of(noun), identifier)
    if doc is None:
        raise plain(404)
    return doc


def named(call: Call, noun: str, value: object, field: str) -> Doc:
    """An object that a body names by its id; raises 400."""
    doc = store.find(call.scope, kind_of(noun), value)
    if doc is None:
        raise fields(**{field: f"{noun.capitalize()} with supplied object_id not found."})
    return doc


def metadata(wish: Doc) -> str:
    """Up to 100 characters of the caller's own; raises 400."""
    said = str(wish.get("metadata") or "")
    if len(said) > 100:
        raise fields(metadata="Ensure this field has no more than 100 characters.")
    return said


def page(call: Call, noun: str, shape: Callable[[Doc], Doc] = dict, keep_if: Callable[[Doc], bool] = bool) -> Reply:
    """One page, newest first: `?page=`, `?results=` (5, at most 100)."""
    size, number = integer(call.query.get("results"), 5, 1, 100), integer(call.query.get("page"), 1, 1, 10**6)
    docs = [shape(doc) for doc in reversed(store.where(call.scope, kind_of(noun)))]
    return Reply(sheet(call, [doc for doc in docs if keep_if(doc)], number, size))


def sheet(call: Call, docs: list[Doc], number: int, size: int) -> Doc:
    """`{"next", "previous", "results"}` of the page `number`."""
    here = f"{call.base}{request.path}"
    start = (number - 1) * size
    return {
        "next": f"{here}?page={number + 1}&results={size}" if len(docs) > start + size else None,
        "previous": f"{here}?page={number - 1}&results={size}" if number > 1 else None,
        "results": docs[start : start + size],
    }
