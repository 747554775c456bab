"""What newcomers write is looked at before others see it: how much, how fast, and whether it looks like spam.

Only signals of our own count. Nobody is refused in silence: limits say when to come back, and a post that waits says so.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.core import db
from app.core.errors import Refused
from app.forum.levels import HOLD, LEVELS, SURE, Level, level
from app.forum.models import ForumPerson, Post
from app.forum.queries.standing import standing
from app.forum.text import Rendered

REPEATED_WITHIN = timedelta(hours=24)
ALIKE = 0.7
"""Share of three-letter pieces that two texts have in common, from which one repeats the other."""
LOUD_FROM = 20
"""Letters; fewer of them shout nothing."""


class TooMuch(Refused):
    """More than a newcomer may put into one post, or more posts than they may write for now."""


@dataclass(frozen=True)
class Verdict:
    """`score` 0 to 100 and its parts in words; `held_for` is a key of decisions.HELD, empty when it can be seen at once."""

    score: int = 0
    signals: tuple[str, ...] = ()
    held_for: str = ""


CLEAR = Verdict()


def judge(person: ForumPerson, body: str, made: Rendered) -> Verdict:
    """Of a new post. The person's row is locked. Raises TooMuch."""
    settle(person)
    if person.team or person.trust == len(LEVELS) - 1:
        return CLEAR
    may = LEVELS[person.trust]
    _within(may, made)
    _pace(person, may)
    return _verdict(person, _signals(person, body, made), made.links)


def judge_edit(person: ForumPerson, post: Post, body: str, made: Rendered) -> Verdict:
    """Of a post that its newcomer changed: links that were not there before are looked at. Raises TooMuch."""
    if person.team or person.user_id != post.author_id or person.trust == len(LEVELS) - 1:
        return CLEAR
    _within(LEVELS[person.trust], made)
    fresh = made.links > post.html.count("<a ")
    if person.trust == 0 and fresh and post.state == "visible":
        return Verdict(post.spam, (*post.signals, "A link came in by an edit"), "edit")
    return CLEAR


def settle(person: ForumPerson) -> None:
    """Give the person the level that they have earned, or lost."""
    person.trust = level(person.trust, standing(person))


def fingerprint(body: str) -> str:
    """The same for texts that differ in capitals, signs and spaces alone; empty for a few words, which many people write."""
    words = re.findall(r"\w+", body.casefold())
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:32] if len(words) > 3 else ""


def _within(may: Level, made: Rendered) -> None:
    wanted = (
        (may.links, made.links, "links"),
        (may.pictures, made.images, "picture"),
        (may.people, len(made.mentions), "people"),
    )
    for most, found, what in wanted:
        if most is not None and found > most:
            some = {"people": f"call at most {most} people", "picture": f"show {most or 'no'} pictures"}
            said = some.get(what, f"have {most} {what}")
            raise TooMuch(
                f"While you are {may.name.lower()} here, a post may {said}; this one has {found}."
                " Nothing was posted; your text is still in the box.",
                field="body",
            )  # fmt: skip


def _pace(person: ForumPerson, may: Level) -> None:
    """How many posts fit into an hour and a day; says when the next one does."""
    most = max(may.hour or 0, may.day or 0)
    wanted = select(Post.created_at).where(Post.author_id == person.user_id).order_by(Post.id.desc()).limit(most)
    written = sorted(db.session().scalars(wanted), reverse=True)
    for count, window, name in ((may.hour, timedelta(hours=1), "an hour"), (may.day, timedelta(days=1), "a day")):
        if count is not None and len(written) >= count and written[count - 1] > db.now() - window:
            again = written[count - 1] + window
            raise TooMuch(
                f"While you are {may.name.lower()} here, you can write {count} posts {name}. You can write again at"
                f" {again.strftime('%H:%M UTC on %-d %B')}. Nothing was posted; your text is still in the box.",
                field="body",
            )


def _verdict(person: ForumPerson, signals: list[tuple[int, str]], links: int) -> Verdict:
    score = min(sum(points for points, _ in signals), 100)
    held = "sure" if score >= SURE else "spam" if score >= HOLD else ""
    if held != "sure" and person.trust == 0 and person.posts == 0 and links:
        held = "first_link"
    return Verdict(score, tuple(f"{words} (+{points})" for points, words in signals), held)


def _signals(person: ForumPerson, body: str, made: Rendered) -> list[tuple[int, str]]:
    found = [_age(person), _links(person, made), _shouting(body), _speed(person), _repeated(person, body, made.plain)]
    return [one for one in found if one[0]]


def _age(person: ForumPerson) -> tuple[int, str]:
    minutes = (db.now() - person.created_at).total_seconds() / 60
    if minutes < 10:
        return 15, "Joined in the last ten minutes"
    return (8, "Joined today") if minutes < 24 * 60 else (0, "")


def _links(person: ForumPerson, made: Rendered) -> tuple[int, str]:
    if not made.links:
        return 0, ""
    first = 25 if person.posts == 0 else 0
    points = first + min(10 * made.links, 30)
    many = f"{made.links} link{'s' if made.links > 1 else ''}"
    return points, f"{many} in {'a first' if first else 'the'} post"


def _shouting(body: str) -> tuple[int, str]:
    letters = [one for one in body if one.isalpha()]
    loud = len(letters) >= LOUD_FROM and sum(one.isupper() for one in letters) > 0.6 * len(letters)
    return (15, "Mostly capital letters") if loud else (0, "")


def _speed(person: ForumPerson) -> tuple[int, str]:
    last = db.session().scalar(
        select(Post.created_at).where(Post.author_id == person.user_id).order_by(Post.id.desc()).limit(1)
    )
    quick = last is not None and db.now() - last < timedelta(seconds=15)
    return (10, "Written within seconds of their last post") if quick else (0, "")


def _repeated(person: ForumPerson, body: str, plain: str) -> tuple[int, str]:
    """The same words again: by others exactly, by themselves nearly."""
    lately = Post.created_at > db.now() - REPEATED_WITHIN
    mine = select(Post.excerpt).where(Post.author_id == person.user_id, lately).order_by(Post.id.desc()).limit(20)
    if any(len(plain) > LOUD_FROM and _likeness(plain, other) >= ALIKE for other in db.session().scalars(mine)):
        return 40, "Says what they posted in the last day already"
    print_ = fingerprint(body)
    same = (
        select(func.count())
        .select_from(Post)
        .where(Post.fingerprint == print_, Post.author_id != person.user_id, lately)
    )
    if print_ and db.session().scalar(same):
        return 50, "Somebody else posted the same text in the last day"
    return 0, ""


def _likeness(one: str, other: str) -> float:
    """0 to 1: three-letter pieces in common."""
    a, b = _pieces(one), _pieces(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def _pieces(text: str) -> set[str]:
    line = " ".join(re.findall(r"\w+", text.casefold()))
    return {line[at : at + 3] for at in range(len(line) - 2)}
