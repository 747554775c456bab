"""Polls. A poll's row is locked while its votes change, so that what is counted is what was chosen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.forum import text
from app.forum.actions import people, posts
from app.forum.actions.writing import writing
from app.forum.models import ForumPerson, Poll, PollOption, PollVote, Post

FEWEST, MOST = 2, 12
LONGEST_OPTION = 120
LONGEST_POLL = timedelta(days=366)


class PollStands(Refused):
    status = 409
    message = "Somebody has voted, so this poll can only be closed. Nothing was changed."


class PollClosed(Refused):
    status = 409
    message = "This poll is closed. Your vote was not counted."


def set_poll(
    actor: Actor, post: Post, question: str, options: Sequence[str], *, many: bool, closes_at: datetime | None
) -> Poll:
    """Ask in a post, or ask otherwise while nobody has voted. Raises NotYours, Locked, PollStands, BadText, Refused."""
    with writing():
        posts.owner(actor, post)
        asked, words = _question(question), _options(options)
        if closes_at is not None and not db.now() < closes_at <= db.now() + LONGEST_POLL:
            raise Refused("Choose an end within a year from now. Nothing was saved.", field="poll_days")
        post = db.lock(post)
        poll = _locked(post) or db.add(Poll(post_id=post.id, question=asked, many=many, closes_at=closes_at))
        if poll.voters:
            raise PollStands
        poll.question, poll.many, poll.closes_at = asked, many, closes_at
        db.session().execute(delete(PollOption).where(PollOption.poll_id == poll.id))
        for position, one in enumerate(words):
            db.add(PollOption(poll_id=poll.id, position=position, words=one))
        audit.record(actor, "forum.set_poll", poll, post_id=post.id, options=len(words))
        posts.changed(post)
        return poll


def _question(typed: str) -> str:
    try:
        return text.title(typed)
    except text.BadText as refusal:
        raise Refused(refusal.message.replace("title", "question"), field="poll_question") from refusal


def _options(typed: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(" ".join(text.tidy(one[: 4 * LONGEST_OPTION]).split()) for one in typed))
    found = [one for one in found if one]
    if not FEWEST <= len(found) <= MOST:
        said = f"Give {FEWEST} to {MOST} different options, one in a line; these are {len(found)}. Nothing was saved."
        raise Refused(said, field="poll_options")
    if any(len(one) > LONGEST_OPTION for one in found):
        raise Refused(
            f"Use at most {LONGEST_OPTION} characters for an option. Nothing was saved.", field="poll_options"
        )
    return found


def _locked(post: Post) -> Poll | None:
    wanted = select(Poll).where(Poll.post_id == post.id).with_for_update()
    return db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def choose(actor: Actor, post: Post, chosen: Sequence[UUID]) -> None:
    """The person's whole vote: what they chose before and do not name now is taken back. Raises MayNotWrite, NotFound, PollClosed, Refused."""
    with writing():
        person, poll = people.writer(actor), _locked(post)
        if poll is None:
            raise NotFound
        if poll.closes_at is not None and poll.closes_at <= db.now():
            raise PollClosed
        wanted = set(chosen)
        if len(wanted) > 1 and not poll.many:
            raise Refused("Choose one option. Your vote was not counted.", field="option")
        known = set(db.session().scalars(select(PollOption.id).where(PollOption.poll_id == poll.id)))
        if not wanted <= known:
            raise Refused("This poll has changed. Look at it again; your vote was not counted.", field="option")
        if _count(person, poll, wanted):
            posts.changed(post)


def _count(person: ForumPerson, poll: Poll, wanted: set[UUID]) -> bool:
    """Whether anything changed. The poll is locked."""
    mine = select(PollVote.option_id).where(PollVote.poll_id == poll.id, PollVote.user_id == person.user_id)
    before = set(db.session().scalars(mine))
    for option_id in sorted(wanted - before):
        db.add(PollVote(poll_id=poll.id, option_id=option_id, user_id=person.user_id))
        _move(option_id, 1)
    for option_id in sorted(before - wanted):
        gone = delete(PollVote).where(PollVote.option_id == option_id, PollVote.user_id == person.user_id)
        db.session().execute(gone.execution_options(synchronize_session=False))
        _move(option_id, -1)
    poll.voters += int(bool(wanted)) - int(bool(before))
    return wanted != before


def _move(option_id: UUID, by: int) -> None:
    counted = update(PollOption).where(PollOption.id == option_id).values(votes=PollOption.votes + by)
    db.session().execute(counted.execution_options(synchronize_session=False))


def close(actor: Actor, post: Post) -> None:
    """No more votes; the result stands. Raises NotYours, Locked, NotFound."""
    with writing():
        posts.owner(actor, post)
        poll = _locked(post)
        if poll is None:
            raise NotFound
        if poll.closes_at is None or poll.closes_at > db.now():
            poll.closes_at = db.now()
            audit.record(actor, "forum.close_poll", poll, post_id=post.id)
            posts.changed(post)
