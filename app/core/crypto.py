"""Secrets at rest: AES-256-GCM with a data key per workspace, wrapped by a key from ENCRYPTION_KEYS (SECURITY.md §3).

ENCRYPTION_KEYS is `id:base64,id:base64`; the first wraps new data keys, the others still open old ones.
Format: `v1.<base64 nonce+ciphertext>`; the associated data names table, column and row, so a
ciphertext moved to another row or tenant does not open.
"""

import base64
import hmac
import os
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db, settings


class CannotDecrypt(Exception):
    """The secret was moved, changed, or its key is gone."""


class DataKey(db.Base):
    """One workspace's data key, wrapped. Deleting the row makes the workspace's secrets unreadable for good."""

    __tablename__ = "data_keys"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    kek_id: Mapped[str]
    wrapped: Mapped[bytes]


def keys() -> dict[str, bytes]:
    return keys_of(settings.current().encryption_keys)


def keys_of(entries: tuple[str, ...]) -> dict[str, bytes]:
    """Wrapping keys by id, newest first. Raises SettingsError with what to do."""
    if not entries:
        raise settings.SettingsError("ENCRYPTION_KEYS is not set. Give `k1:` and 32 random bytes in base64.")
    return dict(_parsed(entry) for entry in entries)


def _parsed(entry: str) -> tuple[str, bytes]:
    name, _, value = entry.partition(":")
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise settings.SettingsError(
            f"ENCRYPTION_KEYS: key {name!r} is not 32 bytes of base64. Make one with `openssl rand -base64 32`."
        )
    return name, key


def encrypt(workspace_id: UUID, secret: str, where: str) -> str:
    """`where` is `table|column|row id`; it must be the same at decryption."""
    return sealer(workspace_id)(secret, where)


def digest(workspace_id: UUID, text: str, where: str, *, make: bool = True) -> str:
    """What a secret is looked up by: HMAC-SHA256 in hex, under the workspace's data key. `where` is `table|column`.

    `make` off: a workspace without a data key gets none, and the digest is one that nothing has.
    """
    return digester(workspace_id, where, make=make)(text)


def digester(workspace_id: UUID, where: str, *, make: bool = True) -> Callable[[str], str]:
    """Like `digest`, for many texts at once."""
    key = hmac.digest(_data_key(workspace_id, make=make), f"digest|{where}".encode(), "sha256")
    return lambda text: hmac.new(key, text.encode(), "sha256").hexdigest()


def sealer(workspace_id: UUID) -> Callable[[str, str], str]:
    """Like `encrypt`, for many secrets at once: takes the secret and its place."""
    key = AESGCM(_data_key(workspace_id))

    def seal(secret: str, where: str) -> str:
        nonce = os.urandom(12)
        sealed = key.encrypt(nonce, secret.encode(), _context(workspace_id, where))
        return f"v1.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    return seal


def decrypt(workspace_id: UUID, sealed: str, where: str) -> str:
    """Raises CannotDecrypt for anything that was not sealed for this very place."""
    version, _, body = sealed.partition(".")
    try:
        raw = base64.urlsafe_b64decode(body) if version == "v1" else b""
        return AESGCM(_data_key(workspace_id)).decrypt(raw[:12], raw[12:], _context(workspace_id, where)).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt(where) from error


def _context(workspace_id: UUID, where: str) -> bytes:
    return f"{workspace_id}|{where}".encode()


def _data_key(workspace_id: UUID, *, make: bool = True) -> bytes:
    with db.system("crypto") as session:
        row = session.get(DataKey, workspace_id)
        if row is None and not make:
            return os.urandom(32)
        if row is None:
            row = db.add(_wrap(workspace_id, os.urandom(32)))
        return _unwrap(row)


def _wrap(workspace_id: UUID, data_key: bytes) -> DataKey:
    kek_id, kek = next(iter(keys().items()))
    nonce = os.urandom(12)
    wrapped = nonce + AESGCM(kek).encrypt(nonce, data_key, str(workspace_id).encode())
    return DataKey(workspace_id=workspace_id, kek_id=kek_id, wrapped=wrapped)


def _unwrap(row: DataKey) -> bytes:
    kek = keys().get(row.kek_id)
    if kek is None:
        raise CannotDecrypt(f"the wrapping key {row.kek_id!r} is not in ENCRYPTION_KEYS")
    return AESGCM(kek).decrypt(row.wrapped[:12], row.wrapped[12:], str(row.workspace_id).encode())


def rotate_all() -> int:
    """Wrap every data key with the newest wrapping key. Returns how many changed; the old key can go afterwards."""
    newest, changed = next(iter(keys())), 0
    with db.system("rotate keys") as session:
        for row in session.scalars(select(DataKey).where(DataKey.kek_id != newest).with_for_update()):
            fresh = _wrap(row.workspace_id, _unwrap(row))
            row.kek_id, row.wrapped, changed = fresh.kek_id, fresh.wrapped, changed + 1
    return changed
