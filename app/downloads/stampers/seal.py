"""Checking what a manifest's signature says; making one needs a secret, which this process does not have."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def holds(text: str, signature: str, public: str) -> bool:
    """Whether the holder of `public` (base64) signed the text."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        key.verify(base64.b64decode(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
