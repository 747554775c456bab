"""One suite for both places that files may lie in: a folder, and S3 as moto's server speaks it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app.core import settings, storage
from app.core.storage import CHUNK, PART, Missing, StorageAway, UploadCut, UploadTooLarge

BUCKET = "guildhall-files"
BIG = os.urandom(1024) * (2 * PART // 1024) + b"the last and smaller part"


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A bucket in a server of this module's own; the client asks it directly. Its address is in AWS_*, as for any S3."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    chosen = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (chosen | {"AWS_ENDPOINT_URL": address, "NO_PROXY": "127.0.0.1"}).items():
            patch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client
    server.stop()


@pytest.fixture
def at(app: Any) -> Iterator[Callable[[str], None]]:
    """Keep files at another address until the test ends."""
    chosen, before = settings.current(), settings.current().storage_url

    def use(url: str) -> None:
        object.__setattr__(chosen, "storage_url", url)
        storage.forget()

    yield use
    use(before)


@pytest.fixture(params=["file", "s3"])
def place(request: pytest.FixtureRequest, at: Callable[[str], None], tmp_path: Path) -> str:
    """The kind of storage under test, empty."""
    if request.param == "s3":
        request.getfixturevalue("s3")
        at(f"s3://{BUCKET}/{tmp_path.name}")
    else:
        at(f"file://{tmp_path / 'files'}")
    return str(request.param)


class Source(BytesIO):
    """An upload that ends or breaks before all of it came."""

    def __init__(self, data: bytes, breaks_after: int | None = None) -> None:
        super().__init__(data)
        self.breaks_after = breaks_after
        self.largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, len(self.getbuffer()) if size is None or size < 0 else size)
        if self.breaks_after is not None and self.tell() >= self.breaks_after:
            raise ConnectionResetError("the phone lost its network")
        return super().read(size)


def left() -> list[tuple[str, int]]:
    return sorted(storage.everything())


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, PART, len(BIG)])
def test_what_is_put_comes_back(place: str, size: int) -> None:
    data, source = BIG[:size], Source(BIG[:size])
    stored = storage.put("files/a/b.zip", source, limit=len(BIG), expected=size)
    assert stored == storage.Stored("files/a/b.zip", size, hashlib.sha256(data).hexdigest())
    assert b"".join(storage.stream("files/a/b.zip", 0, size - 1)) == data
    assert storage.read("files/a/b.zip") == data
    assert storage.size("files/a/b.zip") == size
    assert left() == [("files/a/b.zip", size)]
    assert source.largest <= CHUNK


def test_small_things_are_put_whole(place: str) -> None:
    stored = storage.put_bytes("media/640.webp", b"picture")
    assert (stored.size, stored.sha256) == (7, hashlib.sha256(b"picture").hexdigest())
    assert storage.read("media/640.webp") == b"picture"


def test_the_second_put_is_what_is_read(place: str) -> None:
    for words in (b"first, and longer", b"second"):
        storage.put("a", BytesIO(words), limit=100)
    assert storage.read("a") == b"second"


@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 0), (0, 9), (5, CHUNK + 5), (CHUNK - 1, CHUNK), (CHUNK, 2 * CHUNK - 1), (len(BIG) - 1, len(BIG) - 1)],
)
def test_ranges_are_inclusive_and_come_in_small_pieces(place: str, first: int, last: int) -> None:
    storage.put("big", BytesIO(BIG), limit=len(BIG))
    pieces = list(storage.stream("big", first, last))
    assert b"".join(pieces) == BIG[first : last + 1]
    assert max(map(len, pieces)) <= CHUNK


def test_nothing_of_nothing_is_nothing(place: str) -> None:
    storage.put_bytes("empty", b"")
    assert list(storage.stream("empty", 0, -1)) == []


def test_deleting_is_for_good_and_may_be_repeated(place: str) -> None:
    storage.put_bytes("a/one", b"1")
    storage.put_bytes("a/two", b"2")
    for _ in range(2):
        storage.delete("a/one")
    assert not storage.exists("a/one")
    assert storage.exists("a/two")
    assert left() == [("a/two", 1)]


def test_what_is_missing_is_said_so(place: str) -> None:
    """A page of a missing file is 404 with a sentence, not a crash."""
    for ask in (storage.read, storage.size, lambda key: list(storage.stream(key, 0, 3))):
        with pytest.raises(Missing) as refused:
            ask("files/never")
        assert refused.value.status == 404
    assert not storage.exists("files/never")
    storage.delete("files/never")
    assert left() == []


KEYS = [
    "",
    ".",
    "..",
    "../x",
    "a/../../x",
    "/etc/x",
    "a//b",
    "a/",
    "a/./b",
    "a\\..\\x",
    "~/x",
    "a\0b",
    "a b",
    "a\n",
    "%2e%2e/x",
]
KEYS += ["file:///x", "a#1", "é", ".hidden", "-rf", "a/.git", "x" * 501]


@pytest.mark.parametrize("key", KEYS)
def test_no_key_leaves_its_place(place: str, key: str) -> None:
    storage.put_bytes("safe", b"1")
    doors: list[Callable[[str], Any]] = [
        lambda key: storage.put(key, BytesIO(b"evil"), limit=9),
        lambda key: storage.put_bytes(key, b"evil"),
        storage.read,
        storage.size,
        storage.exists,
        storage.delete,
        lambda key: list(storage.stream(key, 0, 1)),
    ]
    for door in doors:
        with pytest.raises(ValueError, match="no storage key"):
            door(key)
    assert left() == [("safe", 1)]


@pytest.mark.parametrize("size", [10, PART + 10, len(BIG)])
def test_an_upload_that_ends_early_leaves_nothing(place: str, size: int, request: pytest.FixtureRequest) -> None:
    with pytest.raises(UploadCut):
        storage.put("cut", BytesIO(BIG[:size]), limit=len(BIG), expected=size + 1)
    assert_nothing_left(place, request)


@pytest.mark.parametrize("after", [0, 2 * CHUNK, 2 * PART])
def test_an_upload_that_breaks_leaves_nothing(place: str, after: int, request: pytest.FixtureRequest) -> None:
    with pytest.raises(ConnectionResetError):
        storage.put("broken", Source(BIG, after), limit=len(BIG), expected=len(BIG))
    assert_nothing_left(place, request)


def test_an_upload_past_its_limit_stops_there(place: str, request: pytest.FixtureRequest) -> None:
    source = Source(BIG)
    with pytest.raises(UploadTooLarge, match="larger than 9 MB"):
        storage.put("large", source, limit=9 * CHUNK)
    assert source.tell() == 10 * CHUNK
    assert_nothing_left(place, request)


def assert_nothing_left(place: str, request: pytest.FixtureRequest) -> None:
    """No object, no staged file beside it, no parts that S3 would go on charging for."""
    assert left() == []
    if place == "s3":
        client = request.getfixturevalue("s3")
        assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET)
    else:
        folder = Path(settings.current().storage_url.removeprefix("file://"))
        assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("url", ["s3://guildhall-files", "s3://no-such-bucket"])
def test_a_store_that_is_away_is_a_refusal_in_words(
    at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, s3: Any, url: str
) -> None:
    """Nothing listens at the address, or the bucket is gone: people read a sentence and may try again."""
    if "no-such" not in url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    at(url)
    for store in (lambda: storage.put("a", BytesIO(b"1"), limit=9), lambda: storage.put_bytes("a", b"1")):
        with pytest.raises(StorageAway, match="Nothing was stored") as refused:
            store()
        assert refused.value.status == 503


FULL = """
import resource, signal, sys
from io import BytesIO
from app.core import storage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
for key, size in (("large", 20 * storage.CHUNK), ("middling", 3 * storage.CHUNK)):
    try:
        storage.put(key, BytesIO(b"x" * size), limit=size, expected=size)
    except storage.StorageAway as refused:
        print("»", key, "refused:", refused.message)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
print("»", storage.put("fits", BytesIO(b"x" * storage.CHUNK), limit=storage.CHUNK).size, sorted(storage.everything()))
"""


def test_a_full_disk_refuses_and_keeps_nothing_half(app: Any, tmp_path: Path) -> None:
    """R13: no room for more than 2 MiB of any file. What does not fit is refused in words; what fits is kept."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(2 * CHUNK)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"STORAGE_URL": f"file://{tmp_path / 'files'}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.removeprefix("» ") for line in done.stdout.splitlines() if line.startswith("» ")]
    assert [line.split(":")[0] for line in lines[:2]] == ["large refused", "middling refused"]
    assert all("Nothing was stored" in line for line in lines[:2])
    assert lines[2] == f"{CHUNK} [('fits', {CHUNK})]"
    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == ["fits"]
