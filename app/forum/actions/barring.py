"""People who read and do not write: for a while, or until the team lifts it."""

from datetime import timedelta
from uuid import UUID

from app.core import db
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, Refused
from app.core.outbox import emit
from app.forum.actions import deciding, people
from app.forum.actions.writing import writing
from app.forum.decisions import LENGTHS, because
from app.forum.events import PersonChanged
from app.forum.models import ForumPerson, Moderation

SAME = timedelta(hours=1)
"""Two suspensions that end within this time are one decision that two people made."""


class OfTheTeam(Refused):
    message = (
        "Members of the team cannot be warned, suspended or banned. Remove their membership on the Team page first."
        " Nothing was changed."
    )


class BarredAlready(Conflict):
    message = "They cannot write here already: somebody of the team was quicker. Nothing was changed by you. Let them write again first to choose another length."


class MayAlready(Conflict):
    message = "They may write already. Nothing was changed."


def bar(actor: Actor, user_id: UUID, length: str, reason: str, words: str = "") -> Moderation:
    """Suspend somebody for a `length` of decisions.LENGTHS, or ban them. The caller has proven that the actor may.

    Raises OfTheTeam, NotFound for somebody who never wrote here. Locks their row: nothing of theirs may be locked before.
    """
    person = lock(user_id)
    span = LENGTHS[length][1]
    person.barred_for = because(reason, words)
    person.banned_at = db.now() if span is None else None
    person.suspended_until = db.now() + span if span is not None else None
    about = (
        f"until {person.suspended_until.strftime('%-d %B %Y, %H:%M UTC')}"
        if person.suspended_until
        else "until the team lifts it"
    )
    emit(PersonChanged(workspace_id=person.workspace_id, user_id=user_id))
    verb = "ban" if span is None else "suspend"
    return deciding.log(actor, verb, reason=person.barred_for, subject_id=user_id, about=about)


def longer(person: ForumPerson, length: str) -> bool:
    """Whether a suspension of this length would end an hour or more after the one that holds. The person is locked."""
    span = LENGTHS[length][1]
    if person.banned_at is not None or not person.barred:
        return person.banned_at is None
    return span is None or db.now() + span > person.suspended_until + SAME  # type: ignore[operator]


def lift(actor: Actor, user_id: UUID, reason: str = "", *, tells: bool = True) -> None:
    """They may write again. The caller has proven that the actor may. Raises MayAlready, NotFound."""
    person = lock(user_id)
    if not person.barred:
        raise MayAlready
    person.banned_at = person.suspended_until = None
    person.barred_for = ""
    emit(PersonChanged(workspace_id=person.workspace_id, user_id=user_id))
    deciding.log(actor, "lift", reason=reason, subject_id=user_id, about="reading and writing", tells=tells)


def not_of_team(user_id: UUID) -> None:
    """Raises OfTheTeam."""
    if people.in_team(user_id):
        raise OfTheTeam


def lock(user_id: UUID) -> ForumPerson:
    """Somebody who may be barred. Raises OfTheTeam, NotFound."""
    not_of_team(user_id)
    person = deciding.person(user_id)
    if person is None:
        raise NotFound
    return person


def decide_person(actor: Actor, user_id: UUID, length: str, reason: str, words: str = "") -> None:
    """Suspend or ban somebody from their page. `length`: a key of decisions.LENGTHS, or «lift». Raises MayNotWrite, OfTheTeam, BarredAlready, MayAlready."""
    with writing():
        if not people.writer(actor).team:
            raise people.MayNotWrite("Only the team decides who writes here. Nothing was changed.")
        if length == "lift":
            lift(actor, user_id, " ".join(words.split()))
        elif lock(user_id).barred:
            raise BarredAlready
        else:
            bar(actor, user_id, length, reason, words)
