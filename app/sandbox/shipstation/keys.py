"""The RSA keys that sign webhooks: the newest signs, all of them are shown, and a door makes a new one."""

import base64
import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Blueprint, Response, current_app, jsonify

from app.sandbox.config import SandboxConfig

from .dialect import NAME

FILE = "shipstation-keys.json"
blueprint = Blueprint("shipstation_keys", __name__, url_prefix=f"/{NAME}")
doors = Blueprint("shipstation_doors", __name__, url_prefix=f"/_sandbox/{NAME}")


def sign(folder: Path, payload: bytes, timestamp: str) -> tuple[str, str]:
    """The id of the newest key, and its signature of `<timestamp>.<payload>` in base64."""
    key = _keys(folder)[-1]
    signature = key.sign(timestamp.encode() + b"." + payload, padding.PKCS1v15(), hashes.SHA256())
    return _id(key), base64.b64encode(signature).decode()


def _keys(folder: Path) -> list[rsa.RSAPrivateKey]:
    path = folder / FILE
    if not path.exists():
        _add(folder)
    return [_load(text) for text in json.loads(path.read_text())]


@cache
def _load(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _add(folder: Path) -> None:
    """A new key, written beside the place and moved, so nobody ever reads half a file."""
    path = folder / FILE
    known = json.loads(path.read_text()) if path.exists() else []
    key = rsa.generate_private_key(65537, 2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    draft = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump([*known, key.private_bytes(*form).decode()], file)
    draft.replace(path)


def _words(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _id(key: rsa.RSAPrivateKey) -> str:
    return hashlib.sha256(_words(key.public_key().public_numbers().n).encode()).hexdigest()[:32]


def _public(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": _id(key), "n": _words(numbers.n), "e": _words(numbers.e),
    }  # fmt: skip


def _folder() -> Path:
    config: SandboxConfig = current_app.config["SANDBOX"]
    return config.data


@blueprint.get("/jwks")
def jwks() -> Response:
    """The public keys."""
    return jsonify({"keys": [_public(key) for key in _keys(_folder())]})


@doors.post("/rotate-key")
def rotate() -> Response:
    """Sign with a new key from now on; the old ones stay in the set."""
    _add(_folder())
    return jsonify({"kid": _id(_keys(_folder())[-1])})
