"""Licence files: what a program may rely on without asking, signed with the workspace's Ed25519 key (docs/licences.md).

The file is JSON with `format`, `key_id`, `payload` (base64url of JSON) and `signature`, which is over the ASCII bytes
`guildhall-licence-1.<payload>`: nothing has to be written the same way twice, and no other text of ours looks like it.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import crypto, db
from app.core.ids import new_id
from app.licences.models import Licence, LicenceActivation, LicenceSigner
from app.licences.states import expiry_of

FORMAT = "guildhall-licence-1"


def signer() -> LicenceSigner:
    """In the workspace's scope: its key pair, made when there is none. Two who make it at once get the same one."""
    return _present() or _made()


def _present() -> LicenceSigner | None:
    return db.session().scalars(select(LicenceSigner).where(LicenceSigner.retired_at.is_(None))).one_or_none()


def _made() -> LicenceSigner:
    row_id, private, workspace_id = new_id(), Ed25519PrivateKey.generate(), db.current_workspace()
    raw = base64.b64encode(private.private_bytes_raw()).decode()
    values = {
        "workspace_id": workspace_id,
        "id": row_id,
        "public": private.public_key().public_bytes_raw(),
        "sealed": crypto.encrypt(workspace_id, raw, _place(row_id)),
        "created_at": db.now(),
    }
    db.session().execute(insert(LicenceSigner).values(**values).on_conflict_do_nothing())
    return db.session().scalars(select(LicenceSigner).where(LicenceSigner.retired_at.is_(None))).one()


def _place(row_id: Any) -> str:
    return f"licence_signers|sealed|{row_id}"


def signed_file(licence: Licence, seat: LicenceActivation | None) -> dict[str, str]:
    """What the seat's program keeps. Without a seat it is good on every device, for licences without a limit alone."""
    row = signer()
    private = Ed25519PrivateKey.from_private_bytes(
        base64.b64decode(crypto.decrypt(row.workspace_id, row.sealed, _place(row.id)))
    )
    payload = _base64(json.dumps(_payload(licence, seat), separators=(",", ":"), ensure_ascii=False).encode())
    signature = private.sign(f"{FORMAT}.{payload}".encode())
    return {"format": FORMAT, "key_id": str(row.id), "payload": payload, "signature": _base64(signature)}


def _payload(licence: Licence, seat: LicenceActivation | None) -> dict[str, Any]:
    now, ends = db.now(), expiry_of(licence)
    lease = now + timedelta(days=licence.offer.lease_days)
    return {
        "version": 1,
        "licence_id": str(licence.id),
        "workspace_id": str(licence.workspace_id),
        "product_id": str(licence.product_id),
        "product": licence.product.title,
        "variant": licence.variant.title if licence.variant else "",
        "licensee": licence.buyer_name,
        "activation_id": str(seat.id) if seat else None,
        "fingerprint": seat.fingerprint if seat else None,
        "activation_limit": licence.activation_limit,
        "issued_at": stamp(now),
        "valid_until": stamp(lease if ends is None else min(lease, ends)),
        "expires_at": stamp(ends) if ends else None,
    }


def stamp(moment: datetime) -> str:
    """UTC to the second, as RFC 3339 writes it."""
    return moment.astimezone(db.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
