"""Where keys are sealed and looked up. Private to licences."""

from uuid import UUID

from app.core import crypto, db
from app.licences import keys
from app.licences.models import Licence, LicenceStock

DIGEST = "licences|digest"
"""One place for lists and licences, so that a key is known whichever of them holds it."""


def digest(workspace_id: UUID, typed: str) -> str:
    return crypto.digest(workspace_id, keys.canonical(typed), DIGEST)


def asked_digest(workspace_id: UUID, typed: str) -> str:
    """Like `digest`, for a stranger's question: it leaves nothing behind in a workspace that never had a key."""
    return crypto.digest(workspace_id, keys.canonical(typed), DIGEST, make=False)


def _place(licence_id: UUID) -> str:
    return f"licences|sealed|{licence_id}"


def stock_place(row_id: UUID) -> str:
    return f"licence_stock|sealed|{row_id}"


def put(licence: Licence, key: str) -> None:
    """Give a licence its key; expiry counts from here."""
    found = digest(licence.workspace_id, key)
    sealed = crypto.encrypt(licence.workspace_id, key, _place(licence.id))
    licence.digest, licence.sealed, licence.hint, licence.issued_at = found, sealed, keys.hint(key), db.now()


def key_of(licence: Licence) -> str:
    """The key itself; empty while it is owed. Raises CannotDecrypt."""
    return crypto.decrypt(licence.workspace_id, licence.sealed, _place(licence.id)) if licence.sealed else ""


def stock_key(row: LicenceStock) -> str:
    return crypto.decrypt(row.workspace_id, row.sealed, stock_place(row.id))
