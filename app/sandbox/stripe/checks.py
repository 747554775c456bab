"""Requests are checked as strictly as by the real service: unknown, missing, mistyped parameters are refused."""

import re
from collections.abc import Iterable
from typing import Any

from jsonschema import ValidationError

from .errors import StripeError, refused
from .spec import Operation, Schema, deref, validator

Pairs = Iterable[tuple[str, str]]
SEGMENTS = re.compile(r"^[^\[\]]+|\[([^\[\]]*)\]")
REMOVED = {
    "PaymentIntentService.create": {"payment_method_types": "payment_method_types_no_longer_supported"},
    "PaymentIntentService.update": {"payment_method_types": "payment_method_types_no_longer_supported"},
    "PaymentIntentService.confirm": {"payment_method_types": "payment_method_types_no_longer_supported"},
}
MOST_METADATA_KEYS, LONGEST_METADATA_KEY, LONGEST_METADATA_VALUE = 50, 40, 500


def read_params(operation: Operation, pairs: Pairs) -> dict[str, Any]:
    """The form as typed JSON; raises StripeError (400) for the first thing that is wrong with it."""
    raw = nest(pairs)
    _refuse_removed(operation, raw)
    params = _typed(raw, operation.parameters)
    errors = list(validator(operation.parameters).iter_errors(params))
    if errors:
        raise _translate(_worst(errors))
    _check_metadata(params, ())
    return params


def nest(pairs: Pairs) -> dict[str, Any]:
    """`a[b][0][c]=v` as nested dictionaries of strings (lists are told apart later, by the schema)."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        path = [hit.group(1) if hit.group(0).startswith("[") else hit.group(0) for hit in SEGMENTS.finditer(name)]
        here = root
        for position, segment in enumerate(path or [name]):
            key = segment or str(len(here))
            if position == len(path) - 1:
                here[key] = value
                break
            inner = here.setdefault(key, {})
            if not isinstance(inner, dict):
                raise refused(f"Invalid parameter name: {name}", name, "parameter_invalid_name")
            here = inner
    return root


def _refuse_removed(operation: Operation, raw: dict[str, Any]) -> None:
    for param, code in REMOVED.get(operation.name, {}).items():
        if param in raw:
            raise refused(
                f"The parameter {param} is no longer supported in this API version. Leave it out to use dynamic "
                "payment methods, or pass allowed_payment_method_types or excluded_payment_method_types.",
                param,
                code,
            )


# --- strings to the types of the schema -----------------------------------------------------------------------------
def _typed(value: Any, schema: Schema) -> Any:
    schema = deref(schema)
    if "anyOf" in schema:
        return _first_fitting(value, schema["anyOf"])
    kinds = schema.get("type") or []
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, str):
        return _scalar(value, kinds)
    if isinstance(value, dict) and "array" in kinds and all(key.isdigit() for key in value):
        return [_typed(value[key], schema.get("items", {})) for key in sorted(value, key=int)]
    if isinstance(value, dict):
        return {name: _typed(inner, _member(schema, name)) for name, inner in value.items()}
    return value


def _first_fitting(value: Any, choices: list[Schema]) -> Any:
    for choice in choices:
        typed = _typed(value, choice)
        if validator(choice).is_valid(typed):
            return typed
    return value


def _scalar(text: str, kinds: list[str]) -> Any:
    if "integer" in kinds and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


def _member(schema: Schema, name: str) -> Schema:
    rest = schema.get("additionalProperties")
    return schema.get("properties", {}).get(name) or (rest if isinstance(rest, dict) else {})


# --- what is wrong, in Stripe's words -------------------------------------------------------------------------------
def _worst(errors: list[ValidationError]) -> ValidationError:
    """The error to tell: an unknown name before a missing one before a wrong value; inside a choice, the deepest."""
    order = {"additionalProperties": 0, "required": 1}
    error = min(errors, key=lambda one: order.get(str(one.validator), 2))
    while error.validator == "anyOf" and error.context:
        inner = [one for one in error.context if one.validator in order or len(one.relative_path)]
        if not inner:
            break
        error = min(inner, key=lambda one: (order.get(str(one.validator), 2), -len(one.relative_path)))
    return error


def bracketed(path: Iterable[Any]) -> str:
    """A path of names as a form writes it: `line_items[0][price]`."""
    first, *rest = [str(step) for step in path] or [""]
    return first + "".join(f"[{step}]" for step in rest)


def _translate(error: ValidationError) -> StripeError:
    path = list(error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = next(name for name in error.instance if name not in known)
        name = bracketed([*path, unknown])
        return refused(f"Received unknown parameter: {name}", name, "parameter_unknown")
    if error.validator == "required":
        absent = next(one for one in error.schema["required"] if one not in error.instance)
        name = bracketed([*path, absent])
        return refused(f"Missing required param: {name}.", name, "parameter_missing")
    return _wrong_value(bracketed(path), error)


def _wrong_value(name: str, error: ValidationError) -> StripeError:
    value = error.instance
    if value == "":
        return refused(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a field; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            name,
            "parameter_invalid_empty",
        )
    if error.validator == "enum":
        return refused(f"Invalid {name}: must be one of {', '.join(map(str, error.validator_value))}", name)
    wanted = error.validator_value if error.validator == "type" else None
    if wanted == "integer":
        return refused(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    if wanted == "boolean":
        return refused(f"Invalid boolean: {value}", name)
    if wanted in ("object", "array"):
        return refused(f"Invalid {'hash' if wanted == 'object' else wanted}", name)
    return refused(f"Invalid value for {name}: {error.message[:120]}", name)


def _check_metadata(params: Any, path: tuple[Any, ...]) -> None:
    if isinstance(params, list):
        for position, item in enumerate(params):
            _check_metadata(item, (*path, position))
    if not isinstance(params, dict):
        return
    for name, value in params.items():
        if name == "metadata" and isinstance(value, dict):
            _check_limits(value, bracketed((*path, name)))
        else:
            _check_metadata(value, (*path, name))


def _check_limits(metadata: dict[str, str], name: str) -> None:
    if len(metadata) > MOST_METADATA_KEYS:
        raise refused(f"Metadata can have at most {MOST_METADATA_KEYS} keys.", name)
    for key, value in metadata.items():
        if len(key) > LONGEST_METADATA_KEY:
            raise refused(
                f"Metadata keys can have up to {LONGEST_METADATA_KEY} characters, but you passed in a key that is "
                f"{len(key)} characters. Invalid key: {key}",
                name,
            )
        if len(str(value)) > LONGEST_METADATA_VALUE:
            raise refused(
                f"Metadata values can have up to {LONGEST_METADATA_VALUE} characters, but you passed in a value that "
                f"is {len(str(value))} characters. Invalid value: {value}",
                f"{name}[{key}]",
            )
