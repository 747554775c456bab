"""Manifests (SCAN forms): one list per account that the carrier signs at pick-up; what is on it counts as handed over."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.outbox import later
from app.shipping import carrier, places
from app.shipping.actions import accounts, parcels
from app.shipping.carrier import Address, Carrier, ManifestFacts
from app.shipping.models import CarrierAccount, Label, Manifest, Parcel

LOST = "{said}. The carrier is asked for its list before a new one is made; the labels stay on this one."


class NothingToList(Refused):
    status = 409
    message = "No bought label of this account waits for a manifest. Nothing was changed."


class WaitsStill(ProviderError):
    """The carrier is still drawing the form; asked again by the job."""


def waiting(account: CarrierAccount) -> list[Label]:
    """Bought labels of an account that are on no manifest and whose parcels did not travel yet."""
    wanted = (
        select(Label)
        .join(Parcel, Parcel.id == Label.parcel_id)
        .where(
            Label.account_id == account.id,
            Label.state == "bought",
            Label.manifest_id.is_(None),
            Parcel.state == "labelled",
            Parcel.direction == "out",
        )
        .order_by(Label.id)
    )
    return list(db.session().scalars(wanted))


def order_manifest(actor: Actor, account: CarrierAccount) -> Manifest:
    """Put every waiting label of the account on one list. Raises NothingToList, Refused for carriers without manifests."""
    if not carrier.profiles()[account.kind].manifests:
        raise Refused("This carrier takes parcels without a manifest.")
    account = db.lock(account)
    labels = waiting(account)
    if not labels:
        raise NothingToList
    row = db.add(Manifest(account_id=account.id, count=len(labels), actor_name=actor.name))
    for label in labels:
        label.manifest_id = row.id
    audit.record(actor, "shipping.manifest", row, labels=len(labels), account=account.name)
    later("shipping.manifest", workspace_id=row.workspace_id, manifest_id=row.id)
    return row


def make(workspace_id: UUID, manifest_id: UUID) -> None:
    """Job: what an earlier attempt made is found before another is asked for; the form is fetched and kept."""
    with db.workspace(workspace_id):
        row = db.lock(db.get(Manifest, manifest_id))
        if row.state in ("created", "failed"):
            return
        asked_before, row.state = row.state == "sent", "sent"
        account = db.get(CarrierAccount, row.account_id)
        adapter, remote_id = accounts.speaker(account), row.remote_id
        ids = [label.remote_id for label in _labels(row)]
        home = places.address(parcels.settings_of().sender)
    try:
        facts = adapter.manifest_state(remote_id) if remote_id else adapter.find_manifest(ids) if asked_before else None
        facts = facts or _ask(adapter, ids, home)
        facts, data = _form(adapter, facts)
    except ProviderError as error:
        with db.workspace(workspace_id):
            db.lock(db.get(Manifest, manifest_id)).error = LOST.format(said=error)
        raise
    _record(workspace_id, manifest_id, facts, data)
    if facts.state == "creating":
        raise WaitsStill(account.kind, "the form is still being made", permanent=False, retry_after=10)


def _ask(adapter: Carrier, ids: Sequence[str], home: Address) -> ManifestFacts:
    """A «no» may be the echo of a request of ours whose answer was lost, so what the carrier has afterwards counts."""
    try:
        facts = adapter.manifest(ids, home, db.now().date())
    except ProviderError as error:
        if not error.permanent:
            raise
        facts = ManifestFacts("", "failed", message=str(error))
    return (adapter.find_manifest(ids) or facts) if facts.state == "failed" else facts


def _form(adapter: Carrier, facts: ManifestFacts) -> tuple[ManifestFacts, bytes]:
    """The form on paper. A manifest whose form cannot be had is a manifest all the same."""
    if not facts.url:
        return facts, b""
    try:
        return facts, adapter.file(facts.id, "pdf", facts.url)
    except ProviderError as error:
        if not error.permanent:
            raise
        return replace(facts, message=f"{error}. The carrier has the list; only its paper is missing."), b""


def _labels(row: Manifest) -> Sequence[Label]:
    return db.session().scalars(select(Label).where(Label.manifest_id == row.id).order_by(Label.id)).all()


def _record(workspace_id: UUID, manifest_id: UUID, facts: ManifestFacts, data: bytes) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(Manifest, manifest_id))
        row.remote_id, row.error = facts.id or row.remote_id, facts.message
        if facts.state == "failed":
            row.state = "failed"
            for label in _labels(row):
                label.manifest_id = None
        elif facts.state == "created":
            row.state = "created"
            if data:
                row.file = f"workspaces/{workspace_id}/manifests/{manifest_id}.pdf"
                storage.put_bytes(row.file, data)
            actor = Actor("person", row.actor_name)
            for label in _labels(row):
                parcels.hand_over(actor, db.get(Parcel, label.parcel_id))


def history(limit: int = 50) -> list[Manifest]:
    return list(db.session().scalars(select(Manifest).order_by(Manifest.id.desc()).limit(limit)))


def waiting_counts() -> dict[UUID, int]:
    """How many labels wait for a manifest, per account."""
    wanted = (
        select(Label.account_id, func.count())
        .join(Parcel, Parcel.id == Label.parcel_id)
        .where(Label.state == "bought", Label.manifest_id.is_(None), Parcel.state == "labelled")
        .group_by(Label.account_id)
    )
    return {account_id: int(count) for account_id, count in db.session().execute(wanted)}
