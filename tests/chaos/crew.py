"""The product's programs and what they lean on, each killed when it is told, and brought back as a supervisor does."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil

from app.cli import ports
from app.cli.environment import shopee_of, tiktok_of
from app.cli.valkey import Valkey
from tests.chaos.programs import ROOT


@dataclass
class Member:
    """A program; `away_until` is when it may come back, on the monotonic clock."""

    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    away_until: float = 0.0

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Crew:
    """Programs by name, with a Valkey and a sandbox of their own. `tend` starts whoever is down."""

    folder: Path
    web_port: int = field(default_factory=ports.any_free)
    sandbox_port: int = field(default_factory=ports.any_free)
    smtp_port: int = field(default_factory=ports.any_free)
    members: dict[str, Member] = field(default_factory=dict)
    orphans: list[psutil.Process] = field(default_factory=list)
    cache_away_until: float = 0.0

    def __post_init__(self) -> None:
        self.url, self.sandbox = f"http://localhost:{self.web_port}", f"http://127.0.0.1:{self.sandbox_port}"
        self.valkey = Valkey(self.folder / "cache", ports.any_free(), "only-for-tests")
        self.valkey.folder.mkdir()
        data = ["--data", str(self.folder / "sandbox"), "--base-url", self.sandbox, "--app-url", self.url]
        self.add(
            "sandbox", "-m", "app.sandbox", "--port", str(self.sandbox_port), "--smtp-port", str(self.smtp_port), *data
        )

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs in its environment to belong to this crew."""
        providers = {
            f"{name.upper()}_API_BASE": f"{self.sandbox}/{path}"
            for name, path in (("easypost", "easypost/v2"), ("shippo", "shippo"), ("shipstation", "shipstation"))
        }
        return {
            **providers,
            **tiktok_of(self.sandbox),
            **shopee_of(self.sandbox),
            "APP_URL": self.url,
            "REDIS_URL": self.valkey.url,
            "STRIPE_API_BASE": self.sandbox,
            "SANDBOX_URL": self.sandbox,
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
        }

    def add(self, name: str, *arguments: str) -> None:
        self.members[name] = Member([sys.executable, *arguments])

    def hire(self, *workers: str) -> None:
        """The relay, and workers by their queue (`sync-2` is the second of `sync`); without names, those that labels go through."""
        self.add("relay", "-m", "flask", "--app", "wsgi", "relay")
        for name in workers or ("labels-1", "labels-2", "default", "payments", "sync"):
            self.add(name, "-m", "jobs", name.split("-")[0])

    def tend(self) -> None:
        """Bring back everybody whose time away is over."""
        now = time.monotonic()
        if (self.valkey.process is None or self.valkey.process.poll() is not None) and now >= self.cache_away_until:
            self.valkey.start()
        for name, member in self.members.items():
            if not member.lives and now >= member.away_until:
                member.process = self._start(name, member.command)

    def _start(self, name: str, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as words:
            return subprocess.Popen(command, cwd=ROOT, env=os.environ | self.settings, stdout=words, stderr=words)

    def kill(self, name: str, away: float = 0.0, *, alone: bool = False) -> None:
        """`kill -9` to a program and what it started, or to it alone: then its child works on without it."""
        member = self.members[name]
        if member.process is None or not member.lives:
            return
        children = psutil.Process(member.process.pid).children(recursive=True)
        member.process.send_signal(signal.SIGKILL)
        member.process.wait(10)
        member.away_until = time.monotonic() + away
        if alone:
            self.orphans += children
            return
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def kill_cache(self, away: float = 0.0, *, forget: bool) -> None:
        """`kill -9` to Valkey; with `forget` it comes back without anything that it held."""
        if self.valkey.process is None or self.valkey.process.poll() is not None:
            return
        self.valkey.process.kill()
        self.valkey.process.wait(10)
        self.cache_away_until = time.monotonic() + away
        if forget:
            shutil.rmtree(self.valkey.data)

    def close(self) -> None:
        for name in self.members:
            self.kill(name)
        for orphan in self.orphans:
            with suppress(psutil.NoSuchProcess):
                orphan.kill()
        self.valkey.stop()


DECK = (
    "sandbox", "sandbox", "sandbox", "labels-1", "labels-2", "labels-1 alone", "labels-2 alone", "default",
    "payments", "sync", "relay", "cache", "cache forgets",
)  # fmt: skip
"""One round of kills; every round has its own order."""


class Mischief:
    """Kills one after the other; the seed decides the order, the pauses in between and how long each stays away."""

    def __init__(self, crew: Crew, chance: Random, rounds: int, deck: Sequence[str] = DECK) -> None:
        self._crew, self._chance = crew, chance
        self._left = [name for _ in range(rounds) for name in chance.sample(deck, len(deck))]
        self._next = time.monotonic() + 2
        self.done: list[str] = []

    def tick(self) -> None:
        """Kill, when it is time."""
        if not self._left or time.monotonic() < self._next:
            return
        name, away = self._left.pop(), self._chance.uniform(0, 3)
        self._next = time.monotonic() + self._chance.uniform(1.5, 5)
        if name.startswith("cache"):
            self._crew.kill_cache(away, forget="forgets" in name)
        else:
            self._crew.kill(name.split()[0], away, alone="alone" in name)
        self.done.append(name)
