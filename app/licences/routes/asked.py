"""What a program sends: JSON or a form, checked field by field. Private to licences."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request

from app.licences import keys
from app.licences.errors import InvalidRequest, TooLarge

LARGEST = 16 * 1024
"""Of a request's body, in bytes."""
LONGEST = {"key": keys.LONGEST, "product": 36, "workspace": 100, "fingerprint": 200, "name": 120, "activation_id": 36}


@dataclass(frozen=True)
class Asked:
    """`key` as it was sent, and where it is to be looked for: a product's id or a workspace (its id or address)."""

    key: str = field(repr=False)
    product: UUID | None
    workspace: str
    fingerprint: str
    name: str
    activation_id: UUID | None


def parsed() -> Asked:
    """Raises InvalidRequest, TooLarge."""
    sent = _fields()
    product, workspace = _id(sent, "product"), sent["workspace"]
    if not sent["key"]:
        raise InvalidRequest("Send the licence key as `key`.")
    if product is None and not workspace:
        raise InvalidRequest("Send `product` (its id) or `workspace` (its id or address).")
    return Asked(sent["key"], product, workspace, sent["fingerprint"], sent["name"], _id(sent, "activation_id"))


def _fields() -> dict[str, str]:
    body = _body()
    found = {}
    for name, longest in LONGEST.items():
        value = body.get(name)
        text = "" if value is None else value
        if not isinstance(text, str):
            raise InvalidRequest(f"`{name}` has to be a string.")
        found[name] = _whole(name, text).replace("\x00", "").strip()
        if len(found[name]) > longest:
            raise InvalidRequest(f"`{name}` is longer than {longest} characters.")
    return found


def _whole(name: str, text: str) -> str:
    """JSON can spell one half of a surrogate pair alone, which is no text that anything could store."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"`{name}` holds half of a character.") from error
    return text


def _body() -> dict[str, Any]:
    if request.content_length is None or request.content_length > LARGEST:
        raise TooLarge
    if not request.is_json:
        return request.form.to_dict()
    try:
        body = request.get_json()
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise InvalidRequest("The body has to be a JSON object.")
    return body


def _id(sent: dict[str, str], name: str) -> UUID | None:
    if not sent[name]:
        return None
    try:
        return UUID(sent[name])
    except ValueError as error:
        raise InvalidRequest(f"`{name}` has to be a UUID.") from error


def counted_key() -> str:
    """For the rate limit of one key, however it is written and whatever address it comes from; empty requests share one count."""
    if request.content_length is None or request.content_length > LARGEST:
        return "licence:none"
    body = request.get_json(silent=True) if request.is_json else request.form
    typed = body.get("key") if isinstance(body, dict) or body is request.form else ""
    canonical = keys.canonical(typed[: keys.LONGEST]) if isinstance(typed, str) else ""
    return "licence:" + hashlib.sha256(canonical.encode(errors="replace")).hexdigest()
