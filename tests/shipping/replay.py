"""A provider that says what was recorded: a real server on a free port, so that adapters run with everything they have."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from app.core.http import breaker

RECORDED = Path(__file__).parent.parent / "recorded" / "shipping"


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw or b"null", parse_float=Decimal)


@dataclass
class Replay:
    """`say` queues answers; the last one repeats until the next `say`. `asked` is what arrived, oldest first."""

    url: str = ""
    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    spent: bool = False

    def say(self, body: Any, status: int = 200, **headers: str) -> "Replay":
        if self.spent:
            self.answers.clear()
            self.spent = False
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.answers.append((status, raw, {name.replace("_", "-"): value for name, value in headers.items()}))
        return self

    def take(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        self.asked.append(asked)
        self.spent = len(self.answers) == 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def replaying() -> Iterator[Replay]:
    replay = Replay()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body, more = replay.take(Asked(self.command, self.path, headers, raw))
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    replay.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        for name in ("EasyPost", "Shippo", "ShipStation"):
            breaker(name).success()


def interactions(path: Path) -> list[dict[str, Any]]:
    """Request and response pairs of a recording, whichever of the three shapes its file has."""
    found = json.loads(path.read_text(encoding="utf-8"))
    listed = found if isinstance(found, list) else found.get("interactions", [])
    return [one for one in listed if "response" in one]


def answer(name: str, place: int = 0) -> Any:
    """The body of one recorded answer: "easypost/shipment_create", 0."""
    return interactions(RECORDED / f"{name}.json")[place]["response"]["body"]


def recordings(provider: str) -> list[tuple[str, str, str, int, Any]]:
    """(file, method, path, status, body) of every recorded answer of a provider."""
    found = []
    for path in sorted((RECORDED / provider).glob("*.json")):
        for one in interactions(path):
            request, response = one["request"], one["response"]
            found.append((path.stem, request["method"], request["url"], response["status"], response["body"]))
    return found
