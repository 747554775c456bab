"""One letter a purchase that asks what its buyer thinks, a week after all of it was with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.accounts.models import User
from app.catalogue.models import Shop
from app.core import audit, db
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.outbox import later
from app.notifications import actions as notifications
from app.notifications import queries as notification_queries
from app.orders.models import Order
from app.reviews import queries, rules
from app.reviews.actions import letters
from app.reviews.models import Review, ReviewOptOut, ReviewReminder, ReviewSetting
from app.workspaces.models import Member

KIND = "reviews.reminder"
AT_A_TIME = 100
"""Purchases in one transaction of the job."""


def remind_everywhere() -> None:
    """In system scope: each workspace in which something may be due looks at its own purchases."""
    for workspace_id in queries.places():
        with db.workspace(workspace_id):
            later("reviews.remind")


def remind(after: UUID | None = None) -> None:
    """The job, in the seller's scope. Whatever happens to it, no purchase is asked about twice."""
    found, rest = queries.due(after, AT_A_TIME)
    for one in found:
        _settle(one)
    if rest is not None:
        later("reviews.remind", after=rest)


def _settle(due: queries.Due) -> None:
    order, reader = due.order, _reader(due.order)
    grants = _wanted(order)
    outcome = "late" if due.late else _outcome(order, grants, reader)
    row = {"workspace_id": order.workspace_id, "id": new_id(), "order_id": order.id, "created_at": db.now()}
    made = insert(ReviewReminder).values(row | {"outcome": outcome}).on_conflict_do_nothing()
    if db.session().execute(made.returning(ReviewReminder.id)).one_or_none() and outcome == "sent":
        _send(order, grants, reader)


@dataclass(frozen=True)
class Reader:
    """Where a buyer is written to, and how they chose to hear of it. Guests have no inbox and hear by letter alone."""

    email: str
    account: bool = False
    inbox: bool = False
    mail: str = "at_once"


def _reader(order: Order) -> Reader:
    with db.system("remind buyers of reviews") as session:
        address = session.scalars(select(User.email).where(User.id == order.buyer_id)).one_or_none()
    if address is None:
        return Reader(order.buyer_email)
    wish = notification_queries.wishes_of([order.buyer_id], KIND)[order.buyer_id]
    return Reader(address, True, wish.inbox, wish.mail)


def _wanted(order: Order) -> list[Grant]:
    """What of it is paid and was not reviewed, also not on another purchase."""
    mine = db.session().scalars(select(Grant).where(Grant.order_id == order.id).order_by(Grant.id)).all()
    said = select(Grant.product_id).join(Review, Review.grant_id == Grant.id)
    known = set(db.session().scalars(said.where(Grant.buyer_id == order.buyer_id)))
    first = {one.product_id: one for one in reversed(mine) if rules.paid(one) and one.product_id not in known}
    return sorted(first.values(), key=lambda one: one.id)


def _outcome(order: Order, grants: Sequence[Grant], reader: Reader) -> str:
    """Sent, or why nothing is."""
    if not grants:
        return "nothing to review"
    if not _on(order.shop_id):
        return "switched off"
    silent = not reader.inbox and reader.mail == "never"
    return "not wanted" if silent or _unwanted(order) else "sent"


def _on(shop_id: UUID) -> bool:
    chosen = db.session().scalars(select(ReviewSetting.reminders).where(ReviewSetting.shop_id == shop_id)).one_or_none()
    return True if chosen is None else chosen


def _unwanted(order: Order) -> bool:
    """They said so, or belong to the team, whose word does not count."""
    out = exists().where(ReviewOptOut.shop_id == order.shop_id, ReviewOptOut.email == order.buyer_email.lower())
    team = exists().where(Member.user_id == order.buyer_id, Member.removed_at.is_(None))
    return bool(db.session().scalar(select(out | team)))


def _send(order: Order, grants: Sequence[Grant], reader: Reader) -> None:
    if reader.account:
        _to_inbox(order, grants, bundled=reader.mail == "bundled")
    if reader.mail == "at_once":
        letters.send(order, grants, reader.email)


def _to_inbox(order: Order, grants: Sequence[Grant], *, bundled: bool) -> None:
    """Where the person chose to have it there."""
    notifications.tell(
        order.buyer_id,
        KIND,
        f"order:{order.id}",
        title=order.shop.name,
        words=f"How is {grants[0].product.title}?",
        path=f"/reviews/{grants[0].id}",
        actor=order.shop.name,
        bundled=bundled,
    )


def switch(actor: Actor, shop: Shop, *, on: bool) -> None:
    """In the seller's scope: whether buyers of a shop are reminded."""
    row = db.ensure(ReviewSetting, shop_id=shop.id)
    if row.reminders != on:
        row.reminders = on
        audit.record(actor, "reviews.switch_reminders", shop, on=on)
