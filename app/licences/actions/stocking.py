"""The seller's own list of keys: importing, emptying, and warning before it runs out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from app.core import audit, crypto, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.core.permissions import Permission, Role, allowed
from app.licences import keys, queries, sealing
from app.licences.actions.issuing import fill_owed, left
from app.licences.models import Licence, LicenceOffer, LicenceStock
from app.notifications import actions as notifications
from app.workspaces.models import Member, Workspace

MOST = 10_000
"""Keys in one import."""
NAMED = 20
"""Of keys that were left out, so many are named."""
LONG = timedelta(minutes=10)


class TooMany(Refused):
    message = "That is more than 10,000 keys. Import them in parts; nothing was stored."


class NoKeys(Refused):
    message = "No key was found in it. Put one key on each line; nothing was stored."


class TooLong(Refused):
    message = "Line {line} is longer than 200 characters, so it is hardly a key. Nothing was stored."


@dataclass(frozen=True)
class Imported:
    """What an import did. `repeated` are keys that stood in it twice, `known` those that are here already; at most 20 are named."""

    added: int
    repeated: Sequence[str] = field(repr=False)
    known: Sequence[str] = field(repr=False)
    repeated_count: int = 0
    known_count: int = 0


def import_keys(actor: Actor, offer: LicenceOffer, typed: Sequence[str]) -> Imported:
    """Add keys to the end of the list; those that are known, here or as a sold key, are left out and named.

    Whoever is owed a key gets one at once. Raises TooMany, NoKeys, TooLong; nothing is stored then.
    """
    offer = db.lock(offer)
    found = _cleaned(typed)
    unique, repeated = _told_apart(found)
    digests = _digests(unique)
    held = _held(list(digests))
    fresh = {one: key for one, key in digests.items() if one not in held}
    _store(offer, fresh)
    known = [key for one, key in digests.items() if one in held]
    audit.record(actor, "licences.import_keys", offer, added=len(fresh), left_out=len(repeated) + len(known))
    later("licences.look_at_stock", offer_id=offer.id)
    return Imported(len(fresh), repeated[:NAMED], known[:NAMED], len(repeated), len(known))


def _cleaned(typed: Sequence[str]) -> list[str]:
    found = [keys.canonical(line) for line in typed if line.strip()]
    if len(found) > MOST:
        raise TooMany(field="keys")
    if not found:
        raise NoKeys(field="keys")
    long = next((number for number, key in enumerate(found, 1) if len(key) > keys.LONGEST), None)
    if long is not None:
        raise TooLong(field="keys", line=long)
    return found


def _told_apart(found: Sequence[str]) -> tuple[list[str], list[str]]:
    unique = dict.fromkeys(found)
    seen: set[str] = set()
    repeated = [key for key in found if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return list(unique), repeated


def _digests(unique: Sequence[str]) -> dict[str, str]:
    digest = crypto.digester(db.current_workspace(), sealing.DIGEST)
    return {digest(key): key for key in unique}


def _held(digests: list[str]) -> set[str]:
    session = db.session()
    listed = session.scalars(select(LicenceStock.digest).where(LicenceStock.digest.in_(digests)))
    sold = session.scalars(select(Licence.digest).where(Licence.digest.in_(digests)))
    return {*listed, *(one for one in sold if one)}


def _store(offer: LicenceOffer, fresh: dict[str, str]) -> None:
    session, seal = db.session(), crypto.sealer(offer.workspace_id)
    last = session.scalar(select(func.max(LicenceStock.position)).where(LicenceStock.offer_id == offer.id)) or 0
    rows = []
    for position, (digest, key) in enumerate(fresh.items(), last + 1):
        row_id = new_id()
        sealed = seal(key, sealing.stock_place(row_id))
        rows.append(LicenceStock(id=row_id, offer_id=offer.id, position=position, digest=digest, sealed=sealed))
    session.add_all(rows)
    session.flush()


def empty(actor: Actor, offer: LicenceOffer) -> int:
    """Throw away the keys that are not sold. Returns how many."""
    offer = db.lock(offer)
    gone: int = db.session().execute(delete(LicenceStock).where(LicenceStock.offer_id == offer.id)).rowcount  # type: ignore[attr-defined]
    audit.record(actor, "licences.empty_list", offer, thrown_away=gone)
    later("licences.look_at_stock", offer_id=offer.id)
    return gone


def look_at_stock(offer_id: UUID) -> None:
    """After a sale or an import: give what is owed, remember whether the list is empty, and warn once when few are left."""
    fill_owed(offer_id)
    offer = db.lock(db.get(LicenceOffer, offer_id))
    count = left(offer_id) if offer.source == "listed" else None
    offer.empty_since = (offer.empty_since or db.now()) if count == 0 else None
    if count is None or count >= offer.warn_below:
        offer.warned_at = None
    elif offer.enabled and (offer.warned_at is None or count == 0):
        _warn(offer, count)
        offer.warned_at = offer.warned_at or db.now()
    db.session().flush()


def look_everywhere() -> None:
    """In system scope: a job for every list with keys owed or few left, should a moment have been missed; and for keys on their
    way to past buyers that have been so for long."""
    owed = select(Licence.workspace_id, Licence.offer_id).where(Licence.issued_at.is_(None)).distinct()
    for workspace_id, offer_id in db.session().execute(owed).all():
        with db.workspace(workspace_id):
            later("licences.look_at_stock", offer_id=offer_id)
    slow = select(LicenceOffer.workspace_id, LicenceOffer.id).where(
        LicenceOffer.giving_since < db.now() - LONG, LicenceOffer.given_at.is_(None)
    )
    for workspace_id, offer_id in db.session().execute(slow).all():
        with db.workspace(workspace_id):
            later("licences.give_past", offer_id=offer_id)


def _warn(offer: LicenceOffer, count: int) -> None:
    slug = db.session().scalars(select(Workspace.slug).where(Workspace.id == offer.workspace_id)).one()
    roles = [role.value for role in Role if allowed(role, Permission.LICENCES_LICENCE_WRITE)]
    people = select(Member.user_id).where(Member.role.in_(roles), Member.removed_at.is_(None))
    owed = queries.owed(offer.id)
    notifications.tell_all(
        db.session().scalars(people).all(),
        "licences.low",
        f"licence-list:{offer.id}:{'empty' if count == 0 else 'low'}",
        title=f"{'No' if count == 0 else count} licence {'key' if count == 1 else 'keys'} left for {offer.product.title}",
        words=f"{owed} already owed; import more and they go out at once."
        if owed
        else "Import more before they run out.",
        path=f"/w/{slug}/products/{offer.product_id}/licences",
        workspace_id=offer.workspace_id,
    )
