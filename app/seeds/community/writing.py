"""Writes a script into its community, post by post, in the order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.catalogue.models import Product
from app.core import db
from app.core.outbox import OutboxJob
from app.forum import actions
from app.forum.actions import answering, flagging, moderating, polling, questioning
from app.forum.models import ForumCategory, Poll, PollOption, Post, Thread
from app.seeds.art import dice
from app.seeds.cast import Person
from app.seeds.community import script
from app.seeds.community.opening import Opened
from app.seeds.community.script import Said, Talk

FRESH = timedelta(days=4)
"""What is older was heard of at its time; only news of the last days wait in people's inboxes."""
BATCH = 20
HEARD = ("forum.handlers.on_thread_started", "forum.handlers.on_post_written")
POLLS = {
    "Show us your wall!": ("Where does yours hang?", ("Hall", "Over a desk", "Bedroom", "Somewhere odd")),
    "What should I photograph in spring?": ("Vote with your feet", ("Cobblestones", "Roof tiles", "Old plaster")),
    "What is your sticker stuck to?": ("Where is she?", ("Laptop", "Bottle", "Fridge", "Something that moves")),
}


@dataclass
class Course:
    """A thread as far as it is written."""

    talk: Talk
    thread_id: UUID | None = None
    posts: dict[int, UUID] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """One post that is to be written: `number` counts from 1 in its talk."""

    moment: datetime
    course: Course
    number: int
    who: Person
    said: Said

    @property
    def key(self) -> str:
        return f"demo {self.course.talk.title[:40]} {self.number}"

    @property
    def last(self) -> bool:
        return self.number == len(self.course.talk.posts)


def write(town: Opened, people: dict[str, Person], begun: datetime) -> None:
    """All talks of a community; posts that are there already are found by their keys and stay."""
    turns = [turn for talk in script.read(town.plan.script) for turn in _turns(town, talk, people, begun)]
    turns.sort(key=lambda one: (one.moment, one.course.talk.title, one.number))
    past = [turn for turn in turns if turn.moment < begun - FRESH]
    for batch in (*batched(past), *batched(turns[len(past) :])):
        with db.workspace(town.workspace_id, town.owner.id):
            for turn in batch:
                with db.at(turn.moment), db.workspace(town.workspace_id, turn.who.id):
                    _write(town, turn)
            if batch[-1].moment < begun - FRESH:
                _heard(town.workspace_id)


def batched(turns: Sequence[Turn]) -> Iterator[Sequence[Turn]]:
    """Twenty posts in one transaction."""
    return (turns[start : start + BATCH] for start in range(0, len(turns), BATCH))


def _turns(town: Opened, talk: Talk, people: dict[str, Person], begun: datetime) -> Iterator[Turn]:
    """None for a talk about a product that is not in stock, or of owners where nobody has bought."""
    cast = _cast(town, people)
    product = talk.category.removeprefix("product: ")
    unknown = {said.who for said in talk.posts} - set(cast)
    if unknown or (product != talk.category and product not in town.products):
        return
    moment, course, latest = begun - timedelta(days=talk.days), Course(talk), begun - timedelta(minutes=20)
    for number, said in enumerate(talk.posts, 1):
        chance = dice(f"{talk.title} {number}")
        moment = min(moment + timedelta(hours=said.hours, minutes=chance.randrange(1, 50)), latest)
        yield Turn(moment, course, number, cast[said.who], said)


def _cast(town: Opened, people: dict[str, Person]) -> dict[str, Person]:
    """Everybody by their short name, and those who own something here as owner1, owner2, …"""
    known = {person.id: person for person in people.values()}
    owners = [known[one] for one in town.owners if one in known and known[one] != town.owner]
    return people | {f"owner{number}": person for number, person in enumerate(owners, 1)}


