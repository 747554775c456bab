"""Many who download at once, and somebody who only looks at pages."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import requests

PIECE = 256 * 1024
EVERY = 0.05
"""Seconds between two who begin: people do not press at the same moment."""


class Crowd:
    """`count` browsers that each read `address` to its end, again and again, no faster than `per_second` bytes; `arrived` is what came."""

    def __init__(self, port: int, addresses: list[tuple[str, str]], per_second: int) -> None:
        self.arrived, self.failed, self._over = 0, 0, threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._read, args=(port, address, cookies, per_second), daemon=True)
            for address, cookies in addresses
        ]

    def _read(self, port: int, address: str, cookies: str, per_second: int) -> None:
        while not self._over.is_set():
            line = HTTPConnection("localhost", port, timeout=120)
            try:
                line.request("GET", address, headers={"Cookie": cookies})
                answer = line.getresponse()
                with self._lock:
                    self.failed += answer.status != 200
                while not self._over.is_set() and (data := answer.read(PIECE)):
                    with self._lock:
                        self.arrived += len(data)
                    self._over.wait(len(data) / per_second)
            finally:
                line.close()

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
            time.sleep(EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)


def p95(url: str, cookies: str, rounds: int) -> float:
    """Milliseconds of a page, one request after the other."""
    times = []
    with requests.Session() as http:
        for _ in range(rounds):
            began = time.perf_counter()
            answer = http.get(url, headers={"Cookie": cookies}, timeout=60)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.status_code
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def highest(pid: int) -> Iterator[list[int]]:
    """The largest resident size of a process and of each one it starts, in bytes, looked at ten times a second."""
    import psutil

    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            for one in _family(psutil.Process(pid)):
                seen[0] = max(seen[0], one)

    def _family(parent: "psutil.Process") -> list[int]:
        try:
            return [one.memory_info().rss for one in [parent, *parent.children(recursive=True)]]
        except psutil.NoSuchProcess:
            return []

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
