"""The key that signs id tokens: made once, kept in the data folder, so tokens outlive a restart."""

import json
import os
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
BITS = 2048


class SigningKey:
    """An RSA key in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _make(path)
        self._key = RSAKey.import_key(json.loads(path.read_text()))

    def sign(self, claims: dict[str, Any]) -> str:
        """The claims as a compact RS256 token."""
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid, "typ": "JWT"}, claims, self._key)

    def public(self) -> dict[str, Any]:
        """The key set that checks what this key signed."""
        return {"keys": [self._key.as_dict(private=False)]}


def _make(path: Path) -> None:
    """Write beside the place and move, so nobody ever reads half a key."""
    key = RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
    draft = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(key.as_dict(private=True), file)
    draft.replace(path)
