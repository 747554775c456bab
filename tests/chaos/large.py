"""A file of any size that is never held: made in pieces, sent to the product, and read back from it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File, Product
from app.core import db
from tests.chaos.served import Browser
from tests.orders.selling import pay, place
from tests.world import World

PIECE = 1024 * 1024
NOISE = os.urandom(PIECE - 8)
EDGE = "guildhall-test-boundary"


def pieces(size: int) -> Iterator[bytes]:
    """`size` bytes of which no two MiB are alike, at most one MiB at a time."""
    for number in range(0, size, PIECE):
        yield (number.to_bytes(8, "big") + NOISE)[: size - number]


def digest(size: int) -> str:
    whole = hashlib.sha256()
    for piece in pieces(size):
        whole.update(piece)
    return whole.hexdigest()


def draft(world: World) -> Product:
    """A product that downloads and has no file yet."""
    product = world.product(world.shop(world.north), "Large pack", ships=False, downloads=False, state="draft")
    with db.workspace(world.north.id):
        db.find(Product, product.id).downloads = True  # type: ignore[union-attr]
    return product


def upload(
    browser: Browser,
    world: World,
    product: Product,
    size: int,
    *,
    sent: Callable[[], object] = lambda: None,
    stops_after: int | None = None,
) -> int:
    """Send the file through the product's own form. Returns the status; calls `sent` once the last byte left.

    Raises ConnectionAbortedError when it hangs up itself, after `stops_after` bytes.
    """
    page = f"/w/{world.north.slug}/products/{product.id}"
    fields = {"csrf_token": browser.token(), "size": str(size)}
    head = "".join(f'--{EDGE}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    head += f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    tail = f"\r\n--{EDGE}--\r\n"
    with _connection(browser) as connection:
        connection.putrequest("POST", f"{page}/files")
        for name, value in {
            "Content-Type": f"multipart/form-data; boundary={EDGE}",
            "Content-Length": str(len(head) + size + len(tail)),
            "Cookie": browser.cookies,
        }.items():
            connection.putheader(name, value)
        connection.endheaders(head.encode())
        for number, piece in enumerate(pieces(size)):
            if stops_after is not None and number * PIECE >= stops_after:
                raise ConnectionAbortedError
            connection.send(piece)
        connection.send(tail.encode())
        sent()
        return connection.getresponse().status


def only_file(world: World) -> File:
    with db.workspace(world.north.id) as session:
        return session.scalars(select(File)).one()


def sold(world: World, product: Product, run_jobs: Any) -> Grant:
    """Fay bought it."""
    with db.workspace(world.north.id):
        db.find(Product, product.id).state = "listed"  # type: ignore[union-attr]
    pay(place(world, world.fay.id, (product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        return session.scalars(select(Grant)).one()


def download(browser: Browser, grant: Grant, file: File) -> tuple[int, str]:
    """Follow the buyer's link to the end. Returns the bytes that came and their digest."""
    link = browser.post(f"/library/{grant.id}/files/{file.id}/links").headers["Location"]
    whole, count = hashlib.sha256(), 0
    with _connection(browser) as connection:
        connection.request("GET", link, headers={"Cookie": browser.cookies})
        answer: HTTPResponse = connection.getresponse()
        assert answer.status == 200, answer.status
        while piece := answer.read(PIECE):
            whole.update(piece)
            count += len(piece)
    return count, whole.hexdigest()


@contextmanager
def _connection(browser: Browser) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("localhost", browser.served.port, timeout=300)
    try:
        yield connection
    finally:
        connection.close()
