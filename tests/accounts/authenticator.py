"""An authenticator made of a key and a counter, which may lie about everything that a real one is honest about."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ELIGIBLE, CREDENTIAL = 1, 4, 8, 64


@dataclass
class Authenticator:
    """One passkey. `origin` and `rp_id` are what its browser says; `flags` what it says of the person."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    steps: int = 1
    framed: bool = False
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""

    def make(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create()`, as the page sends it."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + self._public()
        said = self._said(self.flags | CREDENTIAL) + attested
        return self._answer(
            clientDataJSON=self._page("webauthn.create", options),
            attestationObject=encode_cbor({"fmt": "none", "attStmt": {}, "authData": said}),
        )

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get()`."""
        self.count += self.steps
        page, said = self._page("webauthn.get", options), self._said(self.flags)
        signature = self.key.sign(said + hashlib.sha256(page).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=page, authenticatorData=said, signature=signature, userHandle=self.handle)

    def _said(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _page(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": self.framed}
        return json.dumps(said).encode()

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    def _answer(self, **response: bytes) -> str:
        name = bytes_to_base64url(self.credential_id)
        written = {key: bytes_to_base64url(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": written})
