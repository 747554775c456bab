"""Work asked for by name exists; workers listen on one queue; system scopes are on the list."""

import ast
import re
from typing import Any

from app.core.jobs import registered
from app.core.outbox import handler_named
from tests.architecture.order import ROOT, sources

QUEUES = {"payments", "labels", "mail", "sync", "bulk", "stamping", "default"}


def calls(name: str) -> list[tuple[str, str]]:
    """(file, first literal argument) of every call of a function with this name."""
    found = []
    for path in [*sources(), *(ROOT / "jobs").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and _name(node.func) == name
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.append((str(path.relative_to(ROOT)), str(node.args[0].value)))
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_every_job_that_is_asked_for_exists(app: Any) -> None:
    asked = {name for path, name in calls("later") if not path.startswith("app/sandbox")}
    asked |= {name for _, name in calls("Periodic")}
    assert asked - set(registered()) == set()


def test_every_job_is_on_a_queue_that_has_a_worker(app: Any) -> None:
    assert {job.queue for job in registered().values()} <= QUEUES


def test_one_queue_per_worker() -> None:
    """Two queues in one worker lose jobs (RELIABILITY.md §0, fact 1; R5)."""
    lines = [line for line in (ROOT / "Procfile").read_text().splitlines() if "python -m jobs" in line]
    queues = [re.search(r"python -m jobs (.+)$", line).group(1).split() for line in lines]  # type: ignore[union-attr]
    assert all(len(one) == 1 for one in queues)
    assert {one[0] for one in queues} == QUEUES


def test_system_scopes_are_on_the_list() -> None:
    """Reading across workspaces is an exception; each reason is written down once."""
    listed = {
        line.split("#")[0].strip()
        for line in (ROOT / "tests/architecture/system_scopes.txt").read_text(encoding="utf-8").splitlines()
        if line.strip()
    }
    used = {reason for path, reason in calls("system") if not path.startswith(("app/sandbox", "app/seeds"))}
    assert used - listed == set()


def test_handlers_are_wired_to_something(app: Any) -> None:
    from app.core.outbox import _handlers

    assert all(handler_named(name) for names in _handlers.values() for name in names)
