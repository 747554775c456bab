"""`POST /push/<token>`: a push service (RFC 8030) that lets nothing through which a real one would refuse."""

import json
import re
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Blueprint, Response, current_app, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.sandbox.config import SandboxConfig

from .receivers import CURVE, Receiver, Receivers, decoded

blueprint = Blueprint("push", __name__)
MOST_BYTES = 4096
LONGEST_SIGNED = 24 * 3600
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
URGENCIES = ("very-low", "low", "normal", "high")
VAPID = re.compile(r"vapid t=([\w-]+\.[\w-]+\.[\w-]+), ?k=([\w-]+)")


class Refused(Exception):
    """The message is not taken; the answer's status, and why."""

    def __init__(self, status: int, why: str, retry_after: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.retry_after = retry_after


@blueprint.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    answer = Response(json.dumps({"reason": str(error)}), error.status, mimetype="application/json")
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@blueprint.post("/push/<token>")
def take(token: str) -> Response:
    """201 once the browser's key has opened it; 404 for nobody's address, 410 for one that ended."""
    receiver = _receivers().find(token)
    if receiver is None:
        raise Refused(404, "unknown subscription")
    if receiver.ended:
        raise Refused(410, "the subscription has ended")
    _check_sender(receiver)
    ttl, topic, urgency = _headers()
    said = opened(receiver, _body())
    fault = _receivers().fault(token)
    if fault:
        raise Refused(fault.status, "planted", fault.retry_after)
    number = _receivers().keep(token, said, topic=topic, ttl=ttl, urgency=urgency)
    return Response(status=201, headers={"Location": f"{_config().base_url}/push/messages/{number}", "TTL": str(ttl)})


def _check_sender(receiver: Receiver) -> None:
    """RFC 8292: signed for us, not for long, by the key that the browser subscribed with."""
    given = VAPID.fullmatch(request.headers.get("Authorization", ""))
    if given is None:
        raise Refused(401, "no vapid authorization")
    if receiver.server_key and given[2] != receiver.server_key:
        raise Refused(403, "another key than the subscription's")
    claims = _claims(given[1], given[2])
    now = _receivers().now()
    if claims.get("aud") != _config().base_url:
        raise Refused(403, "signed for another service")
    if not now < int(claims.get("exp", 0)) <= now + LONGEST_SIGNED:
        raise Refused(403, "exp is over, or more than a day away")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise Refused(403, "sub does not say how to reach the sender")


def _claims(token: str, key: str) -> dict[str, Any]:
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(key))
        return dict(jwt.decode(token, ECKey.import_key(point), algorithms=["ES256"]).claims)
    except (JoseError, ValueError) as error:
        raise Refused(403, "the signature is wrong") from error


def _headers() -> tuple[int, str | None, str]:
    ttl, topic, urgency = (request.headers.get(name) for name in ("TTL", "Topic", "Urgency"))
    if ttl is None or not ttl.isdigit():
        raise Refused(400, "TTL is missing")
    if topic is not None and not TOPIC.fullmatch(topic):
        raise Refused(400, "Topic has 32 letters of base64url at most")
    if (urgency or "normal") not in URGENCIES:
        raise Refused(400, "Urgency is unknown")
    if request.headers.get("Content-Encoding") != "aes128gcm":
        raise Refused(415, "only aes128gcm is taken")
    return int(ttl), topic, urgency or "normal"


def _body() -> bytes:
    body = request.get_data()
    if len(body) > MOST_BYTES:
        raise Refused(413, "more than 4096 bytes")
    return body


def opened(receiver: Receiver, body: bytes) -> bytes:
    """What it says, by the browser's key (RFC 8291, one record of RFC 8188). Raises Refused."""
    salt, length = body[:16], body[20] if len(body) > 20 else 0
    theirs, sealed = body[21 : 21 + length], body[21 + length :]
    try:
        shared = receiver.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        secret = _derived(shared, receiver.auth, b"WebPush: info\x00" + receiver.point + theirs, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError) as error:
        raise Refused(400, "the browser cannot open it") from error
    said, mark, padding = plain.rpartition(b"\x02")
    if not mark or padding.strip(b"\x00"):
        raise Refused(400, "the record has no end")
    return said


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _config() -> SandboxConfig:
    return current_app.config["SANDBOX"]


def _receivers() -> Receivers:
    return current_app.extensions["sandbox.push"]
