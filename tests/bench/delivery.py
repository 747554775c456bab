"""Links issued a second, and a zip of a purchase beside the same bytes read from storage."""

import time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import File
from app.core import db, signing, storage
from app.core.ids import new_id
from app.downloads import actions, queries
from app.downloads.actions import Seen
from tests.world import World

MB = 1024**2
LINKS, FILES, SIZE = 300, 8, 16 * MB
STATEMENTS = 16
"""What one link asks of the database: whose it is, what is left, who fetches."""


def report(world: World) -> None:
    grant_id, keys = _bought(world)
    seen = Seen(new_id(), "Firefox", "127.0.0.0/24")
    ours, floor = _links(world.fay.id, grant_id, seen)
    print(
        f"links issued: {ours:,.0f} a second, a signature after as many empty statements {floor:,.0f}, ratio {floor / ours:.1f}"
    )
    ours, floor = _zip(world.fay.id, grant_id, seen, keys)
    print(
        f"zip of {FILES} files, {FILES * SIZE / MB:.0f} MB: {ours / MB:,.0f} MB/s, the same bytes from storage {floor / MB:,.0f} MB/s,"
        f" ratio {floor / ours:.2f}"
    )


def _bought(world: World) -> tuple[UUID, list[str]]:
    product = world.product(world.shop(world.north), "Bench pack", ships=False)
    files: list[File] = [
        world.file(product, bytes([number]) * SIZE, f"{number}.bin", position=number) for number in range(FILES)
    ]
    with db.workspace(world.north.id):
        for file in files:
            db.lock(file).crc32 = catalogue.crc32(file.storage_key, file.size)
        grant = Grant(buyer_id=world.fay.id, product_id=product.id, variant_id=world.variant(product).id)
        grant.order_id, grant.source_id, grant.downloads, grant.starts_at = new_id(), new_id(), True, db.now()
        return db.add(grant).id, [file.storage_key for file in files]


def _links(buyer: UUID, grant_id: UUID, seen: Seen) -> tuple[float, float]:
    """A second, as requests make them: one transaction each."""
    with db.buyer(buyer):
        file_id = queries.offered(queries.own_grant(grant_id))[0].id

    def one() -> None:
        with db.buyer(buyer):
            actions.link(queries.own_grant(grant_id), file_id, seen)

    def floor() -> None:
        with db.buyer(buyer) as session:
            for _ in range(STATEMENTS):
                session.execute(text("select 1"))
            signing.sign("download", [str(grant_id)] * 6)

    return LINKS / _timed(one, LINKS), LINKS / _timed(floor, LINKS)


def _zip(buyer: UUID, grant_id: UUID, seen: Seen, keys: list[str]) -> tuple[float, float]:
    """Bytes a second."""
    with db.buyer(buyer):
        token = actions.pack_link(queries.own_grant(grant_id), seen)
    pack = actions.redeem_pack(token, seen)
    last = pack.layout.size - 1

    def ours() -> None:
        rows = actions.begin_pack(pack, 0, last, "127.0.0.1", "bench")
        assert sum(map(len, actions.send_pack(pack, rows, 0, last))) == pack.layout.size

    def floor() -> None:
        assert sum(len(piece) for key in keys for piece in storage.stream(key, 0, SIZE - 1)) == FILES * SIZE

    return FILES * SIZE / min(_timed(ours, 1) for _ in range(3)), FILES * SIZE / min(_timed(floor, 1) for _ in range(3))


def _timed(work: Any, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - began
