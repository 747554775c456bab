"""What waits for the team, what it decided, and what a person hears of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, union

from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission, allowed
from app.forum.decisions import VERBS, Sentence, Verb, sentence, told
from app.forum.levels import LEVELS, Level, Standing, level
from app.forum.models import Appeal, Flag, ForumPerson, Moderation, Post, Thread
from app.forum.queries.places import Place
from app.forum.queries.posts import Clean
from app.forum.queries.standing import standings
from app.forum.queries.threads import people
from app.workspaces import queries as workspaces

PAGE, LOG_PAGE = 20, 50
BEFORE = 2
"""Posts shown above one that waits."""


@dataclass(frozen=True)
class Doubt:
    """A flag, with who raised it: for the team alone."""

    flag: Flag
    by: ForumPerson | None


@dataclass(frozen=True)
class History:
    """Somebody as the team weighs them: `past` counts earlier decisions about them by verb, `flagged` flags that were right."""

    person: ForumPerson | None
    so_far: Standing
    flagged: int
    past: dict[str, int]

    @property
    def level(self) -> Level:
        return LEVELS[level(self.person.trust if self.person else 0, self.so_far)]


@dataclass(frozen=True)
class Case:
    """A post to decide on. `before`: what stands above it in its thread."""

    post: Post
    thread: Thread
    history: History
    doubts: list[Doubt]
    before: list[Post]
    names: dict[UUID, ForumPerson]

    @property
    def html(self) -> Clean:
        """Clean since it was kept (text.py)."""
        return Clean(self.post.html)


@dataclass(frozen=True)
class Plea:
    """An appeal with the decision it answers, and what that was about."""

    appeal: Appeal
    decision: Moderation
    post: Post | None
    history: History

    @property
    def sentence(self) -> Sentence:
        row = self.decision
        return sentence(row.actor_name, row.verb, row.about, row.about if row.thread_id else "")


@dataclass(frozen=True)
class Queue:
    cases: list[Case] = field(default_factory=list)
    pleas: list[Plea] = field(default_factory=list)
    after: str = ""


def _undecided() -> Select[Any]:
    """Ids of posts that wait or were flagged."""
    flagged = select(Flag.post_id).where(Flag.state == "open").distinct()
    both = union(select(Post.id).where(Post.state == "waiting"), flagged).subquery()
    gone = ("deleted", "hidden")
    return (
        select(Post)
        .join(Thread, (Thread.workspace_id == Post.workspace_id) & (Thread.id == Post.thread_id))
        .where(Post.id.in_(select(both.c.id)), Post.state.not_in(gone), Thread.state != "deleted")
    )


def waiting() -> tuple[int, datetime | None]:
    """How many posts and appeals wait for the team, and since when the first one does."""
    posts = _undecided().subquery()
    count, first = db.session().execute(select(func.count(), func.min(posts.c.created_at))).one()
    pleas, since = db.session().execute(
        select(func.count(), func.min(Appeal.created_at)).where(Appeal.state == "open")
    ).one()  # fmt: skip
    return count + pleas, min((one for one in (first, since) if one), default=None)


def open_cases(posts: Collection[UUID], appeals: Collection[UUID]) -> set[UUID]:
    """Which of these the team has still to decide."""
    waits = _undecided().where(Post.id.in_(posts)).with_only_columns(Post.id)
    pleas = select(Appeal.id).where(Appeal.id.in_(appeals), Appeal.state == "open")
    return {*db.session().scalars(waits), *db.session().scalars(pleas)}


def queue(after: str = "") -> Queue:
    """The oldest first, by pages; appeals stand on the first one."""
    wanted = _undecided().order_by(Post.id).limit(PAGE + 1)
    last = _id(after)
    posts = list(db.session().scalars(wanted.where(Post.id > last) if last else wanted))
    more, posts = len(posts) > PAGE, posts[:PAGE]
    return Queue(_cases(posts), [] if last else _pleas(), str(posts[-1].id) if more else "")


def case(post_id: UUID) -> Case:
    """One post with all that the team weighs. Raises NotFound."""
    return _cases([db.get(Post, post_id)])[0]


def appeal(appeal_id: UUID) -> Plea:
    """Raises NotFound."""
    return _with_decisions([db.get(Appeal, appeal_id)])[0]


def _cases(posts: Sequence[Post]) -> list[Case]:
    """Eight statements whatever the number of posts."""
    ids = [post.id for post in posts]
    threads = _by_id(Thread, {post.thread_id for post in posts})
    flags = list(
        db.session().scalars(select(Flag).where(Flag.post_id.in_(ids), Flag.state == "open").order_by(Flag.id))
    )
    above = _above(posts)
    names = people({one.user_id for one in flags} | {one.author_id for some in above.values() for one in some})
    histories = _histories({post.author_id for post in posts})
    doubts: dict[UUID, list[Doubt]] = defaultdict(list)
    for one in flags:
        doubts[one.post_id].append(Doubt(one, names.get(one.user_id)))
    return [
        Case(post, threads[post.thread_id], histories[post.author_id], doubts[post.id], above[post.id], names)
        for post in posts
    ]


def _above(posts: Sequence[Post]) -> dict[UUID, list[Post]]:
    """What can be read right before each of these posts."""
    this = select(Post.id, Post.thread_id, Post.number).where(Post.id.in_([one.id for one in posts])).subquery()
    earlier = (
        select(Post.id.label("other"))
        .where(Post.thread_id == this.c.thread_id, Post.number < this.c.number, Post.state == "visible")
        .order_by(Post.number.desc())
        .limit(BEFORE)
        .lateral()
    )
    pairs = db.session().execute(select(this.c.id, earlier.c.other)).all()
    found = _by_id(Post, {row.other for row in pairs})
    above: dict[UUID, list[Post]] = defaultdict(list)
    for row in pairs:
        above[row.id].append(found[row.other])
    return defaultdict(list, {key: sorted(some, key=lambda one: one.number) for key, some in above.items()})


def _by_id(model: Any, ids: set[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in db.session().scalars(select(model).where(model.id.in_(ids)))}


def _histories(ids: set[UUID]) -> dict[UUID, History]:
    known, so_far = people(ids), standings(ids)
    flagged = (
        select(Post.author_id, func.count())
        .join(Flag, (Flag.workspace_id == Post.workspace_id) & (Flag.post_id == Post.id))
        .where(Post.author_id.in_(ids), Flag.state == "agreed")
        .group_by(Post.author_id)
    )
    right = {row[0]: row[1] for row in db.session().execute(flagged)}
    about = select(Moderation.subject_id, Moderation.verb, func.count()).where(Moderation.subject_id.in_(ids))
    past: dict[UUID, dict[str, int]] = defaultdict(dict)
    for who, verb, count in db.session().execute(about.group_by(Moderation.subject_id, Moderation.verb)):
        if who is not None:
            past[who][verb] = count
    empty = Standing(0, 0, 0, 0, False)
    return {who: History(known.get(who), so_far.get(who, empty), right.get(who, 0), past[who]) for who in ids}


def _pleas() -> list[Plea]:
    return _with_decisions(db.session().scalars(select(Appeal).where(Appeal.state == "open").order_by(Appeal.id)).all())


def _with_decisions(rows: Sequence[Appeal]) -> list[Plea]:
    decisions = _by_id(Moderation, {row.moderation_id for row in rows})
    posts = _by_id(Post, {one.post_id for one in decisions.values() if one.post_id})
    histories = _histories({row.user_id for row in rows})
    return [
        Plea(row, decisions[row.moderation_id], posts.get(decisions[row.moderation_id].post_id), histories[row.user_id])
        for row in rows
    ]


def history(user_id: UUID) -> History:
    """Raises NotFound for somebody who never wrote here."""
    found = _histories({user_id})[user_id]
    if found.person is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Line:
    """A decision as the reader may see it. `thread` only when they may read it."""

    row: Moderation
    thread: Thread | None
    appeal: Appeal | None = None

    @property
    def verb(self) -> Verb:
        return VERBS[self.row.verb]

    @property
    def sentence(self) -> Sentence:
        row = self.row
        return sentence(row.actor_name, row.verb, row.about, self.thread.title if self.thread else "")

    @property
    def told(self) -> str:
        """What the one concerned reads of it."""
        return told(self.row.verb, self.row.about) or str(self.sentence)


@dataclass(frozen=True)
class Log:
    lines: list[Line]
    after: str = ""


def log(after: str = "") -> Log:
    """Everything that was decided, newest first: what the reader's own scope lets them know. Keyset paging."""
    wanted = select(Moderation).order_by(Moderation.id.desc())
    return _log(wanted, after)


