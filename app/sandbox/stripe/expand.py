"""`expand`: ids in an answer replaced by the objects they stand for."""

from typing import Any

from . import objects, refunds
from .errors import refused
from .objects import Doc
from .scope import Scope
from .spec import deref, schema_of

DEEPEST = 4


def expand(scope: Scope, answer: Doc, paths: list[str]) -> Doc:
    """The answer with every path expanded; raises 400 for one that cannot be."""
    for path in paths:
        steps = path.split(".")
        if len(steps) - (steps[0] == "data") > DEEPEST:
            raise refused(f"You can only expand up to {DEEPEST} levels. ({path})", "expand")
        if answer.get("object") == "list" and steps[0] == "data" and len(steps) > 1:
            for item in answer["data"]:
                _walk(scope, item, steps[1:], path)
        else:
            _walk(scope, answer, steps, path)
    return answer


def _walk(scope: Scope, here: Doc, steps: list[str], path: str) -> None:
    name, *rest = steps
    value = _value(scope, here, name, path)
    here[name] = value
    if not rest or value is None:
        return
    if isinstance(value, dict) and value.get("object") == "list" and rest[0] == "data":
        rest = rest[1:]
        value = value["data"]
    for item in value if isinstance(value, list) else [value]:
        if rest and isinstance(item, dict):
            _walk(scope, item, rest, path)


def _value(scope: Scope, here: Doc, name: str, path: str) -> Any:
    extra = _listed(scope, here, name)
    if extra is not None:
        return extra
    if name not in here:
        raise refused(f"This property cannot be expanded ({path}).", "expand")
    value = here[name]
    if isinstance(value, str):
        kind = _kind_behind(here, name)
        if kind is None:
            raise refused(f"This property cannot be expanded ({path}).", "expand")
        return load(scope, kind, value) or value
    return value


def _listed(scope: Scope, here: Doc, name: str) -> Doc | None:
    """Lists that are sent only when asked for."""
    if here.get("object") == "checkout.session" and name == "line_items":
        items = objects.secret_of(scope, here["id"])["items"]
        return {
            "object": "list",
            "data": items[:10],
            "has_more": len(items) > 10,
            "url": f"/v1/checkout/sessions/{here['id']}/line_items",
        }
    if here.get("object") == "charge" and name == "refunds":
        found = refunds.search(scope, {"charge": here["id"]})
        return {**found, "url": f"/v1/charges/{here['id']}/refunds"}
    return None


def _kind_behind(here: Doc, name: str) -> str | None:
    """The object that an id stands for, by the answer's schema (None when it is no reference)."""
    if name == "balance_transaction" or name.endswith("_balance_transaction"):
        return "balance_transaction"
    schema = schema_of(here.get("object", "")) or {}
    for choice in schema.get("properties", {}).get(name, {}).get("anyOf", []):
        kinds = deref(choice).get("properties", {}).get("object", {}).get("enum")
        if kinds:
            return kinds[0]
    return "payment_method" if name == "payment_method" else None


def load(scope: Scope, kind: str, identifier: str) -> Doc | None:
    """The object of an id, also when it lives on the other side (a destination, its payment)."""
    owner = objects.owner(scope.state, identifier)
    if owner is None or (scope.account and owner not in ("", scope.account)):
        return None
    return objects.find(scope.on(owner), kind, identifier)
