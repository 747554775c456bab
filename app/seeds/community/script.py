"""Reads the talks of a community: Markdown with one line before each thread and each reply.

    == category | Title | who | days ago | tags | marks
    -- who +hours [>number] [*]

`category` is a category's name, or «product: Title». `*` marks the accepted answer. Marks: pin, lock, faq, flag, poll.
"""

import os
import re
from dataclasses import dataclass, field
from importlib.resources import files

TALKS = int(os.environ.get("DEMO_TALKS", "999"))
"""How many threads each community has at most; tests want fewer."""
REPLY = re.compile(r"-- (\w+) \+([\d.]+)(?: >(\d+))?( \*)?")


@dataclass
class Said:
    """A post: who wrote it how many hours after the one before, in reply to which number, and whether it answers the thread."""

    who: str
    hours: float
    to: int | None = None
    accepted: bool = False
    body: str = ""


@dataclass
class Talk:
    """A thread. `posts` begin with the first one, whose hours are 0."""

    category: str
    title: str
    days: float
    tags: tuple[str, ...]
    marks: frozenset[str]
    posts: list[Said] = field(default_factory=list)


def read(name: str) -> list[Talk]:
    """The talks of `<name>.md` beside this file."""
    talks: list[Talk] = []
    for line in files("app.seeds.community").joinpath(f"{name}.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            talks.append(_talk(line))
        elif found := REPLY.fullmatch(line):
            to = int(found[3]) if found[3] else None
            talks[-1].posts.append(Said(found[1], float(found[2]), to, bool(found[4])))
        elif talks:
            talks[-1].posts[-1].body += f"{line}\n"
    return talks[:TALKS]


def _talk(line: str) -> Talk:
    category, title, who, days, tags, marks = (part.strip() for part in line.removeprefix("== ").split("|"))
    named = tuple(tag.strip() for tag in tags.split(",") if tag.strip())
    return Talk(category, title, float(days), named, frozenset(marks.split()), [Said(who, 0)])
