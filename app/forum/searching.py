"""What somebody asks a search for: words, "phrases", -words, and operators such as `author:kim is:solved #ink`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

LONGEST = 200
"""Characters."""
TOKEN = re.compile(r'(?P<minus>-)?(?:(?P<name>[A-Za-z]+):)?(?P<said>"[^"]*"|[^\s"]+)')
HASHED = re.compile(r"#(?=[0-9-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]{0,29}")
MOMENT = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
STATES = {
    "solved": ("solved", True),
    "unsolved": ("solved", False),
    "locked": ("locked", True),
    "open": ("locked", False),
}
DATE = "Write dates as 2026-03-01; «{}» was left out of the search."


@dataclass(frozen=True)
class Asked:
    """`words` are for the text of posts, with their quotes and minuses; `title` likewise for titles alone. Moments are in UTC:
    not before `since`, before `until`. `notes` say kindly what was left out."""

    words: str = ""
    title: str = ""
    author: str = ""
    category: str = ""
    tag: str = ""
    solved: bool | None = None
    locked: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return replace(self, notes=()) == Asked()


def parse(typed: str) -> Asked:
    """Never raises: what is no operator is a word."""
    asked = Asked()
    for found in TOKEN.finditer(typed[:LONGEST]):
        said, name = found["said"].strip('"').strip(), (found["name"] or "").lower()
        read = _tag if not name and HASHED.fullmatch(found["said"]) else READ.get(name)
        if read is None:
            asked = _told(_word(asked, found[0]), name, said)
        elif found["minus"]:
            asked = _note(asked, f"Only words and phrases can be left out; «{found[0]}» was not used.")
        elif said:
            asked = read(asked, said)
    return asked


def _told(asked: Asked, name: str, said: str) -> Asked:
    """What looks like an operator and is none was looked for as words; addresses and times of day look like it, too."""
    if not name or not said or said.startswith("//"):
        return asked
    return _note(asked, f"There is no «{name}:» to ask for; «{name}:{said}» was looked for as words.")


def _word(asked: Asked, raw: str) -> Asked:
    return replace(asked, words=f"{asked.words} {raw}".strip())


def _note(asked: Asked, words: str) -> Asked:
    return replace(asked, notes=(*asked.notes, words))


def _author(asked: Asked, said: str) -> Asked:
    return replace(asked, author=said.removeprefix("@").lower())


def _category(asked: Asked, said: str) -> Asked:
    return replace(asked, category=said.lower())


def _tag(asked: Asked, said: str) -> Asked:
    return replace(asked, tag="-".join(said.removeprefix("#").lower().split()))


def _title(asked: Asked, said: str) -> Asked:
    phrase = f'"{said}"' if " " in said else said
    return replace(asked, title=f"{asked.title} {phrase}".strip())


def _is(asked: Asked, said: str) -> Asked:
    known = STATES.get(said.lower())
    if known is None:
        return _note(asked, f"Threads are solved, unsolved, locked or open; «is:{said}» was left out of the search.")
    return replace(asked, **{known[0]: known[1]})  # type: ignore[arg-type]


def _before(asked: Asked, said: str) -> Asked:
    moment = _moment(said)
    return replace(asked, until=moment) if moment else _note(asked, DATE.format(f"before:{said}"))


def _after(asked: Asked, said: str) -> Asked:
    moment = _moment(said)
    return replace(asked, since=moment) if moment else _note(asked, DATE.format(f"after:{said}"))


def _moment(said: str) -> datetime | None:
    """The beginning of a day, a month or a year; None for what is none of them."""
    found = MOMENT.fullmatch(said)
    if found is None:
        return None
    try:
        moment = datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment.year >= 1970 else None


READ: dict[str, Callable[[Asked, str], Asked]] = {
    "author": _author,
    "by": _author,
    "user": _author,
    "category": _category,
    "tag": _tag,
    "title": _title,
    "is": _is,
    "before": _before,
    "after": _after,
}


def plain_words(words: str) -> list[str]:
    """Those that are asked for by themselves: no phrases, none that are to be left out."""
    return [one["said"] for one in TOKEN.finditer(words) if not one["minus"] and not one["said"].startswith('"')]


def by(typed: str, handle: str) -> str:
    """What was typed, asking for the posts of this person instead."""
    return re.sub(r"\b(author|by|user):@?[\w.-]+", lambda found: f"{found[1]}:{handle}", typed, count=1, flags=re.I)


def exchanged(typed: str, word: str, better: str) -> str:
    """What was typed, with the first of this word written better."""
    return re.sub(rf"(?<![\w:]){re.escape(word)}(?!\w)", lambda _: better, typed, count=1)
