"""A licence client for programs sold on Guildhall: one file, one dependency (`cryptography`).

    python licence_client.py --server https://shop.example --product <product id> --public-key <base64> activate <key>
    python licence_client.py … check          # offline: signature, device and dates of the stored file
    python licence_client.py … refresh        # online: asks whether the key is still good, renews the file
    python licence_client.py … deactivate     # gives the seat back

Exit status: 0 good, 1 not good, 2 not reachable. Copy it, and build the public key into your program: a key that is fetched
when the file is checked proves nothing. While a seller changes the signing key there are two of them: give `--public-key` twice.
"""

import argparse
import base64
import hashlib
import json
import os
import platform
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "guildhall-licence-1"


class NotGood(Exception):
    """The licence may not be used; `code` says why in one word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotReachable(Exception):
    """The server did not answer; a file that is still good may be used meanwhile."""


@dataclass
class Client:
    """`product` is the product's id, `public_keys` are the seller's (base64, built into the program), `folder` is where things are kept."""

    server: str
    product: str
    public_keys: Sequence[str]
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "licence.json"

    def fingerprint(self) -> str:
        """The same on every start on this computer; it says nothing about the person."""
        known = self.folder / "device"
        if not known.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            known.write_text(hashlib.sha256(uuid.uuid4().bytes + os.urandom(32)).hexdigest()[:32])
        return known.read_text()

    def activate(self, key: str) -> dict[str, Any]:
        """Take a seat and store the signed file. Raises NotGood, NotReachable."""
        sent = {"key": key, "fingerprint": self.fingerprint(), "name": platform.node() or "A computer"}
        answer = self._ask("activate", sent)
        return self._keep(key, answer["file"])

    def check(self, now: datetime | None = None) -> dict[str, Any]:
        """Offline: the stored file's content when it is good here and now. Raises NotGood."""
        return self._verified(self._stored()["file"], now)

    def refresh(self) -> dict[str, Any]:
        """Ask whether the key is still good, and store the renewed file. Raises NotGood, NotReachable."""
        key = self._stored()["key"]
        answer = self._ask("validate", {"key": key, "fingerprint": self.fingerprint()})
        if not answer["valid"]:
            raise NotGood(answer["code"], "The licence is not good any more.")
        return self._keep(key, answer["file"])

    def deactivate(self) -> None:
        """Give the seat back and forget the file. Raises NotGood, NotReachable."""
        self._ask("deactivate", {"key": self._stored()["key"], "fingerprint": self.fingerprint()})
        self.file.unlink()

    def _stored(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise NotGood("not_activated", "This program is not activated on this computer.") from error

    def _verified(self, signed: dict[str, str], now: datetime | None = None) -> dict[str, Any]:
        return verified(signed, self.public_keys, self.product, self.fingerprint(), now)

    def _keep(self, key: str, signed: dict[str, str]) -> dict[str, Any]:
        """A file that cannot be checked, such as one by a key that came later, does not replace the one that can."""
        content = self._verified(signed)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps({"key": key, "file": signed}, indent=2), encoding="utf-8")
        part.replace(self.file)
        return content

    def _ask(self, verb: str, sent: dict[str, str]) -> dict[str, Any]:
        body = json.dumps({"product": self.product, **sent}).encode()
        request = urllib.request.Request(
            f"{self.server}/api/v1/licences/{verb}", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise _explained(error) from error
        except OSError as error:
            raise NotReachable(str(error)) from error


def _explained(error: urllib.error.HTTPError) -> Exception:
    """What the server refused. A pause that it asks for, or its own trouble, says nothing about the licence."""
    if error.code == 429 or error.code >= 500:
        return NotReachable(f"the server answered {error.code}")
    try:
        said = json.load(error)["error"]
        return NotGood(str(said["code"]), str(said["message"]))
    except (ValueError, KeyError, TypeError):
        return NotReachable(f"the server answered {error.code}")


def verified(
    signed: dict[str, str], public_keys: Sequence[str], product: str, fingerprint: str, now: datetime | None = None
) -> dict[str, Any]:
    """The content of a licence file, after its signature, product, device and dates were checked. Raises NotGood."""
    if signed.get("format") != FORMAT:
        raise NotGood("unknown_format", "This licence file is of another kind.")
    try:
        if not any(_signed_by(key, signed) for key in public_keys):
            raise NotGood(
                "tampered", "This licence file was changed, or signed with a key that this program does not know."
            )
        content = json.loads(_bytes(signed["payload"]))
    except (ValueError, KeyError) as error:
        raise NotGood("tampered", "This licence file was changed.") from error
    if content["product_id"] != product:
        raise NotGood("other_product", "This licence is for another program.")
    if content["fingerprint"] not in (None, fingerprint):
        raise NotGood("other_device", "This licence file is for another computer.")
    _dated(content, now or datetime.now(UTC))
    return dict(content)


def _signed_by(public_key: str, signed: dict[str, str]) -> bool:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    try:
        key.verify(_bytes(signed["signature"]), f"{FORMAT}.{signed['payload']}".encode())
    except InvalidSignature:
        return False
    return True


def _dated(content: dict[str, Any], now: datetime) -> None:
    """`expires_at` is the end of the licence, `valid_until` that of the file: after it the server has to be asked again."""
    if content["expires_at"] and now >= _moment(content["expires_at"]):
        raise NotGood("expired", "This licence has expired.")
    if now >= _moment(content["valid_until"]):
        raise NotGood("stale", "Go online once, so that the licence can be checked again.")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Activates and checks a licence.")
    parser.add_argument("--server", required=True)
    parser.add_argument("--product", required=True)
    parser.add_argument("--public-key", required=True, action="append", dest="public_keys")
    parser.add_argument("--folder", type=Path, default=Path.home() / ".licence-example")
    parser.add_argument("do", choices=("activate", "check", "refresh", "deactivate"))
    parser.add_argument("key", nargs="?", default="")
    chosen = parser.parse_args(arguments)
    client = Client(chosen.server.rstrip("/"), chosen.product, chosen.public_keys, chosen.folder)
    try:
        content = client.activate(chosen.key) if chosen.do == "activate" else getattr(client, chosen.do)()
    except NotGood as refused:
        print(f"{refused.code}: {refused}", file=sys.stderr)
        return 1
    except NotReachable as error:
        print(f"not_reachable: {error}", file=sys.stderr)
        return 2
    print(json.dumps(content) if content else "The seat is free.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
