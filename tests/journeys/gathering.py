"""A forum that is served: the web server and the relay as processes of their own, and browsers of people who read and write."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from app.core import db
from app.forum import actions
from app.forum.models import Thread
from tests.chaos.served import web
from tests.forum.conftest import Town, actor
from tests.journeys import conftest
from tests.journeys.conftest import DESKTOP, Walker

ROOT = Path(__file__).parents[2]


class Reader(Walker):
    """Somebody's browser in the forum; nobody's without a person. Errors on its console are troubles."""

    def __init__(self, browser: Browser, place: conftest.Town, world: Any, person: Any, **options: Any) -> None:
        super().__init__(browser, place, **(DESKTOP | options))
        self.page.on("console", self.hear)
        if person:
            world.sign_in(self, person)

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.troubles.append(f"{said.text} {said.location['url']}")

    def set_cookie(self, name: str, value: str, domain: str) -> None:
        self.context.add_cookies([{"name": name, "value": value, "url": self.town.url}])

    def read(self, path: str) -> Page:
        """Open a page, and wait until its stream is open where it has one."""
        with self.page.expect_response(lambda answer: "/live?" in answer.url):
            self.page.goto(path)
        return self.page


@dataclass
class Gathering:
    """`town` is the forum with its people; `reader(person)` opens a browser."""

    town: Town
    url: str
    chromium: Browser
    folder: Path
    readers: list[Reader] = field(default_factory=list)

    def reader(self, person: Any = None, **options: Any) -> Reader:
        place = conftest.Town(self.url, "", self.folder)
        self.readers.append(Reader(self.chromium, place, self.town.world, person, **options))
        return self.readers[-1]

    def talk(self, posts: int, **options: Any) -> Thread:
        """A thread of Alice's with this many posts, too long for one screen."""
        thread, bob = self.town.start(self.town.world.alice, **options), self.town.world.bob
        with self.town.inside(bob):
            row = db.get(Thread, thread.id)
            for number in range(2, posts + 1):
                actions.reply(actor(bob), row, f"Words of number {number}.\n\nAnd some more of them.")
        return thread


@contextmanager
def gathered(town: Town, chromium: Browser, url: str, folder: Path) -> Iterator[Gathering]:
    """Raises AssertionError afterwards when a browser saw trouble."""
    made = Gathering(town, url, chromium, folder)
    try:
        yield made
    finally:
        for one in made.readers:
            one.context.close()
    troubles = [trouble for one in made.readers for trouble in one.troubles]
    assert not troubles, troubles


@contextmanager
def hall(folder: Path) -> Iterator[str]:
    """The address of the web server, with a relay beside it: they stay up while one gathering follows another.

    A browser here turns more pages than a reader could, and a page that was left is only missed after a while.
    """
    with web(folder / "web.log", LIVE_STREAMS="60") as served, relay(folder / "relay.log"):
        yield served.url


@contextmanager
def relay(log: Path) -> Iterator[None]:
    """What carries committed facts to open streams."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "relay"]
    with log.open("w") as words:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=words, stderr=words)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
