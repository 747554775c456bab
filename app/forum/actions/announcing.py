"""That somebody is writing, told to those who read the thread. It lives for seconds, in Valkey alone."""

import json

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select

from app.core import db
from app.core.actor import Actor
from app.core.outbox_relay import valkey
from app.forum.models import Community, ForumPerson, Thread

log = structlog.get_logger()


def say_writing(actor: Actor, thread: Thread, page: str) -> None:
    """Tell it once; pages forget it by themselves. Nothing is told of somebody whose reply would be refused."""
    if not _may_answer(actor, thread):
        return
    data = {"workspace_id": str(thread.workspace_id), "thread_id": str(thread.id), "name": actor.name, "page": page}
    try:
        valkey().publish(f"live:thread:{thread.id}", json.dumps({"event": "forum.writing", "data": data}))
    except RedisError as error:
        log.warning("forum.valkey_away", error=str(error))


def _may_answer(actor: Actor, thread: Thread) -> bool:
    """Asked without a lock and without making anybody a person of the forum."""
    person = db.session().scalars(select(ForumPerson).where(ForumPerson.user_id == actor.user_id)).one_or_none()
    if person is not None and (person.banned_at or (person.suspended_until and person.suspended_until > db.now())):
        return False
    if person is not None and person.team:
        return True
    closed = db.session().scalars(select(Community.state)).one_or_none() != "open"
    return not closed and thread.locked_at is None and thread.state == "visible"
