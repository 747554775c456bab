"""The Procfile: one queue per worker (two lose jobs), and nobody forgotten."""

import shlex
from pathlib import Path

import pytest
from honcho.environ import parse_procfile

from jobs.__main__ import QUEUES

ROOT = Path(__file__).parents[2]
PROGRAMS = parse_procfile((ROOT / "Procfile").read_text()).processes
WORKERS = {name: shlex.split(command) for name, command in PROGRAMS.items() if name.startswith("worker")}


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_listens_on_exactly_one_queue(name: str) -> None:
    assert WORKERS[name][:3] == ["python", "-m", "jobs"]
    assert WORKERS[name][3:] == [name.removeprefix("worker-")]


def test_every_queue_has_its_worker() -> None:
    assert sorted(command[3] for command in WORKERS.values()) == sorted(QUEUES)


def test_no_other_line_starts_a_worker() -> None:
    others = {name: command for name, command in PROGRAMS.items() if name not in WORKERS}
    assert set(others) == {"web", "relay", "scheduler"}
    assert not any("jobs" in command or "rq" in shlex.split(command) for command in others.values())
