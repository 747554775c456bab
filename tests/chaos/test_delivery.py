"""Two gigabytes arrive in pieces, are checked by a worker, leave again and are gone on with; two hundred downloads slow no page."""

import hashlib
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File, Upload
from app.core import db
from app.core.ids import new_id
from tests.chaos import large
from tests.chaos.crowd import Crowd, highest, p95
from tests.chaos.programs import Programs
from tests.chaos.served import Browser, Served, web
from tests.cli.test_run import soon
from tests.world import World

pytestmark = pytest.mark.chaos
MB, GB = 1024**2, 1024**3
WHOLE, STEP = 2 * GB, 8 * MB
MEMORY = 300 * MB
CROWD = 200
SLOWER = 1.5


@pytest.fixture
def folder() -> Iterator[Path]:
    """Room for the file three times: in pieces, whole, and on its way."""
    with tempfile.TemporaryDirectory(prefix="guildhall-delivery-") as place:
        (Path(place) / "files").mkdir()
        yield Path(place)


@pytest.fixture
def where(folder: Path) -> dict[str, str]:
    return {"STORAGE_URL": f"file://{folder / 'files'}", "TMPDIR": str(folder)}


@pytest.fixture
def served(committed: None, folder: Path, where: dict[str, str]) -> Iterator[Served]:
    with web(folder / "web.log", **where) as one:
        yield one


@pytest.fixture
def programs(folder: Path, where: dict[str, str]) -> Iterator[Programs]:
    one = Programs(folder / "programs.log", **where)
    yield one
    one.close()


