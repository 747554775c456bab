"""The supervisor and its guardian: the dead come back with back-off, and nothing outlives a stop or a crash."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from app.cli.guardian import members
from app.cli.supervisor import PassingLine, Supervisor

ROOT = Path(__file__).parents[2]
# A service like an RQ worker: its child sits in a process group of its own and ignores the polite signal.
STUBBORN = """
import os, signal, subprocess, sys, time
subprocess.Popen([sys.executable, "-c",
    "import os, signal, time; os.setpgrp(); signal.signal(15, signal.SIG_IGN); print('child', flush=True); time.sleep(600)"])
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
"""
CRASHER = """
import sys, time
from pathlib import Path
from app.cli.supervisor import Supervisor
import os
supervisor = Supervisor(Path(sys.argv[1]), os.environ)
service = supervisor.add("stubborn", [sys.executable, "-c", sys.argv[2]])
print("SESSION", service.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    running = Supervisor(ROOT, os.environ)
    yield running
    running.stop(list(running.services), 0.1)
    running.close()


def test_lines_carry_the_name_of_their_service(supervisor: Supervisor, capfd: pytest.CaptureFixture[str]) -> None:
    supervisor._printer.output = sys.stdout
    supervisor.add("greeter", [sys.executable, "-c", "print('good day'); import time; time.sleep(60)"])
    assert supervisor.wait(lambda: "good day" in (seen := capfd.readouterr().out) and "greeter" in seen, 20, _never)


def test_a_dead_service_comes_back_and_waits_longer_each_time(supervisor: Supervisor) -> None:
    service = supervisor.add("short", [sys.executable, "-c", "raise SystemExit(7)"])
    pauses: list[float] = []

    def thrice() -> bool:
        if service.failures > len(pauses):
            pauses.append(service.due)
        return len(pauses) >= 3

    assert supervisor.wait(thrice, 60, _never)
    assert service.status == 7
    assert pauses[2] - pauses[1] > pauses[1] - pauses[0]


def test_a_process_that_may_end_is_not_started_again(supervisor: Supervisor) -> None:
    once = supervisor.once("seed", [sys.executable, "-c", "raise SystemExit(2)"])
    assert supervisor.wait(lambda: not once.running, 20, _never)
    supervisor.tick()
    assert once.process is not None
    assert once.process.returncode == 2
    assert not once.running


def test_stop_ends_all_that_a_service_started(supervisor: Supervisor) -> None:
    service = supervisor.add("stubborn", [sys.executable, "-c", STUBBORN])
    session = _session(service.process)
    assert supervisor.wait(lambda: len(members({session})) == 2, 20, _never)
    supervisor.stop([service], 0.5)
    assert members({session}) == []
    assert supervisor.services == []


def test_a_killed_parent_leaves_nothing() -> None:
    command = [sys.executable, "-c", CRASHER, str(ROOT), STUBBORN]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout is not None
    session = int(next(line for line in parent.stdout if line.startswith("SESSION")).split()[1])
    assert _soon(lambda: len(members({session})) == 2)
    parent.kill()
    parent.wait()
    assert _soon(lambda: members({session}) == [])


def _session(process: "subprocess.Popen[bytes] | None") -> int:
    assert process is not None
    return process.pid


def _never() -> bool:
    return False


def _soon(true: object) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if true():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


class Screen(StringIO):
    """A terminal that can be read."""

    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_few_lines_elsewhere() -> None:
    screen, file = Screen(), StringIO()
    shown, kept = PassingLine(screen), PassingLine(file)
    let_through = []
    for line in (shown, kept):
        for text in ("1 of 2", "2 of 2"):
            let_through.append(line.due())
            line.clear()
            line._output.write(f"{text}\n")
            line.wrote(True)
        line.clear()
    over = "\x1b[1A\x1b[2K\r"
    assert let_through == [True, True, True, False]
    assert screen.getvalue() == f"1 of 2\n{over}2 of 2\n{over}"
    assert file.getvalue() == "1 of 2\n2 of 2\n"
