"""Who may hear a topic; always asked of the database, in the reader's own scope."""

from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import UserSession
from app.channels.models import ChannelRun
from app.core import db
from app.orders.models import Order, OrderGroup
from app.shipping.models import LabelBatch
from app.workspaces.models import Member

WORKSPACE_TOPICS = ("channels", "orders", "products", "stock", "payouts")


def allowed(topics: list[str], owner: UUID | None, session_id: UUID | None) -> bool:
    """True when `owner` (person or guest) may hear all of them and the session they came with is still good."""
    if owner is None:
        return False
    with db.buyer(owner) as session:
        if session_id and not session.scalar(
            select(exists().where(UserSession.id == session_id, UserSession.revoked_at.is_(None)))
        ):
            return False
        return all(_may_hear(topic, owner) for topic in topics)


def _may_hear(topic: str, owner: UUID) -> bool:
    parts = topic.split(":")
    try:
        subject = UUID(parts[1])
    except (IndexError, ValueError):
        return False
    if parts[0] == "order" and len(parts) == 2:
        return _own_order(subject) or _of_a_workspace_of(owner, Order, subject)
    if parts[0] == "run" and len(parts) == 2:
        return any(_of_a_workspace_of(owner, model, subject) for model in (LabelBatch, ChannelRun))
    if parts[0] == "workspace" and len(parts) == 3 and parts[2] in WORKSPACE_TOPICS:
        return _is_member(subject, owner)
    if parts[0] == "member" and parts[2:] == ["inbox"]:
        return subject == owner
    return False


def _own_order(subject: UUID) -> bool:
    return bool(db.session().scalar(select(exists().where(OrderGroup.id == subject)))) or bool(
        db.session().scalar(select(exists().where(Order.id == subject)))
    )


def _of_a_workspace_of(owner: UUID, model: type[Order] | type[LabelBatch] | type[ChannelRun], subject: UUID) -> bool:
    """The row belongs to a workspace that the listener is a member of."""
    memberships = (
        db.session()
        .scalars(select(Member.workspace_id).where(Member.user_id == owner, Member.removed_at.is_(None)))
        .all()
    )
    for workspace_id in memberships:
        with db.workspace(workspace_id, owner):
            if db.find(model, subject):
                return True
    return False


def _is_member(workspace_id: UUID, owner: UUID) -> bool:
    return bool(
        db.session().scalar(
            select(
                exists().where(
                    Member.workspace_id == workspace_id, Member.user_id == owner, Member.removed_at.is_(None)
                )
            )
        )
    )