def decisions(place: Place, after: str = "") -> Log:
    """What was decided about this person, newest first, with what they said to it."""
    found = _log(select(Moderation).where(Moderation.subject_id == place.user_id).order_by(Moderation.id.desc()), after)
    ids = [line.row.id for line in found.lines]
    mine = select(Appeal).where(Appeal.moderation_id.in_(ids), Appeal.user_id == place.user_id)
    appeals = {row.moderation_id: row for row in db.session().scalars(mine)}
    return Log([Line(line.row, line.thread, appeals.get(line.row.id)) for line in found.lines], found.after)


def others_answer(plea: Plea, user_id: UUID | None) -> list[str]:
    """Names of those who answer this appeal instead of its decider; nobody when the reader may answer it."""
    if user_id is None or plea.decision.actor_id != user_id:
        return []
    return [mate.name for mate in _moderators() if mate.user_id != user_id]


def several_decide(place: Place) -> bool:
    """Whether somebody else than a decision's maker can answer the appeal against it."""
    with db.workspace(place.workspace_id, place.user_id):
        return several_moderate()


def several_moderate() -> bool:
    """In the workspace's scope."""
    return len(_moderators()) > 1


def _moderators() -> list[workspaces.Teammate]:
    return [mate for mate in workspaces.team() if allowed(mate.role, Permission.FORUM_POST_MODERATE)]


