"""An address that webhooks are sent to: a real server on a free port, which keeps every letter that arrives."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeVar

from requests.structures import CaseInsensitiveDict


class Letter(NamedTuple):
    path: str
    headers: CaseInsensitiveDict[str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Letters:
    """What arrived, oldest first. `status` is what letters are answered."""

    url: str = ""
    status: int = 200
    found: list[Letter] = field(default_factory=list)

    def take(self, letter: Letter) -> int:
        """Keep it; the status of the answer."""
        self.found.append(letter)
        return self.status

    def at(self, path: str) -> list[bytes]:
        return [one.raw for one in self.found if one.path == path]


Box = TypeVar("Box", bound=Letters)


@contextmanager
def postbox(box: Box, path: str = "") -> Iterator[Box]:
    """Open for letters to any path; `url` is the address with `path` behind it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(box.take(Letter(self.path, CaseInsensitiveDict(self.headers.items()), raw)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
