"""PostgreSQL 18 from its wheel, as a child process on a loopback port (used when DATABASE_URL is not set)."""

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import psycopg

from app.cli.lifelines import end, see_off, tied_to_parent

MAJOR = "18"
SYSTEM_USER = "embedded_postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "idle_in_transaction_session_timeout": "120s",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}


class EngineError(RuntimeError):
    """An engine cannot start; the message says why and what to do."""


def tool(name: str) -> str:
    """The path of one of PostgreSQL's own programs, such as `pg_dump`."""
    # Located, not imported: importing the package starts its own bookkeeping of servers.
    return str(distribution("embedded-postgres").locate_file(f"embedded_postgres/pginstall/bin/{name}"))


@dataclass
class Postgres:
    """One cluster in `folder`. `durable=False` trades safety after a power cut for speed (tests)."""

    folder: Path
    port: int
    password: str
    durable: bool = True
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    def start(self) -> None:
        """Create the cluster if it is not there and start it; `ready` says when it answers. Raises EngineError."""
        self._create()
        self.clear_orphan()
        settings = SETTINGS | ({} if self.durable else CARELESS)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                [tool("postgres"), "-D", str(self.data), "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=tied_to_parent(signal.SIGINT),  # SIGINT is PostgreSQL's fast and clean shutdown
                **_identity(),
            )

    def clear_orphan(self) -> None:
        """End a server of an earlier life and remove its lock file. The caller holds the keeper's lock, so nobody uses it."""
        data = str(self.data)
        see_off(self.data / "postmaster.pid", lambda server: data in server.cmdline(), [signal.SIGINT, signal.SIGQUIT])

    def ready(self) -> bool:
        return answers(self.url)

    def stop(self) -> None:
        """Shut down: cleanly first (SIGINT), then at once (SIGQUIT)."""
        if self.process is not None:
            end(self.process, [(signal.SIGINT, 6), (signal.SIGQUIT, 2)])

    def _create(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != MAJOR:
                raise EngineError(
                    f"{self.data} was written by PostgreSQL {found} and this is PostgreSQL {MAJOR}. Restore a backup into "
                    "a fresh folder (flask --app wsgi backup, then restore), or move the folder away."
                )
            return
        fresh = self.folder / "postgres.new"  # renamed when complete: an initdb that was killed leaves no half cluster
        shutil.rmtree(fresh, ignore_errors=True)
        _open_the_way(fresh)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        _give(secret)
        self._initdb(fresh, secret)
        secret.unlink()
        fresh.rename(self.data)

    def _initdb(self, fresh: Path, secret: Path) -> None:
        command = [tool("initdb"), "-D", str(fresh), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={secret}"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if not self.durable:
            command.append("--no-sync")
        made = subprocess.run(command, capture_output=True, text=True, cwd="/", **_identity())
        if made.returncode:
            raise EngineError(f"PostgreSQL could not create its data in {self.data}: {made.stderr.strip()}")


def answers(url: str) -> bool:
    """True when a PostgreSQL server accepts this URL now."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root lends it a system user of its own."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _create_user()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _create_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError):
        return pwd.getpwnam("nobody")  # no useradd here (Alpine, minimal images); `nobody` is everywhere


def _open_the_way(data: Path) -> None:
    """Make the data folder; as root, hand it to the system user and let that user walk (not read) down to it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return
    for target in (data, Path(tool("postgres"))):
        for folder in target.parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)
    _give(data)


def _give(path: Path) -> None:
    path.chmod(0o700 if path.is_dir() else 0o600)
    if os.geteuid() == 0:
        identity = _identity()
        os.chown(path, identity["user"], identity["group"])
