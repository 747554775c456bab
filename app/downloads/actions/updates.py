"""News of releases: written, looked at, sent once to each buyer, whatever happens to the job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, literal, select
from sqlalchemy.orm import joinedload

from app.access import queries as access
from app.access.models import Grant
from app.accounts.models import User
from app.catalogue.models import File, Product, Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import later
from app.downloads import queries
from app.downloads.actions import letters
from app.downloads.community import doors
from app.downloads.models import Update, UpdateOptOut, UpdateRecipient
from app.notifications import actions as notifications
from app.notifications import queries as notification_queries
from app.orders.models import Order

LONGEST = 4000
AT_A_TIME = 100
"""Buyers in one transaction of the job."""
KIND = "downloads.update"


class AlreadySent(Refused):
    status = 409
    message = "This update is on its way already, so it was not changed. Nobody hears of it twice."


class NobodyToTell(Refused):
    message = "Nobody is in this audience, so nothing was sent. Choose another one."


@dataclass(frozen=True)
class Choice:
    """What a seller wrote and chose. `audience` is a key of queries.AUDIENCES; `files` are those it is about."""

    notes: str
    audience: str = "all"
    files: Sequence[UUID] = ()
    variant_id: UUID | None = None
    bought_after: date | None = None
    forum: bool = False


def draft(actor: Actor, product: Product, chosen: Choice) -> Update:
    """In the seller's scope: keep an update that nobody hears of yet. Raises Refused."""
    values = _checked(product, chosen)
    made = Update(product_id=product.id, author_id=actor.user_id, author_name=actor.name, **values)
    audit.record(actor, "downloads.draft_update", product)
    return db.add(made)


def redraft(actor: Actor, update: Update, chosen: Choice) -> None:
    """Raises AlreadySent, Refused."""
    update = _drafted(update)
    for name, value in _checked(db.get(Product, update.product_id), chosen).items():
        setattr(update, name, value)
    audit.record(actor, "downloads.draft_update", update)


def discard(actor: Actor, update: Update) -> None:
    """Raises AlreadySent."""
    update = _drafted(update)
    audit.record(actor, "downloads.discard_update", update)
    db.session().delete(update)


def _drafted(update: Update) -> Update:
    fresh = db.lock(update)
    if fresh.state != "draft":
        raise AlreadySent
    return fresh


def _checked(product: Product, chosen: Choice) -> dict[str, Any]:
    notes = chosen.notes.strip()
    if not notes:
        raise Refused("Write what changed: buyers read it. Nothing was sent.", field="notes")
    if len(notes) > LONGEST:
        raise Refused(f"Keep it under {LONGEST} characters. Nothing was sent.", field="notes")
    if chosen.audience not in queries.AUDIENCES:
        raise Refused("Choose who hears of it. Nothing was sent.", field="audience")
    files = _own(File, product, chosen.files, "files")
    if chosen.audience == "older" and not files:
        raise Refused("Say which files are new, so that we know who has them. Nothing was sent.", field="files")
    if chosen.variant_id:
        _own(Variant, product, [chosen.variant_id], "variant")
    return {
        "notes": notes,
        "audience": chosen.audience,
        "files": files,
        "variant_id": chosen.variant_id,
        "bought_after": chosen.bought_after,
        "forum": chosen.forum and bool(doors.posts(product)),
    }


def _own(table: type[File] | type[Variant], product: Product, ids: Sequence[UUID], field: str) -> list[UUID]:
    known = set(db.session().scalars(select(table.id).where(table.id.in_(ids), table.product_id == product.id)))
    if known != set(ids):
        raise Refused("That does not belong to this product any more. Choose again; nothing was sent.", field=field)
    return list(dict.fromkeys(ids))