def decision(place: Place, decision_id: UUID) -> Moderation:
    """One about this person. Raises NotFound."""
    row = db.get(Moderation, decision_id)
    if row.subject_id is None or row.subject_id != place.user_id:
        raise NotFound
    return row


def _log(wanted: Select[Moderation], after: str) -> Log:
    last = _id(after)
    rows = list(db.session().scalars((wanted.where(Moderation.id < last) if last else wanted).limit(LOG_PAGE + 1)))
    more, rows = len(rows) > LOG_PAGE, rows[:LOG_PAGE]
    threads = _by_id(Thread, {row.thread_id for row in rows if row.thread_id})
    lines = [Line(row, threads.get(row.thread_id) if row.thread_id else None) for row in rows]
    return Log(lines, str(rows[-1].id) if more else "")


def barred(place: Place) -> ForumPerson | None:
    """The reader's own row while they may not write here."""
    if place.user_id is None:
        return None
    row = people([place.user_id]).get(place.user_id)
    return row if row is not None and row.barred else None


def my_flags(place: Place, posts: Sequence[UUID]) -> dict[UUID, Flag]:
    """The reader's own flags on these posts."""
    if place.user_id is None or not posts:
        return {}
    mine = select(Flag).where(Flag.user_id == place.user_id, Flag.post_id.in_(posts))
    return {row.post_id: row for row in db.session().scalars(mine)}


def standing_of(place: Place) -> tuple[Level, Standing] | None:
    """How far the reader has come here, None before they wrote."""
    if place.user_id is None:
        return None
    with db.workspace(place.workspace_id, place.user_id):
        row, so_far = people([place.user_id]).get(place.user_id), standings([place.user_id])
    if row is None:
        return None
    return LEVELS[level(row.trust, so_far[place.user_id])], so_far[place.user_id]


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
