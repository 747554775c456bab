"""A whole Guildhall, brought up as `make run` does it, and browsers that walk through it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.cli.ports import any_free
from app.seeds.cast import PASSWORD
from tests.journeys.warehouse import Warehouse, furnish

ROOT = Path(__file__).parents[2]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
AXE = (ROOT / "tests/vendor/axe.min.js").read_text(encoding="utf-8")
PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser that waited too long walks once more: whole machines stop for seconds. The summary names who did;
    whatever is wrong twice fails, and whatever is wrong at once fails at once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError", "with timeout [0-9]+ms"]))


@dataclass(frozen=True)
class Town:
    """Addresses of a running Guildhall and of its sandbox."""

    url: str
    sandbox: str
    folder: Path


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`python -m app.cli.run` in an empty folder, with a short past."""
    folder = tmp_path_factory.mktemp("town")
    environment = {name: os.environ[name] for name in PLAIN if name in os.environ}
    environment |= {
        "DEMO_CHECKOUTS": "14",
        "PORT": str(any_free()),
        "SANDBOX_PORT": str(any_free()),
        "SANDBOX_SMTP_PORT": str(any_free()),
    }
    log = (folder / "run.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli.run", "--var", str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        facts = _facts(folder, process)
        yield Town(facts["url"], facts["sandbox"], folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


@pytest.fixture(scope="session")
def warehouses() -> list[tuple[Warehouse, set[str]]]:
    """Those there are, and who walked through them."""
    return []


@pytest.fixture
def warehouse(town: Town, warehouses: list[tuple[Warehouse, set[str]]], request: pytest.FixtureRequest) -> Warehouse:
    """A seller with 25 orders to send and a carrier account; each journey ships its own, and again only in another one."""
    fresh = [(house, walkers) for house, walkers in warehouses if request.node.name not in walkers]
    if not fresh:
        fresh = [(furnish(town.folder, town.sandbox, len(warehouses) + 1), set())]
        warehouses += fresh
    house, walkers = fresh[0]
    walkers.add(request.node.name)
    return house


def _facts(folder: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What the run announces once it is open; its log when it never does."""
    until = time.monotonic() + 420
    while time.monotonic() < until and process.poll() is None:
        if (folder / "run.json").exists():
            return dict(json.loads((folder / "run.json").read_text()))
        time.sleep(0.5)
    raise RuntimeError("Guildhall did not open:\n" + (folder / "run.log").read_text()[-6000:])


class Walker:
    """One person's browser. Every violation of the content security policy and every page error fails the journey."""

    def __init__(self, browser: Browser, town: Town, **options: Any) -> None:
        self.context = browser.new_context(base_url=town.url, locale="en-GB", **options)
        self.context.set_default_timeout(45_000)  # a limit for what hangs; slow machines are ordinary
        self.town = town
        self.troubles: list[str] = []
        self.page = self.open()

    def open(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        page.on("console", self._listen)
        return page

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "security:strip" in message.text:
            self.troubles.append(message.text)

    def sign_in(self, email: str) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail", exact=False).first.fill(email)
        self.page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def axe(self) -> list[str]:
        """Serious and critical findings of axe on the page as it stands."""
        session = self.context.new_cdp_session(self.page)
        session.send("Runtime.evaluate", {"expression": AXE})
        result = session.send(
            "Runtime.evaluate",
            {"expression": "axe.run(document).then(r => JSON.stringify(r.violations))", "awaitPromise": True},
        )
        found = json.loads(result["result"]["value"])
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
        ]


@pytest.fixture
def walker(chromium: Browser, town: Town) -> Iterator[Any]:
    """Make browsers: `walker(**options)`; afterwards none of them may have seen trouble."""
    made: list[Walker] = []

    def make(**options: Any) -> Walker:
        made.append(Walker(chromium, town, **(options or DESKTOP)))
        return made[-1]

    yield make
    troubles = [trouble for one in made for trouble in one.troubles]
    for one in made:
        one.context.close()
    assert troubles == []


@pytest.fixture(scope="module")
def hall(app: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where forums are served from this worker's database; its relay would do the jobs of later tests, so it goes with the module."""
    from tests.journeys import gathering

    with gathering.hall(tmp_path_factory.mktemp("hall")) as url:
        yield url


@pytest.fixture
def forum(committed: None, world: Any, chromium: Browser, hall: str, tmp_path: Path) -> Iterator[Any]:
    """A new forum with its people, whom browsers can be opened for."""
    from tests.forum.conftest import found_town
    from tests.journeys import gathering

    with gathering.gathered(found_town(world), chromium, hall, tmp_path) as made:
        yield made
