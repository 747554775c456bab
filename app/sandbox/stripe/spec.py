"""The OpenAPI subset of the pinned version: operations, schemas, validators."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

API_VERSION = "2026-10-28.endive"
ROOT = "urn:stripe"
FORM = "application/x-www-form-urlencoded"
NOT_INCLUDED = {"deleted", "line_items", "refunds"}  # sent only when asked for by `expand`, or for a deleted object

Schema = dict[str, Any]


def _absolute(node: Any) -> Any:
    """Local references made absolute, so that a validator can be built for any part."""
    if isinstance(node, dict):
        return {
            name: ROOT + value
            if name == "$ref" and isinstance(value, str) and value.startswith("#")
            else _absolute(value)
            for name, value in node.items()
        }
    return [_absolute(item) for item in node] if isinstance(node, list) else node


SPEC: dict[str, Any] = _absolute(json.loads((Path(__file__).parent / "openapi-slim.json").read_text()))
SCHEMAS: dict[str, Schema] = SPEC["components"]["schemas"]
REGISTRY: Registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(SPEC))


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path, with the schema of its parameters and of its answer."""

    name: str
    path: str
    pattern: re.Pattern[str]
    parameters: Schema
    answer: Schema


def deref(schema: Schema) -> Schema:
    """The schema behind a reference (itself when it is none)."""
    while "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    return schema


_VALIDATORS: dict[int, Draft202012Validator] = {}


def validator(schema: Schema) -> Draft202012Validator:
    """The compiled validator of a schema that lives in SPEC (kept, because building one is slow)."""
    found = _VALIDATORS.get(id(schema))
    if found is None:
        found = _VALIDATORS[id(schema)] = Draft202012Validator(schema, registry=REGISTRY)
    return found


def _query_schema(operation: dict[str, Any]) -> Schema:
    shared = SPEC["components"]["parameters"]
    given = [shared[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one for one in operation.get("parameters", [])]
    query = [one for one in given if one["in"] == "query"]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {one["name"]: one["schema"] for one in query},
        "required": [one["name"] for one in query if one.get("required")],
    }


def _operation(path: str, method: str, item: dict[str, Any]) -> Operation:
    if method == "post":
        body = item.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema")
        parameters = body or {"type": "object", "additionalProperties": False}
    else:
        parameters = _query_schema(item)
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
    answer = item["responses"]["200"]["content"]["application/json"]["schema"]
    return Operation(item["operationId"], path, pattern, parameters, answer)


@cache
def operations() -> dict[str, list[Operation]]:
    """Every operation by method ("GET"), paths with fewer placeholders first so that the exact one wins."""
    table: dict[str, list[Operation]] = {"GET": [], "POST": [], "DELETE": []}
    for path, item in SPEC["paths"].items():
        for method in table:
            if method.lower() in item:
                table[method].append(_operation(path, method.lower(), item[method.lower()]))
    for found in table.values():
        found.sort(key=lambda one: one.path.count("{"))
    return table


def find_operation(method: str, path: str) -> tuple[Operation, list[str]] | None:
    """The operation a request asks for and the values in its path, or None."""
    for operation in operations().get(method, []):
        hit = operation.pattern.fullmatch(path)
        if hit:
            return operation, list(hit.groups())
    return None


def _nullable(schema: Schema) -> bool:
    kinds = schema.get("type")
    if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
        return True
    return any(_nullable(deref(one)) for one in schema.get("anyOf", []))


@cache
def _nulls(name: str) -> tuple[str, ...]:
    properties = SCHEMAS[name]["properties"]
    return tuple(one for one, schema in properties.items() if one not in NOT_INCLUDED and _nullable(deref(schema)))


def blank(name: str, /, **members: Any) -> dict[str, Any]:
    """An object of the schema `name` with every nullable member null, then `members`: Stripe sends nulls too."""
    kind = SCHEMAS[name]["properties"]["object"]["enum"][0]
    return {"id": None, "object": kind, **dict.fromkeys(_nulls(name)), **members}


def problems(schema: Schema, instance: Any) -> list[str]:
    """What a JSON value breaks in a schema, as sentences."""
    return [
        f"{'/'.join(map(str, error.absolute_path)) or '(body)'}: {error.message[:160]}"
        for error in validator(schema).iter_errors(instance)
    ]


@cache
def schema_of(kind: str) -> Schema | None:
    """The response schema of an object such as "charge" ("checkout.session"), by its `object` member."""
    for schema in SCHEMAS.values():
        if schema.get("properties", {}).get("object", {}).get("enum") == [kind]:
            return schema
    return None