def _write(town: Opened, turn: Turn) -> None:
    course, talk = turn.course, turn.course.talk
    fresh = db.session().scalar(select(Post.id).where(Post.author_id == turn.who.id, Post.key == turn.key)) is None
    if turn.number == 1:
        course.thread_id = _start(town, turn).id
        post = _first(course.thread_id)
    else:
        to = course.posts.get(turn.said.to or 0)
        parent = db.get(Post, to) if to else None
        thread = db.get(Thread, course.thread_id) if course.thread_id else None
        if thread is None:
            return
        post = actions.reply(turn.who.actor, thread, turn.said.body, parent=parent, key=turn.key)
    course.posts[turn.number] = post.id
    if not fresh:
        return
    if turn.said.accepted:
        actions.accept(town.owner.actor, db.get(Thread, post.thread_id), post)
    if turn.number == 1 and "poll" in talk.marks:
        _ask(turn, post)
    _vote(town, turn, post)
    if turn.last:
        _finish(town, turn)


def _start(town: Opened, turn: Turn) -> Thread:
    talk = turn.course.talk
    product = talk.category.removeprefix("product: ")
    if product != talk.category:
        row = db.get(Product, town.products[product])
        return questioning.ask(turn.who.actor, row, talk.title, turn.said.body, key=turn.key)
    room = db.get(ForumCategory, town.rooms[talk.category])
    return actions.start(turn.who.actor, room, talk.title, turn.said.body, talk.tags, key=turn.key)


def _first(thread_id: UUID) -> Post:
    return db.session().scalars(select(Post).where(Post.thread_id == thread_id, Post.number == 1)).one()


def _vote(town: Opened, turn: Turn, post: Post) -> None:
    """Half of the posts found up to three who liked them; an answer that was chosen, a few more."""
    chance = dice(f"votes {turn.key}")
    liked = chance.randrange(2, 6) if turn.said.accepted else chance.choice((0, 0, 0, 1, 2, 3))
    voters = [one for one in town.readers if one.id != turn.who.id]
    for voter in chance.sample(voters, k=min(liked, len(voters))):
        actions.vote(voter.actor, db.get(Post, post.id), 1)


def _ask(turn: Turn, post: Post) -> None:
    question, options = POLLS[turn.course.talk.title]
    polling.set_poll(turn.who.actor, post, question, options, many=False, closes_at=None)


def _choose(town: Opened, post: Post, title: str) -> None:
    """A dozen people answer the poll."""
    poll = db.session().scalars(select(Poll.id).where(Poll.post_id == post.id)).one()
    options = list(db.session().scalars(select(PollOption.id).where(PollOption.poll_id == poll)))
    chance = dice(f"poll {title}")
    for person in chance.sample(town.readers, k=12):
        polling.choose(person.actor, post, [chance.choice(options)])


def _finish(town: Opened, turn: Turn) -> None:
    """What the team, and once a reader, did about the whole thread."""
    course, marks, owner = turn.course, turn.course.talk.marks, town.owner.actor
    thread = db.get(Thread, course.thread_id) if course.thread_id else None
    if thread is None:
        return
    if "poll" in marks:
        _choose(town, _first(thread.id), course.talk.title)
    for mark in ("pin", "lock"):
        if mark in marks:
            moderating.decide_thread(owner, thread, f"{mark}_thread")
    if "faq" in marks:
        answering.feature(owner, thread)
    if "flag" in marks:
        reader = next(one for one in town.readers if one.id not in thread.voices)
        flagging.flag(reader.actor, db.get(Post, course.posts[3]), "off_topic", "Is marmalade making? I only ask.")


def _heard(workspace_id: UUID) -> None:
    """The news of this transaction was heard of in its time: nobody is told again today."""
    news = update(OutboxJob).where(OutboxJob.name.in_(HEARD), OutboxJob.done_at.is_(None))
    with db.system("seed") as session:
        own = news.where(OutboxJob.workspace_id == workspace_id)
        session.execute(own.values(done_at=db.now(), dead_at=db.now()))