class Tus:
    """A client that cuts the connection within a piece now and then."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.token = browser, browser.token()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, str]:
        line = HTTPConnection("localhost", self.browser.served.port, timeout=300)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        base = {"Tus-Resumable": "1.0.0", "X-CSRF-Token": self.token, "Cookie": self.browser.cookies}
        try:
            line.request(method, path, body=body, headers={**base, **said})
            answer = line.getresponse()
            answer.read()
            assert answer.status < 300, (answer.status, method, path)
            return dict(answer.headers)
        finally:
            line.close()

    def cut(self, path: str, offset: int, body: bytes, after: int) -> None:
        """Announce a piece, send a part of it, and hang up."""
        line = HTTPConnection("localhost", self.browser.served.port, timeout=300)
        line.putrequest("PATCH", path)
        for name, value in {
            "Tus-Resumable": "1.0.0",
            "X-CSRF-Token": self.token,
            "Cookie": self.browser.cookies,
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(body)),
        }.items():
            line.putheader(name, value)
        line.endheaders(body[:after])
        line.close()

    def send(self, address: str, name: str, size: int) -> None:
        said = f"filename {b64encode(name.encode()).decode()}"
        path = self.ask("POST", address, Upload_Length=str(size), Upload_Metadata=said)["Location"]
        cuts = {size // 4 // STEP * STEP, size // 2 // STEP * STEP}
        offset = 0
        while offset < size:
            body = self._bytes(offset, min(STEP, size - offset))
            if offset in cuts:
                cuts.discard(offset)
                self.cut(path, offset, body, STEP // 3)
                assert soon(lambda was=offset: self._offset(path) > was, 30)  # type: ignore[misc]
                offset = self._offset(path)
                continue
            kind = "application/offset+octet-stream"
            answer = self.ask("PATCH", path, body, Upload_Offset=str(offset), Content_Type=kind)
            offset = int(answer["Upload-Offset"])

    def _offset(self, path: str) -> int:
        return int(self.ask("HEAD", path)["Upload-Offset"])

    def _bytes(self, offset: int, count: int) -> bytes:
        first = offset // large.PIECE
        run = b"".join(
            (number.to_bytes(8, "big") + large.NOISE)
            for number in range(first * large.PIECE, offset + count, large.PIECE)
        )
        skip = offset - first * large.PIECE
        return run[skip : skip + count]


def test_two_gigabytes_in_pieces_through_a_worker_and_out_again(
    served: Served, programs: Programs, world: World, run_jobs: Any
) -> None:
    product, seller = large.draft(world), Browser(served, world, world.alice)
    programs.relay()
    worker = programs.worker("bulk")
    with highest(served.worker.pid) as web_memory, highest(worker.pid) as worker_memory:
        Tus(seller).send(f"/w/{world.north.slug}/products/{product.id}/uploads", "large.bin", WHOLE)
        assert soon(lambda: _state(world) == "done", 600), _state(world)
    print(f"in: web {web_memory[0] / MB:.0f} MB, worker {worker_memory[0] / MB:.0f} MB at most")
    file = large.only_file(world)
    assert (file.size, file.sha256) == (WHOLE, large.digest(WHOLE))
    assert max(web_memory[0], worker_memory[0]) < MEMORY
    programs.close()  # the jobs of the sale are done here
    grant, buyer = large.sold(world, product, run_jobs), Browser(served, world, world.fay)
    with highest(served.worker.pid) as web_memory:
        assert _download_with_a_cut(buyer, f"/library/{grant.id}/files/{file.id}/links") == file.sha256
        _download_with_a_cut(buyer, f"/library/{grant.id}/archives")
    print(f"out, as a file and as a zip: web {web_memory[0] / MB:.0f} MB at most")
    assert web_memory[0] < MEMORY


def _state(world: World) -> str:
    with db.workspace(world.north.id) as session:
        return session.scalars(select(Upload.state)).one()


def _download_with_a_cut(browser: Browser, press: str) -> str:
    """Half of it, a lost connection, the rest by a Range of the same link. Returns the digest of all bytes."""
    address, whole, count = browser.post(press).headers["Location"], hashlib.sha256(), 0
    for stops in (WHOLE // 2, None):
        line = HTTPConnection("localhost", browser.served.port, timeout=300)
        line.request(
            "GET", address, headers={"Cookie": browser.cookies} | ({"Range": f"bytes={count}-"} if count else {})
        )
        answer = line.getresponse()
        assert answer.status == (206 if count else 200), answer.status
        while (stops is None or count < stops) and (data := answer.read(MB)):
            whole.update(data)
            count += len(data)
        line.close()
    return whole.hexdigest()


def test_two_hundred_downloads_slow_no_page(
    committed: None, folder: Path, where: dict[str, str], world: World, run_jobs: Any
) -> None:
    """Each reads 0.25 MB a second, as a good line does; 50 MB a second in all from two web processes, as the Procfile starts them."""
    with web(folder / "web.log", WEB_WORKERS="2", **where) as served:
        product, seller = large.draft(world), Browser(served, world, world.alice)
        assert large.upload(seller, world, product, 64 * MB) == 303
        grant, buyer = large.sold(world, product, run_jobs), Browser(served, world, world.fay)
        file = large.only_file(world)
        shop = f"{served.url}/library/{grant.id}"
        addresses = [_link(one, file, buyer) for one in _as_many(grant, CROWD)]
        p95(shop, buyer.cookies, 40)
        quiet = p95(shop, buyer.cookies, 200)
        with Crowd(served.port, addresses, MB // 4) as crowd:
            assert soon(lambda: crowd.arrived > CROWD * MB, 60)
            busy = p95(shop, buyer.cookies, 200)
            again = p95(shop, buyer.cookies, 200)
        print(
            f"page p95: {quiet:.1f} ms quiet, {busy:.1f} and {again:.1f} ms beside {CROWD} downloads, {crowd.arrived / MB:.0f} MB sent"
        )
        assert crowd.failed == 0
        assert min(busy, again) < quiet * SLOWER + 5


def _as_many(grant: Grant, count: int) -> list[Grant]:
    """Purchases like this one: transfers of one purchase's file wait for each other, those of two hundred do not."""
    same = {name: getattr(grant, name) for name in ("buyer_id", "product_id", "variant_id", "order_id", "starts_at")}
    with db.workspace(grant.workspace_id):
        return [db.add(Grant(source_id=new_id(), downloads=True, **same)) for _ in range(count)]


def _link(grant: Grant, file: File, browser: Browser) -> tuple[str, str]:
    return browser.post(f"/library/{grant.id}/files/{file.id}/links").headers["Location"], browser.cookies
