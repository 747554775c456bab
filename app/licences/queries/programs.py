"""What programs ask for: a licence by its key, a seat of it, and the public keys that check files."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue.models import Product
from app.core import db
from app.core.errors import NotFound
from app.licences import sealing
from app.licences.models import Licence, LicenceActivation, LicenceOffer, LicenceSigner
from app.licences.queries.owned import loaded
from app.workspaces.models import Workspace


@dataclass(frozen=True)
class Found:
    workspace_id: UUID
    licence_id: UUID


def find(key: str, product: UUID | None, workspace: str) -> Found | None:
    """Whose key it is, in the product or workspace (its id or its name in addresses) that the program names.

    What is not there takes the same steps as what is: a made-up place is looked for in the platform's own workspace.
    """
    with db.system("licences by key") as session:
        place = _workspace(product, workspace) or db.PLATFORM
        wanted = select(Licence.workspace_id, Licence.id, Licence.product_id).where(
            Licence.workspace_id == place, Licence.digest == sealing.asked_digest(place, key)
        )
        row = session.execute(wanted).one_or_none()
    if row is None or (product is not None and row.product_id != product):
        return None
    return Found(row.workspace_id, row.id)


def _workspace(product: UUID | None, workspace: str) -> UUID | None:
    """In system scope."""
    if product is not None:
        return db.session().scalars(select(Product.workspace_id).where(Product.id == product)).one_or_none()
    try:
        known = Workspace.id == UUID(workspace)
    except ValueError:
        known = func.lower(Workspace.slug) == workspace.lower()
    return db.session().scalars(select(Workspace.id).where(known)).one_or_none()


def locked(licence_id: UUID) -> Licence:
    """In the seller's scope: the licence under its lock, with everything that decides about it. Raises NotFound."""
    if db.find(Licence, licence_id, lock=True) is None:
        raise NotFound
    return db.session().scalars(loaded().where(Licence.id == licence_id)).one()


def seat(licence: Licence, activation_id: UUID | None, fingerprint: str) -> LicenceActivation | None:
    """The live seat that a program names by its id or its fingerprint, or by both."""
    for one in licence.seats:
        if activation_id in (None, one.id) and fingerprint in ("", one.fingerprint):
            return one
    return None


def signers() -> list[LicenceSigner]:
    """In the workspace's scope: its key pairs, the one that signs now first, then the next one, then old ones, last retired first."""
    row = LicenceSigner
    old = (row.retired_at.is_not(None), row.started_at.is_(None), row.retired_at.desc(), row.id.desc())
    return list(db.session().scalars(select(row).order_by(*old)))


def longest_lease() -> int:
    """In the workspace's scope: the days that a file is good for at the most, by the terms of its products."""
    return db.session().scalar(select(func.max(LicenceOffer.lease_days))) or 0


def public_keys(workspace: str) -> list[LicenceSigner]:
    """In the order of `signers`. Raises NotFound for a workspace without any."""
    with db.system("licences by key"):
        place = _workspace(None, workspace)
    if place is None:
        raise NotFound
    with db.workspace(place):
        found = signers()
    if not found:
        raise NotFound
    return found