def send(actor: Actor, update: Update) -> int:
    """In the seller's scope: fix who hears of it, and tell them by a job. Returns how many. Raises AlreadySent, NobodyToTell."""
    update = _drafted(update)
    people = queries.audience(queries.update_of(update.id)).subquery()
    row = [people.c.grant_id, people.c.buyer_id, people.c.email, people.c.name]
    chosen = select(literal(update.workspace_id), func.gen_random_uuid(), literal(update.id), *row, literal(""))
    columns = ["workspace_id", "id", "update_id", "grant_id", "buyer_id", "email", "name", "outcome"]
    db.session().execute(insert(UpdateRecipient).from_select(columns, chosen))
    count = db.session().scalar(_counted(update)) or 0
    if not count:
        raise NobodyToTell
    update.state, update.sent_at = "sending", db.now()
    if update.forum:
        update.thread_path = doors.announce(actor, update)
    audit.record(actor, "downloads.send_update", update, people=count, audience=update.audience)
    later("downloads.tell_update", update_id=update.id)
    return count


def tell_update(update_id: UUID) -> None:
    """The job, in the seller's scope: some of those who are left, in one transaction with what says that they were told."""
    update = queries.update_of(update_id)
    left = _left(update)
    if left:
        _tell(update, left)
        db.session().flush()
    if db.session().scalar(_counted(update, "")):
        later("downloads.tell_update", update_id=update.id)
        return
    update.told, update.state = db.session().scalar(_counted(update, "told")) or 0, "sent"


def _counted(update: Update, *outcomes: str) -> Select[Any]:
    """How many recipients there are, of all outcomes or of these."""
    found = select(func.count()).select_from(UpdateRecipient).where(UpdateRecipient.update_id == update.id)
    return found.where(UpdateRecipient.outcome.in_(outcomes)) if outcomes else found


def _left(update: Update) -> Sequence[UpdateRecipient]:
    """Locked; what another run of the job holds is left to it."""
    wanted = select(UpdateRecipient).where(UpdateRecipient.update_id == update.id, UpdateRecipient.outcome == "")
    return (
        db.session()
        .scalars(wanted.order_by(UpdateRecipient.id).limit(AT_A_TIME).with_for_update(skip_locked=True))
        .all()
    )


def _tell(update: Update, people: Sequence[UpdateRecipient]) -> None:
    grants, out = _still(people), _opted_out(update, people)
    accounts = _accounts([one.buyer_id for one in people])
    wishes = notification_queries.wishes_of(accounts, KIND)
    for one in people:
        grant = grants.get(one.grant_id)
        one.settled_at = db.now()
        if grant is None or one.email in out:
            one.outcome = "left out"
            continue
        one.outcome = "told"
        mail = wishes[one.buyer_id].mail if one.buyer_id in accounts else "at_once"
        if one.buyer_id in accounts:
            _to_inbox(update, one, grant, bundled=mail == "bundled")
        if mail == "at_once":
            letters.send(update, one, accounts.get(one.buyer_id, one.email), grant)


def _still(people: Sequence[UpdateRecipient]) -> dict[UUID, tuple[Grant, Order]]:
    """Purchases that are open at this moment, with their orders: a refund on the way ends the news as well."""
    ids = [one.grant_id for one in people]
    rows = db.session().execute(
        select(Grant, Order)
        .join(Order, queries.SAME_ORDER)
        .where(Grant.id.in_(ids), access.active())
        .options(joinedload(Order.group))
    )
    return {grant.id: (grant, order) for grant, order in rows}


def _opted_out(update: Update, people: Sequence[UpdateRecipient]) -> set[str]:
    wanted = select(UpdateOptOut.email).where(
        UpdateOptOut.shop_id == update.product.shop_id, UpdateOptOut.email.in_([one.email for one in people])
    )
    return set(db.session().scalars(wanted))


def _accounts(buyers: Sequence[UUID]) -> Mapping[UUID, str]:
    """The addresses of those who have an account, by id."""
    with db.system("tell buyers of an update") as session:
        rows = session.execute(select(User.id, User.email).where(User.id.in_(buyers)))
        return {row.id: row.email for row in rows}


def _to_inbox(update: Update, one: UpdateRecipient, grant: tuple[Grant, Order], *, bundled: bool) -> None:
    notifications.tell(
        one.buyer_id,
        KIND,
        f"product:{update.product_id}",
        title=update.product.title,
        words=update.notes,
        path=f"/library/{grant[0].id}",
        actor=update.product.shop.name,
        bundled=bundled,
    )
