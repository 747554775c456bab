"""Two gigabytes go in and out through the product without the process ever holding them, and nobody waits for them."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from sqlalchemy import func, select

from app.catalogue.models import File
from app.core import db
from app.core.storage import PARTS_AT_ONCE
from tests.chaos import large
from tests.chaos.proxy import throttled
from tests.chaos.served import Browser, Served, web
from tests.world import World

pytestmark = pytest.mark.chaos
MB, GB = 1024**2, 1024**3
WHOLE = 2 * GB
MEMORY_MB = 96
"""What one upload may take: parts on their way to storage, and what Python keeps; a twentieth of the file."""
IDLE_SECONDS = 15
"""After this PostgreSQL ends a transaction in which nothing happens (app/core/db.py)."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Room for the file twice (on its way in and in storage), gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="guildhall-large-") as place:
        (Path(place) / "files").mkdir()
        yield Path(place)


@pytest.fixture
def served(committed: None, folder: Path) -> Iterator[Served]:
    with web(folder / "web.log", STORAGE_URL=f"file://{folder / 'files'}", TMPDIR=str(folder)) as one:
        yield one


class Passer:
    """Somebody else, who asks for a page again and again; `answers` counts what came."""

    def __init__(self, url: str) -> None:
        self.answers, self._url, self._over = 0, url, threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        with requests.Session() as http:
            while not self._over.wait(0.02):
                self.answers += http.get(f"{self._url}/healthz", timeout=60).ok

    def __enter__(self) -> "Passer":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_two_gigabytes_go_in_and_out_in_pieces(served: Served, world: World, run_jobs: Any) -> None:
    product, seller, seen = large.draft(world), Browser(served, world, world.alice), list[int]()
    memory = served.measure()
    with Passer(served.url) as passer:
        status = large.upload(seller, world, product, WHOLE, sent=lambda: seen.append(passer.answers))
    assert status == 303
    print(f"in: {memory.growth_mb:.0f} MB at most; {seen[0]} other answers while it was sent")
    assert memory.growth_mb < MEMORY_MB
    assert seen[0] >= 20, "an upload took the worker for itself"
    file = large.only_file(world)
    assert (file.size, file.sha256) == (WHOLE, large.digest(WHOLE))
    grant, buyer = large.sold(world, product, run_jobs), Browser(served, world, world.fay)
    memory = served.measure()
    assert large.download(buyer, grant, file) == (WHOLE, file.sha256)
    print(f"out: {memory.growth_mb:.0f} MB at most")
    assert memory.growth_mb < MEMORY_MB


def test_an_upload_that_is_cut_leaves_nothing(served: Served, world: World, folder: Path) -> None:
    """The phone goes away after a tenth of it: no row, no object, no half file, and the worker goes on."""
    product, seller = large.draft(world), Browser(served, world, world.alice)
    with pytest.raises(ConnectionAbortedError):
        large.upload(seller, world, product, 200 * MB, stops_after=20 * MB)
    assert seller.get("/cart").status_code == 200
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(File)) == 0
    assert [path for path in (folder / "files").rglob("*") if path.is_file()] == []


@pytest.fixture
def slow_s3(committed: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Storage over lines of 1 MB a second each."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket="slow")
    with throttled(port, MB) as line:
        where = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{line}", "AWS_REGION": "us-east-1", "TMPDIR": str(folder)}
        with web(folder / "web.log", STORAGE_URL="s3://slow", **where) as one:
            yield one
    server.stop()


def test_storage_may_be_slower_than_a_transaction_is_patient(slow_s3: Served, world: World) -> None:
    """Parts travel for longer than an idle transaction lives; the row is there at the end, others are served."""
    size = (IDLE_SECONDS + 7) * PARTS_AT_ONCE * MB
    product, seller, seen = large.draft(world), Browser(slow_s3, world, world.alice), list[int]()
    with Passer(slow_s3.url) as passer:
        status = large.upload(seller, world, product, size, sent=lambda: seen.append(passer.answers))
    assert status == 303
    assert large.only_file(world).sha256 == large.digest(size)
    assert passer.answers - seen[0] >= 20, "storing took the worker for itself"
