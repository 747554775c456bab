"""Polls as a reader sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.forum.models import Poll, PollOption, PollVote, Post, Thread
from app.forum.queries.places import Place


@dataclass(frozen=True)
class PollView:
    """`mine`: the options that the viewer chose. `shown`: the result may be seen without asking."""

    poll: Poll
    options: list[PollOption]
    mine: set[UUID] = field(default_factory=set)
    closed: bool = False

    @property
    def shown(self) -> bool:
        return self.closed or bool(self.mine)

    def share(self, option: PollOption) -> int:
        """How many of a hundred voters chose it."""
        return round(100 * option.votes / self.poll.voters) if self.poll.voters else 0


def of(place: Place, post_ids: Sequence[UUID]) -> dict[UUID, PollView]:
    """By post; one statement when there are none, three otherwise."""
    polls = list(db.session().scalars(select(Poll).where(Poll.post_id.in_(post_ids)))) if post_ids else []
    if not polls:
        return {}
    ids = [poll.id for poll in polls]
    options: dict[UUID, list[PollOption]] = {}
    wanted = select(PollOption).where(PollOption.poll_id.in_(ids)).order_by(PollOption.position)
    for option in db.session().scalars(wanted):
        options.setdefault(option.poll_id, []).append(option)
    mine = _chosen(place, ids)
    now = db.now()
    return {
        poll.post_id: PollView(
            poll,
            options.get(poll.id, []),
            mine.get(poll.id, set()),
            poll.closes_at is not None and poll.closes_at <= now,
        )
        for poll in polls
    }


def first_post(thread: Thread) -> Post:
    """Where the poll of a new thread stands."""
    return db.session().scalars(select(Post).where(Post.thread_id == thread.id, Post.number == 1)).one()


def _chosen(place: Place, ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    if place.user_id is None:
        return found
    mine = select(PollVote.poll_id, PollVote.option_id).where(
        PollVote.user_id == place.user_id, PollVote.poll_id.in_(ids)
    )
    for row in db.session().execute(mine):
        found.setdefault(row.poll_id, set()).add(row.option_id)
    return found
