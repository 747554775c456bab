"""Web Push: one short message to one browser, readable by that browser alone (RFC 8030, RFC 8188, RFC 8291, RFC 8292).

The protocol is two small steps over primitives that `cryptography` and `joserfc` have: encrypt for the browser's key, and sign
who sends. The address of a push service comes from a browser, so it is called like any address that a stranger typed (outside.py).
"""

import base64
import os
import time
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from app.core import http, outside, settings
from app.core.errors import ProviderError

UPSTREAM = "the push service"
CURVE = ec.SECP256R1()
POINT_BYTES, SECRET_BYTES, SALT_BYTES = 65, 16, 16
RECORD_BYTES = 4096
MOST_BYTES = 3000
"""Of a payload: every push service takes 4096 bytes of body, encrypted and padded."""
LONGEST_ENDPOINT = 1000
SIGNED_FOR = 12 * 3600
"""Seconds that a signature is good; services refuse more than a day."""
GONE = ("404", "410")
"""What a service says of a subscription that is no more, as `ProviderError.remote_code`."""


class NotASubscription(ValueError):
    """What a browser sent cannot be pushed to; the words are fit for a page."""


@dataclass(frozen=True)
class Subscription:
    """Where a browser listens, and the two values that only it and we know. Raises NotASubscription when made of nonsense."""

    endpoint: str
    p256dh: str
    auth: str = field(repr=False)

    def __post_init__(self) -> None:
        _check_address(self.endpoint)
        if len(_decoded(self.auth)) != SECRET_BYTES:
            raise NotASubscription("The browser's keys are not complete. Turn push off and on again in this browser.")
        _ = self.key

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, _decoded(self.p256dh))
        except ValueError as error:
            raise NotASubscription(
                "The browser's keys are not complete. Turn push off and on again in this browser."
            ) from error


def enabled() -> bool:
    """Whether this installation has a key to sign pushes with."""
    return bool(settings.current().vapid_private_key)


def public_key() -> str:
    """What browsers subscribe with: the public half of our key, base64url without padding."""
    return _encoded(_point(_signer().public_key()))


def send(to: Subscription, payload: bytes, *, topic: str, seconds: int, urgent: bool) -> None:
    """Hand one message to the browser's push service, which keeps it up to `seconds`; a newer one of the same `topic` replaces it.

    Raises ProviderError; `remote_code` is in GONE when the subscription has ended. ValueError for a payload over MOST_BYTES.
    """
    if len(payload) > MOST_BYTES:
        raise ValueError(f"a push holds at most {MOST_BYTES} bytes")
    outside.call(
        UPSTREAM,
        "POST",
        to.endpoint,
        data=encrypted(to, payload),
        limit=64 * 1024,
        headers={
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(seconds),
            "Topic": topic,
            "Urgency": "high" if urgent else "normal",
            "Authorization": _authorization(to.endpoint),
        },
    )


def encrypted(
    to: Subscription, payload: bytes, *, sender: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """The body that only the browser can read: one record of aes128gcm (RFC 8291 §3.4). `sender` and `salt` are new each time."""
    sender, salt = sender or ec.generate_private_key(CURVE), salt or os.urandom(SALT_BYTES)
    ours, theirs = _point(sender.public_key()), _point(to.key)
    shared = sender.exchange(ec.ECDH(), to.key)
    secret = _derived(shared, _decoded(to.auth), b"WebPush: info\x00" + theirs + ours, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, payload + b"\x02", None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _check_address(endpoint: str) -> None:
    """Public https alone; what a name leads to is decided when it is called. The sandbox may stand in, in development."""
    try:
        parts = outside.checked(endpoint)
    except http.NotSent as error:
        raise NotASubscription("This browser's push service has an address that is not called.") from error
    if len(endpoint) > LONGEST_ENDPOINT or (parts.scheme != "https" and not outside.is_sandbox(endpoint)):
        raise NotASubscription("This browser's push service has an address that is not called.")


def _authorization(endpoint: str) -> str:
    """Who sends, for this service alone (RFC 8292)."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + SIGNED_FOR, "sub": _subject()}
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(_signer()))
    return f"vapid t={token}, k={public_key()}"


def _subject() -> str:
    chosen = settings.current()
    if chosen.vapid_subject:
        return chosen.vapid_subject
    return chosen.app_url if chosen.app_url.startswith("https://") else f"mailto:{parseaddr(chosen.mail_from)[1]}"


def _signer() -> ec.EllipticCurvePrivateKey:
    if not enabled():
        raise ProviderError(UPSTREAM, "not called: VAPID_PRIVATE_KEY is not set", permanent=True)
    return _private(settings.current().vapid_key)


@cache
def _private(raw: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(typed: str) -> bytes:
    try:
        return base64.b64decode(typed + "=" * (-len(typed) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise NotASubscription(
            "The browser's keys are not complete. Turn push off and on again in this browser."
        ) from error
