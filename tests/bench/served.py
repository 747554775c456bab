"""What only a real server shows: webhook intake at a steady rate, and news to a thousand open streams."""

import json
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import requests
import stripe

from app.core import db
from app.core.outbox import emit
from app.core.outbox_relay import publish, valkey
from app.orders.events import OrderPaid

ROOT = Path(__file__).parents[2]


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """The application under gunicorn as `make run` starts it. Yields its address and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "app/cli/gunicorn_conf.py",
        "-b",
        f"127.0.0.1:{port}",
        "wsgi:app",
    ]
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    limits = {"PORT": str(port), "LIVE_STREAMS": "2000", "LIVE_VISITORS": "2000"}
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | limits, stderr=subprocess.DEVNULL)
    try:
        _await(f"http://localhost:{port}/healthz")
        yield f"http://localhost:{port}", process.pid
    finally:
        process.terminate()
        process.wait(20)


def _await(url: str) -> None:
    for _ in range(200):
        try:
            if requests.get(url, timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError(f"{url} never answered")


def intake(url: str, rate: int = 100, seconds: int = 10) -> dict[str, float]:
    """Signed webhooks at `rate` a second; answers in ms. Loopback, bounded."""
    secret, times, failures = os.environ["STRIPE_WEBHOOK_SECRET"], [], []
    session_per_thread = threading.local()

    def send(number: int) -> None:
        body = json.dumps(
            {"id": f"evt_bench_{number}", "type": "bench.nothing", "data": {"object": {}}, "livemode": False}
        )
        headers = {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, secret)}
        session = getattr(session_per_thread, "it", None) or requests.Session()
        session_per_thread.it = session
        started = time.perf_counter()
        answer = session.post(f"{url}/webhooks/stripe", data=body, headers=headers, timeout=10)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            failures.append(answer.status_code)

    def lane(first: int, lanes: int) -> None:
        began = time.perf_counter()
        for step, number in enumerate(range(first, rate * seconds, lanes)):
            time.sleep(max(0.0, began + step * lanes / rate - time.perf_counter()))
            send(number)

    threads = [threading.Thread(target=lane, args=(first, 10)) for first in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    return {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98], "sent": len(times)}


def fan_out(url: str, pid: int, workspace_id: UUID, cookie: str, streams: int = 1000) -> dict[str, float]:
    """One fact to `streams` open streams: latency of arrival in ms, and server memory per stream in KB."""
    before = _rss(pid)
    sockets = [listen(url, f"workspace:{workspace_id}:orders", cookie) for _ in range(streams)]
    time.sleep(2)
    per_stream = (_rss(pid) - before) / streams
    arrivals: list[float] = []
    readers = [
        threading.Thread(target=read, args=(sockets[part::8], arrivals, b"orders.OrderPaid")) for part in range(8)
    ]
    for reader in readers:
        reader.start()
    sent = time.perf_counter()
    with db.workspace(workspace_id):
        emit(OrderPaid(workspace_id=workspace_id, order_id=workspace_id, group_id=workspace_id))
    publish(valkey())
    for reader in readers:
        reader.join(30)
    for one in sockets:
        one.close()
    latencies = sorted((moment - sent) * 1000 for moment in arrivals)
    return {
        "heard": len(latencies),
        "p50": latencies[len(latencies) // 2],
        "p99": latencies[int(len(latencies) * 0.99) - 1],
        "kb": per_stream,
    }


def listen(url: str, topic: str, cookie: str = "") -> socket.socket:
    """An open stream; of a visitor whom nobody knows without a cookie."""
    host, port = re.fullmatch(r"http://([^:]+):(\d+)", url).groups()  # type: ignore[union-attr]
    one = socket.create_connection((host, int(port)), timeout=20)
    known = f"Cookie: {cookie}\r\n" if cookie else ""
    one.sendall(f"GET /live?topic={topic} HTTP/1.1\r\nHost: localhost:{port}\r\n{known}\r\n".encode())
    head = one.recv(4096)
    assert b" 200 " in head.split(b"\r\n")[0], head[:200]
    return one


def read(sockets: list[socket.socket], arrivals: list[float], word: bytes) -> None:
    """Note the moment in which each socket brings the word."""
    import selectors

    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        waiting, end = len(sockets), time.perf_counter() + 20
        while waiting and time.perf_counter() < end:
            for key, _ in selector.select(1.0):
                if word in key.fileobj.recv(8192):  # type: ignore[union-attr]
                    arrivals.append(time.perf_counter())
                    selector.unregister(key.fileobj)
                    waiting -= 1


def _rss(pid: int) -> float:
    """Resident KB of a process and its children."""
    pids = [pid, *map(int, subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split())]
    return sum(
        int(line.split()[1])
        for p in pids
        for line in Path(f"/proc/{p}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )
