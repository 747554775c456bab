"""The signature of what we say about a copy (Ed25519), by a key that comes from SECRET_KEY alone."""

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core import settings


def _key() -> Ed25519PrivateKey:
    seed = HKDF(hashes.SHA256(), 32, salt=None, info=b"guildhall copies").derive(settings.current().secret_key.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def public() -> str:
    """The key by which anybody can check a manifest, in base64."""
    return base64.b64encode(_key().public_key().public_bytes_raw()).decode()


def signed(text: str) -> str:
    """The signature in base64."""
    return base64.b64encode(_key().sign(text.encode())).decode()
