"""Facts that are announced: kept for `GET /v1/events`, and queued for every endpoint that listens."""

import json
from typing import Any

from . import objects, postbox
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import API_VERSION, blank, problems, schema_of


def announce(scope: Scope, kind: str, doc: Doc, before: Doc | None = None) -> Doc:
    """Record that `kind` happened to `doc` (as it is now) and queue its delivery, in the caller's transaction.

    `before` holds the earlier values of the members that an update changed.
    """
    _check(scope, doc)
    endpoints = postbox.listeners(scope, kind)
    data: Doc = {"object": json.loads(json.dumps(doc))}
    if before is not None:
        data["previous_attributes"] = before
    event = blank(
        "Event",
        id=new_id("evt"),
        type=kind,
        created=scope.now(),
        livemode=False,
        api_version=API_VERSION,
        pending_webhooks=len(endpoints),
        data=data,
        request={"id": scope.request_id, "idempotency_key": scope.idempotency_key},
    )
    del event["context"]
    if scope.account:
        event["account"] = scope.account
    else:
        del event["account"]
    objects.add(scope, event)
    postbox.post(scope.state, event, endpoints)
    return event


def _check(scope: Scope, doc: Doc) -> None:
    """Hold what is announced against its schema, where the configuration asks for it."""
    schema = schema_of(doc["object"]) if scope.config.check_answers else None
    wrong = problems(schema, doc) if schema else []
    if wrong:
        raise AssertionError(f"An announced {doc['object']} is against its schema: {wrong[:5]}")


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One event."""
    return objects.get(scope, "event", identifier)


def search(scope: Scope, params: Doc) -> Doc:
    """Events, newest first; `type` may end in `*`."""
    extra: str = ""
    values: list[str] = []
    wanted = [params["type"]] if "type" in params else params.get("types") or []
    if wanted:
        extra += " AND (" + " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in wanted) + ")"
        values += wanted
    if "delivery_success" in params:
        extra += " AND json_extract(body, '$.pending_webhooks') " + ("= 0" if params["delivery_success"] else "> 0")
    return objects.listing(scope, "event", params, "/v1/events", (), extra, tuple(values))


def previous(old: Doc, new: Doc) -> dict[str, Any]:
    """The members of `old` that differ in `new`."""
    return {name: value for name, value in old.items() if new.get(name) != value}
