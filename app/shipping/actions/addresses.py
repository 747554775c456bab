"""Whether a carrier can find the place: checked once per address, its correction offered, the buyer's words kept (TRAPS.md C26)."""

from typing import Any
from uuid import UUID

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, ProviderError
from app.core.outbox import later
from app.shipping import carrier, places, queries
from app.shipping.actions import accounts, parcels
from app.shipping.actions.quoting import ask, tell
from app.shipping.carrier import AddressCheck
from app.shipping.models import CarrierAccount, Parcel


def ask_check(parcel: Parcel) -> bool:
    """Have a job ask a carrier that checks addresses, unless this very address was checked. False when nobody can."""
    if parcel.address_check.get("of") == _mark(parcel):
        return True
    if _checker() is None:
        return False
    later("shipping.check_address", workspace_id=parcel.workspace_id, parcel_id=parcel.id)
    return True


def _checker() -> CarrierAccount | None:
    known = carrier.profiles()
    return next((one for one in queries.active_accounts() if known[one.kind].checks_addresses), None)


def _mark(parcel: Parcel) -> str:
    """The address as a key: what a postman reads, nothing else."""
    place = places.address(parcel.recipient)
    return "|".join((place.line1, place.line2, place.city, place.region, place.postcode, place.country)).casefold()


def check(workspace_id: UUID, parcel_id: UUID) -> None:
    """Job, and a step of a batch's dry run: ask, and keep the answer with the parcel. An outage leaves it unchecked."""
    with db.workspace(workspace_id):
        parcel, account = db.get(Parcel, parcel_id), _checker()
        mark = _mark(parcel)
        if account is None or parcel.state != "draft" or parcel.address_check.get("of") == mark:
            return
        adapter, asked = accounts.speaker(account), places.address(parcel.recipient)
    try:
        answer = adapter.check_address(asked)
    except ProviderError as error:
        if not error.permanent:
            raise
        answer = AddressCheck(True, None, (str(error),))
    with db.workspace(workspace_id):
        parcel = db.lock(db.get(Parcel, parcel_id))
        if _mark(parcel) == mark:
            parcel.address_check = _kept(mark, answer, parcel)
            tell(parcel)


def _kept(mark: str, answer: AddressCheck, parcel: Parcel) -> dict[str, Any]:
    better = answer.corrected
    if better is not None and places.same(better, places.address(parcel.recipient)):
        better = None
    return {
        "of": mark,
        "deliverable": answer.deliverable,
        "corrected": places.stored(better) if better else None,
        "messages": list(answer.messages),
    }


def problem(parcel: Parcel) -> str:
    """What the carrier said against the address, unless a person chose to keep it; "" when all is well or unknown."""
    found = parcel.address_check
    if found.get("of") != _mark(parcel) or found.get("deliverable", True) or found.get("kept_by"):
        return ""
    said = [f"{words[:1].upper()}{words[1:].rstrip('.')}." for words in found.get("messages", ())]
    return " ".join(said) or "The carrier does not know this address."


def accept(actor: Actor, parcel: Parcel, version: int) -> None:
    """Use the carrier's spelling for this parcel; the order keeps what the buyer wrote."""
    better = parcel.address_check.get("corrected")
    if not better:
        raise Conflict
    recipient = {**parcel.recipient, **better}
    row = parcels.change(actor, parcel, version, recipient=recipient)
    row.address_check = {"of": _mark(row), "deliverable": True, "corrected": None, "messages": []}
    ask(row)


def keep(actor: Actor, parcel: Parcel) -> None:
    """Send it as it is written, on a person's word."""
    parcel = db.lock(parcel)
    parcel.address_check = {**parcel.address_check, "kept_by": actor.name, "corrected": None}
    audit.record(actor, "shipping.keep_address", parcel)
    tell(parcel)
