"""Licence files: what a program may rely on without asking, signed with the workspace's Ed25519 key (docs/licences.md).

The file is JSON with `format`, `key_id`, `payload` (base64url of JSON) and `signature`, which is over the ASCII bytes
`guildhall-licence-1.<payload>`: nothing has to be written the same way twice, and no other text of ours looks like it.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from app.core import db
from app.licences.actions.signers import private_half, signer
from app.licences.models import Licence, LicenceActivation
from app.licences.states import expiry_of

FORMAT = "guildhall-licence-1"


def signed_file(licence: Licence, seat: LicenceActivation | None) -> dict[str, str]:
    """What the seat's program keeps. Without a seat it is good on every device, for licences without a limit alone."""
    row = signer()
    private = private_half(row)
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
