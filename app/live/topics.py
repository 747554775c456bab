"""Who may hear a topic; always asked of the database, in the reader's own scope."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import UserSession
from app.channels.models import ChannelRun
from app.core import db
from app.core.errors import NotFound
from app.forum import queries as forum
from app.forum.models import ForumCategory
from app.orders.models import Order, OrderGroup
from app.shipping.models import LabelBatch
from app.workspaces.models import Member

WORKSPACE_TOPICS = ("channels", "data", "forum", "orders", "products", "reviews", "stock", "payouts")
MOST_TOPICS = 32
"""Of one stream: a list of threads listens to each of its categories."""


def allowed(topics: Sequence[str], owner: UUID | None, session_id: UUID | None) -> bool:
    """True when `owner` (person or guest, None for a browser we never met) may hear all of them and the session they came
    with is still good."""
    with db.buyer(owner) if owner else db.public() as session:
        if session_id and not session.scalar(
            select(exists().where(UserSession.id == session_id, UserSession.revoked_at.is_(None)))
        ):
            return False
        parted = [topic.split(":") for topic in topics]
        lists = [parts for parts in parted if parts[0] == "forum"]
        rest = [parts for parts in parted if parts[0] != "forum"]
        return all(_may_hear(parts, owner) for parts in rest) and _may_enter(lists, owner)


def _may_hear(parts: list[str], owner: UUID | None) -> bool:
    subject = _id(parts[1:2])
    if subject is None:
        return False
    if parts[0] == "thread" and len(parts) == 2:
        return _may_read(subject, owner)
    if owner is None:
        return False
    if parts[0] == "order" and len(parts) == 2:
        return _own_order(subject) or _of_a_workspace_of(owner, Order, subject)
    if parts[0] == "run" and len(parts) == 2:
        return any(_of_a_workspace_of(owner, model, subject) for model in (LabelBatch, ChannelRun))
    if parts[0] == "workspace" and len(parts) == 3 and parts[2] in WORKSPACE_TOPICS:
        return _is_member(subject, owner)
    if parts[0] == "member" and parts[2:] in (["inbox"], ["data"]):
        return subject == owner
    return False


def _id(parts: list[str]) -> UUID | None:
    try:
        return UUID(parts[0])
    except (IndexError, ValueError):
        return None


def _may_read(thread_id: UUID, owner: UUID | None) -> bool:
    """As the thread's own page decides it."""
    try:
        place = forum.places.by_thread(thread_id, owner, owner is not None)
        with forum.places.entered(place):
            forum.posts.thread(place, thread_id)
    except NotFound:
        return False
    return True


def _may_enter(topics: list[list[str]], owner: UUID | None) -> bool:
    """`forum:<workspace>:<category>`: all of one workspace at once, as its list of threads decides it."""
    wanted: dict[UUID, set[UUID]] = {}
    for parts in topics:
        workspace_id, category_id = _id(parts[1:2]), _id(parts[2:3])
        if workspace_id is None or category_id is None or len(parts) != 3:
            return False
        wanted.setdefault(workspace_id, set()).add(category_id)
    return all(_all_open(workspace_id, ids, owner) for workspace_id, ids in wanted.items())


def _all_open(workspace_id: UUID, ids: set[UUID], owner: UUID | None) -> bool:
    try:
        place = forum.places.of_workspace(workspace_id, owner, owner is not None)
    except NotFound:
        return False
    with forum.places.entered(place) as session:
        rows = session.scalars(select(ForumCategory).where(ForumCategory.id.in_(ids))).all()
        return forum.threads.enterable(place, rows) == ids


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
