"""What operators see of other people's data: nothing that names a person unless they ask, and secrets never."""

import json
from collections.abc import Callable
from typing import Any

from app.core import logs

HIDDEN = "[hidden]"
NAMES = frozenset(
    [
        "name",
        "first_name",
        "last_name",
        "given_name",
        "family_name",
        "company",
        "recipient",
        "signed_by",
        "dob",
        "ssn",
        "street",
        "street1",
        "street2",
        "city",
        "zip",
        "postal_code",
        "customer_details",
        "billing_details",
    ]
)
SECRETS = frozenset(["secret", "token", "password", "authorization", "signature", "cookie", "apikey", "key", "cvc"])


def masked(value: Any) -> Any:
    """A message or a job's arguments for everyday reading: shape, ids, amounts and states, but nobody in it."""
    return logs.redact(None, "", {"message": _walk(value, lambda key: key in NAMES)})["message"]


def without_secrets(value: Any) -> Any:
    """A message as it came, except what opens doors."""
    return _walk(value, lambda key: not SECRETS.isdisjoint(key.split("_")))


def _walk(value: Any, hidden: Callable[[str], bool]) -> Any:
    if isinstance(value, dict):
        return {
            str(key): HIDDEN if hidden(str(key).lower()) and one is not None else _walk(one, hidden)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_walk(one, hidden) for one in value]
    return value


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)


def raw(body: bytes) -> str:
    """The bytes that came, laid out for reading when they are JSON."""
    try:
        return pretty(without_secrets(json.loads(body)))
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
