"""What waits for the team stands in the inbox of each moderator until somebody decided it, for all of them."""

from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.forum.queries import moderation
from app.notifications import actions as notifications
from app.workspaces.models import Member

KIND = "forum.queue"


def settle() -> None:
    """Mark read for everybody what nobody has to decide any more. Inboxes are locked before the queue is asked."""
    workspace_id = db.current_workspace()
    people = set(db.session().scalars(select(Member.user_id)))
    subjects = notifications.unread_about(people, KIND, workspace_id)
    cases = {subject: _named(subject) for subject in subjects}
    posts = [one[1] for one in cases.values() if one[0] == "post"]
    appeals = [one[1] for one in cases.values() if one[0] == "appeal"]
    waits = moderation.open_cases(posts, appeals)
    over = {subject for subject, (_, id) in cases.items() if id not in waits}
    if over:
        notifications.read_for(people, KIND, workspace_id, over)


def _named(subject: str) -> tuple[str, UUID]:
    """What an item is about: «post» or «appeal», and which."""
    kind, _, id = subject.partition(":")
    return kind, UUID(id)
