"""The key pairs that sign licence files: the one that signs, the next one, and those whose public half still checks.

A new key is made before it signs, because a program checks files with the public keys that are built into it: the seller ships
an update that knows both, and starts the new one then.
"""

import base64
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, crypto, db
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.licences.models import LicenceSigner

KEPT = 5
"""Old public keys that are still published; the oldest goes when one more retires."""


class NextIsThere(Refused):
    status = 409
    message = "The next key was made already, and no other one was. Build it into your programs, then start it."


class StartedBefore(Refused):
    status = 409
    message = "This key has been started already. Nothing was changed again."


def signer() -> LicenceSigner:
    """In the workspace's scope: the key pair that signs, made when there is none. Two who make it at once get the same one."""
    found = db.session().scalars(_present()).one_or_none()
    if found is None:
        _make(db.now())
    return found or db.session().scalars(_present()).one()


def _present() -> Select[LicenceSigner]:
    return select(LicenceSigner).where(LicenceSigner.started_at.is_not(None), LicenceSigner.retired_at.is_(None))


def _make(started_at: datetime | None) -> UUID | None:
    """None when there is one like it."""
    row_id, private, workspace_id = new_id(), Ed25519PrivateKey.generate(), db.current_workspace()
    raw = base64.b64encode(private.private_bytes_raw()).decode()
    values = {
        "workspace_id": workspace_id,
        "id": row_id,
        "public": private.public_key().public_bytes_raw(),
        "sealed": crypto.encrypt(workspace_id, raw, _place(row_id)),
        "started_at": started_at,
        "created_at": db.now(),
    }
    made = insert(LicenceSigner).values(**values).on_conflict_do_nothing().returning(LicenceSigner.id)
    return db.session().scalars(made).one_or_none()


def _place(row_id: UUID) -> str:
    return f"licence_signers|sealed|{row_id}"


def private_half(row: LicenceSigner) -> Ed25519PrivateKey:
    """Raises CannotDecrypt for a retired one, which has none."""
    raw = crypto.decrypt(row.workspace_id, row.sealed, _place(row.id))
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(raw))


def make_next(actor: Actor) -> LicenceSigner:
    """In the workspace's scope: the key pair that is to sign next. It is published, and signs nothing. Raises NextIsThere."""
    signer()
    row_id = _make(None)
    if row_id is None:
        raise NextIsThere
    made = db.get(LicenceSigner, row_id)
    audit.record(actor, "licences.make_next_signer", made)
    return made


def start(actor: Actor, signer_id: UUID) -> LicenceSigner:
    """In the workspace's scope: the next key signs from now on. The one before loses its private half for good; its public half, and
    that of the four before it, stay published. Raises NotFound, StartedBefore."""
    rows = _locked()
    chosen = next((row for row in rows if row.id == signer_id), None)
    if chosen is None:
        raise NotFound
    if chosen.started_at is not None:
        raise StartedBefore
    for row in rows:
        if row.state == "signing":
            row.retired_at, row.sealed = db.now(), ""
    db.session().flush()
    chosen.started_at = db.now()
    audit.record(actor, "licences.start_signer", chosen, dropped=[str(one) for one in _drop(rows)])
    db.session().flush()
    return chosen


def _locked() -> list[LicenceSigner]:
    wanted = select(LicenceSigner).order_by(LicenceSigner.id).with_for_update()
    return list(db.session().scalars(wanted.execution_options(populate_existing=True)))


def _drop(rows: list[LicenceSigner]) -> list[UUID]:
    """Those that retired longest ago, beyond the number that is kept."""
    old = sorted((row for row in rows if row.retired_at), key=lambda row: (row.retired_at, row.id), reverse=True)
    for row in old[KEPT:]:
        db.session().delete(row)
    return [row.id for row in old[KEPT:]]
