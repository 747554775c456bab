"""Who hears of an update: chosen by what they bought and fetched, never refunded, never against their wish."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from app.access import queries as access
from app.access.models import Grant
from app.catalogue.models import File, Product
from app.core import db
from app.core.errors import NotFound
from app.core.masking import masked, shortened
from app.downloads.models import Download, Update, UpdateOptOut, UpdateRecipient
from app.downloads.queries.library import in_library
from app.orders.models import Order

AUDIENCES = {
    "all": "Everybody who bought it",
    "older": "Those who fetched an earlier release, and not this one",
    "never": "Those who have not downloaded anything yet",
}
SHOWN = 8
SAME_ORDER = and_(Order.workspace_id == Grant.workspace_id, Order.id == Grant.order_id)


@dataclass(frozen=True)
class Preview:
    """Who would hear of it now. `first` are some of them, masked; `opted_out` addresses asked for no such mail."""

    count: int
    first: list[tuple[str, str]]
    opted_out: int
    closed: int


def update_of(update_id: UUID) -> Update:
    """In the seller's scope, with its product and shop. Raises NotFound."""
    wanted = select(Update).where(Update.id == update_id)
    loaded = joinedload(Update.product).joinedload(Product.shop)
    found = db.session().scalars(wanted.options(loaded)).one_or_none()
    if found is None:
        raise NotFound
    return found


def updates_of(product_id: UUID, limit: int = 30) -> Sequence[Update]:
    """In the seller's scope, the newest first."""
    wanted = select(Update).where(Update.product_id == product_id).order_by(Update.id.desc())
    return db.session().scalars(wanted.limit(limit)).all()


def files_now(product_id: UUID) -> list[File]:
    """What buyers get today, in the seller's order."""
    wanted = select(File).where(File.product_id == product_id, File.removed_at.is_(None))
    return list(db.session().scalars(wanted.order_by(File.position, File.id)))


def fresh(product_id: UUID) -> list[File]:
    """Files that came since the last update went out; before the first one, those that replaced another."""
    sent = select(func.max(Update.sent_at)).where(Update.product_id == product_id)
    last = db.session().scalar(sent)
    return [file for file in files_now(product_id) if (file.created_at > last if last else file.release > 1)]


def audience(update: Update) -> Select[Any]:
    """One row (grant, buyer, address in lower case, name) for each buyer, and for each address only one."""
    own = distinct_on(Grant.buyer_id)
    each = _wanted(update).order_by(Grant.buyer_id, Grant.created_at.desc()).ext(own).subquery()
    return select(each).order_by(each.c.email, each.c.created_at.desc()).ext(distinct_on(each.c.email))


def _wanted(update: Update) -> Select[Any]:
    email = func.lower(Order.buyer_email).label("email")
    found = select(Grant.id.label("grant_id"), Grant.buyer_id, email, Order.buyer_name.label("name"), Grant.created_at)
    return found.join(Order, SAME_ORDER).where(*_chosen(update), access.active(), ~_opted_out(update))


def _chosen(update: Update) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Grant.product_id == update.product_id, in_library(), Order.channel == "own"]
    if update.files:
        found.append(_for_them(update))
    if update.variant_id:
        found.append(Grant.variant_id == update.variant_id)
    if update.bought_after:
        found.append(Grant.created_at >= update.bought_after)
    if update.audience != "all":
        found.append(_fetched_earlier(update) if update.audience == "older" else ~_fetched())
    return found


def _for_them(update: Update) -> ColumnElement[bool]:
    """At least one of the files is for the variant they bought."""
    theirs = or_(File.variant_id.is_(None), File.variant_id == Grant.variant_id)
    return exists().where(File.workspace_id == Grant.workspace_id, File.id.in_(update.files), theirs)


def _fetched(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Download.workspace_id == Grant.workspace_id,
        Download.grant_id == Grant.id,
        Download.completed_at.is_not(None),
        *conditions,
    )


def _fetched_earlier(update: Update) -> ColumnElement[bool]:
    return and_(_fetched(Download.file_id.not_in(update.files)), ~_fetched(Download.file_id.in_(update.files)))


def _opted_out(update: Update) -> ColumnElement[bool]:
    return exists().where(
        UpdateOptOut.workspace_id == Grant.workspace_id,
        UpdateOptOut.shop_id == update.product.shop_id,
        UpdateOptOut.email == func.lower(Order.buyer_email),
    )


def preview(update: Update) -> Preview:
    """In the seller's scope."""
    everybody = audience(update).subquery()
    count = db.session().scalar(select(func.count()).select_from(everybody)) or 0
    rows = db.session().execute(select(everybody.c.name, everybody.c.email).limit(SHOWN))
    addresses = (
        select(func.count(func.distinct(func.lower(Order.buyer_email)))).select_from(Grant).join(Order, SAME_ORDER)
    )
    out = db.session().scalar(addresses.where(*_chosen(update), access.active(), _opted_out(update))) or 0
    closed = db.session().scalar(addresses.where(*_chosen(update), ~access.active())) or 0
    return Preview(count, [(shortened(name), masked(email)) for name, email in rows], out, closed)


def progress_of(update: Update) -> dict[str, int]:
    """How many were told, left out (refunded or opted out meanwhile), and still to be told («»)."""
    rows = db.session().execute(
        select(UpdateRecipient.outcome, func.count())
        .where(UpdateRecipient.update_id == update.id)
        .group_by(UpdateRecipient.outcome)
    )
    return {outcome: int(count) for outcome, count in rows}
