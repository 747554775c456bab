"""ShipStation's webhooks: RSA over the raw body, keys by their id, and a token of ours that only this account was given.

The signature proves that ShipStation sent it, not for whom: any other customer could name our address. The token that
we asked to be sent along proves that it was meant for this account.
"""

import base64
import hashlib
import hmac
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from app.core import http
from app.core.port import Forged, Headers
from app.core.wire import decoded, mapping, mark, moment, reading, rows, text
from app.shipping.carrier import Connection, News
from app.shipping.carriers import shipstation_facts as facts

WINDOW = 300
"""Seconds that a message may be old, or its sender's clock wrong."""
KEYS = "https://api.shipengine.com/jwks"
REAL = (".shipstation.com", ".shipengine.com")
REFRESH = 60.0
"""Seconds between two looks for an unknown key, so that forged ids cannot make us ask without end."""
TOKEN = "X-Guildhall-Token"
LABEL = re.compile(r"/labels/(se-[A-Za-z0-9-]+)(?:/|$)")


def read(connection: Connection, headers: Headers, raw: bytes) -> Sequence[News]:
    """Raises Forged, and ProviderError when ShipStation's keys cannot be read at the moment."""
    if not hmac.compare_digest((headers.get(TOKEN) or "").encode(), token(connection.webhook_secret).encode()):
        raise Forged("the message was not meant for this account")
    check(connection.base, headers, raw)
    try:
        event = mapping(decoded(raw))
    except ValueError as error:
        raise Forged("the body is not JSON") from error
    return [news(event, connection.base)]


def token(secret: str) -> str:
    return hmac.new(secret.encode(), b"shipstation webhook token", hashlib.sha256).hexdigest()


def check(base: str, headers: Headers, raw: bytes) -> None:
    """`<timestamp>.<raw body>`, signed with RSA-SHA256 (PKCS #1 v1.5). Raises Forged."""
    stamp = headers.get("X-ShipEngine-Timestamp") or ""
    at = moment(stamp)
    if at is None or abs(time.time() - at.timestamp()) > WINDOW:
        raise Forged("the message is too old or carries no time")
    try:
        signature = base64.b64decode(headers.get("X-ShipEngine-RSA-SHA256-Signature") or "", validate=True)
    except ValueError as error:
        raise Forged("the signature is not base64") from error
    key = public_key(jwks_url(base), headers.get("X-ShipEngine-RSA-SHA256-Key-Id") or "")
    try:
        key.verify(signature, stamp.encode() + b"." + raw, padding.PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise Forged("the signature does not fit") from error


def jwks_url(base: str) -> str:
    """Where the keys lie: ShipStation's own place, or beside the API of a stand-in."""
    host = urlsplit(base).hostname or ""
    if any(host.endswith(name) for name in REAL):
        return KEYS
    return f"{re.sub(r'/v[12]$', '', base)}/jwks"


_keys: dict[str, dict[str, RSAPublicKey]] = {}
_looked: dict[str, float] = {}
_lock = threading.Lock()


def public_key(url: str, kid: str) -> RSAPublicKey:
    """The key with this id. Unknown ids are looked for once per REFRESH, since keys are rolled. Raises Forged."""
    with _lock:
        found = _keys.get(url, {}).get(kid)
        due = time.monotonic() - _looked.get(url, float("-inf")) > REFRESH
    if found is None and kid and due:
        fresh = _fetched(url)
        with _lock:
            _keys[url], _looked[url] = fresh, time.monotonic()
        found = fresh.get(kid)
    if found is None:
        raise Forged("the signature is by an unknown key")
    return found


def _fetched(url: str) -> dict[str, RSAPublicKey]:
    response = http.call(facts.NAME, "GET", url, timeout=(1, 3))
    with reading(facts.NAME):
        listed = rows(mapping(decoded(response.content)).get("keys"))
        return {text(one.get("kid")): _rsa(one) for one in listed if one.get("kty") == "RSA"}


def _rsa(found: Mapping[str, Any]) -> RSAPublicKey:
    return RSAPublicNumbers(_number(text(found["e"])), _number(text(found["n"]))).public_key()


def _number(value: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)), "big")


def forget_keys() -> None:
    """Drop what is remembered of everybody's keys."""
    with _lock:
        _keys.clear()
        _looked.clear()


def news(event: Mapping[str, Any], base: str) -> News:
    """No event id: the address, the newest scan and the status together tell one message from the next (TRAPS.md B14)."""
    about, kind = text(event.get("resource_url")), text(event.get("resource_type")).upper()
    data = mapping(event.get("data"))
    newest = max((text(one.get("occurred_at")) for one in rows(data.get("events"))), default="")
    key = mark(kind, about, newest, data.get("status_code"), data.get("status_detail_code"))
    if "TRACK" not in kind or not data.get("tracking_number"):
        return News(key, "other", fetch=about if http.belongs(about, base, REAL) else "")
    found = LABEL.search(urlsplit(about).path)
    label_id = found.group(1) if found else ""
    with reading(facts.NAME):
        seen = facts.tracking(data, label_id)
    return News(key, "tracking", seen.carrier, seen.number, label_id, seen)


def header(secret: str) -> list[dict[str, str]]:
    """The header that every message is to carry."""
    return [{"key": TOKEN, "value": token(secret)}]
