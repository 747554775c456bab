"""A community in which every name, title, tag and post means harm, and a look at pages for what could run."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from app.core import db
from app.core.ids import new_id
from app.forum import text
from app.forum.models import ForumPerson, Post, Thread
from tests.forum import hostile
from tests.forum.conftest import Town

VECTORS = [one.replace("\0", "") for one in hostile.EVERY]


def plant(town: Town) -> Thread:
    """Written straight into the tables, as if no form had looked at it: titles, tags, names and excerpts are the vectors themselves,
    posts what becomes of them. Returns the thread that has them all as posts; each is a thread, too."""
    with db.workspace(town.world.north.id) as session:
        people = [ForumPerson(user_id=new_id(), name=one, handle=f"h{at}") for at, one in enumerate(VECTORS)]
        session.add_all(people)
        whole = db.add(_thread(town, people[0], "Everything at once", [], len(VECTORS)))
        made = [_thread(town, person, one, [one], 1) for person, one in zip(people, VECTORS, strict=True)]
        session.add_all(made)
        session.flush()
        for at, (person, one) in enumerate(zip(people, VECTORS, strict=True)):
            session.add_all([_post(whole, person, one, at + 1), _post(made[at], person, one, 1)])
    return whole


def _thread(town: Town, person: ForumPerson, title: str, tags: list[str], posts: int) -> Thread:
    return Thread(
        category_id=town.general.id,
        author_id=person.user_id,
        title=title,
        slug="x",
        excerpt=title,
        tags=tags,
        last_number=posts,
        numbers=posts,
        posts=posts,
        voices=[person.user_id],
    )


def _post(thread: Thread, person: ForumPerson, typed: str, number: int) -> Post:
    try:
        made = text.render(typed)
    except text.BadText:
        made = text.render("Refused.")
    return Post(
        thread_id=thread.id,
        category_id=thread.category_id,
        number=number,
        branch=number,
        author_id=person.user_id,
        body=typed,
        html=made.html,
        excerpt=typed,
    )


LEADING = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "background", "cite", "ping")
NEVER = (
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "base",
    "math",
    "style",
    "marquee",
    "animate",
    "foreignobject",
    "portal",
)


class Look(HTMLParser):
    """What in a page could run, lead to a script, or take in somebody else's page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.troubles: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in NEVER or (tag == "script" and not named.get("nonce")) or (tag == "meta" and "http-equiv" in named):
            self.troubles.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if (
                name.startswith("on")
                or name in ("style", "srcdoc")
                or (name in LEADING and not leads_home(value or ""))
            ):
                self.troubles.append(f"{tag} {name}={value}")

    handle_startendtag = handle_starttag


def leads_home(address: str) -> bool:
    """Whether an address opens a page and runs nothing."""
    plain = re.sub(r"[\x00-\x20]", "", unescape(address))
    try:
        return urlsplit(plain).scheme.lower() in ("", "http", "https", "mailto")
    except ValueError:
        return False
