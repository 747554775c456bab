"""The embedded engines: shared, kept over restarts, and gone with the last who uses them, however it goes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.cli import engines
from app.cli.engines import EngineError, Engines

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from app.cli import engines
held = engines.start(Path(sys.argv[1]))
print(held.admin_url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Engines]]:
    opened: list[Engines] = []

    def begin() -> Engines:
        opened.append(engines.start(tmp_path / "engines"))
        return opened[-1]

    yield begin
    for held in opened:
        held.close(wait=True)


def test_data_and_addresses_survive_a_restart(start: Callable[[], Engines]) -> None:
    first = start()
    with psycopg.connect(first.admin_url) as connection:
        connection.execute("create table kept as select 'ärger' as word")
    Redis.from_url(first.redis_url).set("kept", "yes")
    first.close(wait=True)
    second = start()
    assert (second.admin_url, second.redis_url) == (first.admin_url, first.redis_url)
    with psycopg.connect(second.admin_url) as connection:
        assert connection.execute("select word from kept").fetchone() == ("ärger",)
    assert Redis.from_url(second.redis_url).get("kept") == b"yes"


def test_a_second_start_shares_and_the_last_one_ends_them(start: Callable[[], Engines], tmp_path: Path) -> None:
    first, second = start(), start()
    assert first.admin_url == second.admin_url
    first.close(wait=True)
    with psycopg.connect(second.admin_url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    second.close(wait=True)
    assert _gone(tmp_path)


def test_strangers_on_the_machine_are_kept_out(start: Callable[[], Engines]) -> None:
    held = start()
    password = held.admin_url.split(":")[2].partition("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(held.admin_url.replace(password, "guess"))
    assert held.folder.joinpath("engines.json").stat().st_mode & 0o077 == 0


def test_a_killed_user_leaves_no_engine(tmp_path: Path) -> None:
    user = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "engines")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    url = user.stdout.readline().strip()
    psycopg.connect(url).close()
    user.kill()
    user.wait()
    assert _gone(tmp_path)


@pytest.mark.chaos
def test_a_killed_keeper_leaves_no_engine_and_can_be_revived(start: Callable[[], Engines], tmp_path: Path) -> None:
    held = start()
    _kill(_keeper(tmp_path))
    assert _soon(held.revive)
    with psycopg.connect(held.admin_url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert Redis.from_url(held.redis_url).ping()
    assert not held.revive()


@pytest.mark.chaos
def test_a_killed_engine_is_started_again_on_its_port(start: Callable[[], Engines], tmp_path: Path) -> None:
    held = start()
    with psycopg.connect(held.admin_url) as connection:
        connection.execute("create table kept ()")
    for name in ("postgres/postmaster.pid", "valkey.pid"):
        _kill(int((held.folder / name).read_text().split()[0]))
    assert _soon(lambda: _query(held.admin_url, "select count(*) from kept") == (0,))
    assert _soon(lambda: bool(Redis.from_url(held.redis_url).ping()))


def test_a_stale_lock_file_of_a_stranger_is_no_obstacle(start: Callable[[], Engines]) -> None:
    held = start()
    folder = held.folder
    held.close(wait=True)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{folder / 'postgres'}\n1\n5432\n")
        (folder / "valkey.pid").write_text(f"{stranger.pid}\n")
        assert _query(start().admin_url, "select 1") == (1,)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_of_another_version_is_refused_in_words(tmp_path: Path) -> None:
    data = tmp_path / "engines" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(EngineError, match=r"written by PostgreSQL 14 and this is PostgreSQL 18\. Restore a backup"):
        engines.start(tmp_path / "engines")
    assert (data / "PG_VERSION").read_text() == "14\n"


def test_only_what_is_asked_for_is_started(tmp_path: Path) -> None:
    held = engines.start(tmp_path / "engines", database=False)
    try:
        assert held.admin_url == ""
        assert Redis.from_url(held.redis_url).ping()
        assert not (tmp_path / "engines" / "postgres").exists()
    finally:
        held.close(wait=True)


def _processes(folder: Path) -> list[str]:
    """Command lines of living processes that belong to this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        place = " ".join(process.info["cmdline"] or []) + f" {process.info['cwd']}"
        if str(folder / "engines") in place and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(place)
    return found


def _gone(folder: Path) -> bool:
    return _soon(lambda: not _processes(folder))


def _soon(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within 30 s."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if true():
                return True
        except (psycopg.OperationalError, RedisError):
            pass
        time.sleep(0.1)
    return False


def _query(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()  # type: ignore[arg-type]


def _keeper(folder: Path) -> int:
    return next(
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[1:4] == ["-m", "app.cli.keeper", str(folder / "engines")]
    )


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_the_addresses_are_not_in_any_list_of_processes(start: Callable[[], Engines], tmp_path: Path) -> None:
    held = start()
    passwords = {entry[1] for entry in json.loads((held.folder / "engines.json").read_text()).values()}
    shown = " ".join(_processes(tmp_path))
    assert shown
    assert not any(password in shown for password in passwords)
