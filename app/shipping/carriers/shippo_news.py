"""Shippo's webhooks: a signature where support has enabled it, else a token in the address and a second look."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.port import Forged, Headers
from app.core.wire import mapping, mark, reading, text
from app.shipping.carrier import Connection, News
from app.shipping.carriers import shippo_facts as facts

WINDOW = 300
"""Seconds that a signed message may be old."""


def read(connection: Connection, headers: Headers, raw: bytes, query: Mapping[str, str]) -> Sequence[News]:
    """With a signature the body is believed; with the address's token alone it is only a hint to ask again."""
    secret = connection.credentials.get("hmac_secret", "")
    if secret:
        _check(secret, headers.get("Shippo-Auth-Signature") or "", raw)
    elif not hmac.compare_digest(query.get("token", "").encode(), address_token(connection.webhook_secret).encode()):
        raise Forged("the address carries no token of this account")
    try:
        event = mapping(json.loads(raw))
    except ValueError as error:
        raise Forged("the body is not JSON") from error
    return [_news(event, raw, believed=bool(secret))]


def address_token(secret: str) -> str:
    """What stands in the webhook's address: derived from the secret, so that the secret itself stays here."""
    return hmac.new(secret.encode(), b"shippo webhook address", hashlib.sha256).hexdigest()[:32]


def address(url: str, secret: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}token={address_token(secret)}"


def plain(url: str) -> str:
    """An address without our token, to tell whether two are the same."""
    return url.partition("token=")[0].rstrip("?&/")


def signature(secret: str, moment: str, raw: bytes) -> str:
    """Hex of the HMAC over `<t>.<raw body>`."""
    return hmac.new(secret.encode(), moment.encode() + b"." + raw, hashlib.sha256).hexdigest()


def _check(secret: str, header: str, raw: bytes) -> None:
    """`Shippo-Auth-Signature: t=<unix>,v1=<hex>`, not older or newer than WINDOW."""
    parts = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdigit()) or not hmac.compare_digest(
        signature(secret, moment, raw).encode(), given.encode()
    ):
        raise Forged("the signature does not fit")
    if abs(time.time() - int(moment)) > WINDOW:
        raise Forged("the signature is too old")


def _news(event: Mapping[str, Any], raw: bytes, *, believed: bool) -> News:
    """There is no event id: the newest scan's id, or the whole body, tells one message from the next (TRAPS.md B14)."""
    kind, data = text(event.get("event")), mapping(event.get("data"))
    if kind == "track_updated" and data.get("tracking_number"):
        with reading(facts.NAME):
            found = facts.tracking(data)
        now = mapping(data.get("tracking_status"))
        mark_of = now.get("object_id") or (now.get("status_date"), now.get("status"))
        remote_id = mark(kind, found.carrier, found.number, mark_of)
        return News(remote_id, "tracking", found.carrier, found.number, found.remote_id, found if believed else None)
    label_id = text(data.get("object_id")) if kind.startswith("transaction_") else ""
    refunding = text(data.get("status")).upper().startswith("REFUND")
    return News(mark(kind, hashlib.sha256(raw).hexdigest()), "void" if refunding else "other", label_id=label_id)
