"""Files go to whom they belong, byte for byte, and count only when they arrived."""

import hashlib
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.downloads.models import Download
from app.downloads.ranges import Span, covers
from tests.orders.selling import pay, place
from tests.world import World

DATA = bytes(range(256)) * 9000


@pytest.fixture
def bought(world: World, run_jobs: Any, client: Any) -> dict[str, Any]:
    """Fay bought a pack of 2.3 MB and is signed in."""
    shop = world.shop(world.north)
    product = world.product(shop, "Pack", ships=False, downloads=False, state="draft")
    with db.workspace(world.north.id):
        row = db.find(type(product), product.id)
        row.downloads, row.state = True, "listed"
    file = world.file(product, DATA, "Überraschung “1”.zip", download_limit=2)
    group = place(world, world.fay.id, (product, 1))
    pay(group, run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    world.sign_in(client, world.fay)
    return {"grant": grant, "file": file, "client": client, "product": product}


def link(bought: dict[str, Any], client: Any = None) -> Any:
    """Press «Download»: the answer that leads to the file."""
    client = client or bought["client"]
    page = client.get(f"/library/{bought['grant'].id}").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    data = {"csrf_token": token.group(1)} if token else {}
    return client.post(f"/library/{bought['grant'].id}/files/{bought['file'].id}/links", data=data)


def get(bought: dict[str, Any], **headers: str) -> Any:
    answer = link(bought)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:500]
    return bought["client"].get(answer.headers["Location"], headers=headers)


def counted(bought: dict[str, Any]) -> int:
    with db.workspace(bought["grant"].workspace_id) as session:
        return len(
            session.scalars(select(Download).where(Download.counted).execution_options(populate_existing=True)).all()
        )


def test_what_arrives_is_what_was_uploaded(bought: dict[str, Any]) -> None:
    answer = get(bought)
    assert hashlib.sha256(answer.data).hexdigest() == bought["file"].sha256
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%C3%9Cberraschung" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert counted(bought) == 1


def test_an_interrupted_transfer_counts_only_when_its_rest_arrived(bought: dict[str, Any]) -> None:
    half = len(DATA) // 2
    first = get(bought, Range=f"bytes=0-{half - 1}")
    assert (first.status_code, first.data) == (206, DATA[:half])
    assert counted(bought) == 0
    rest = get(bought, Range=f"bytes={half}-", **{"If-Range": f'"{bought["file"].sha256}"'})
    assert (rest.status_code, first.data + rest.data) == (206, DATA)
    assert rest.headers["Content-Range"] == f"bytes {half}-{len(DATA) - 1}/{len(DATA)}"
    assert counted(bought) == 1


def test_bytes_that_were_never_taken_do_not_count(bought: dict[str, Any]) -> None:
    answer = bought["client"].get(link(bought).headers["Location"], buffered=False)
    next(answer.response)
    answer.close()
    assert counted(bought) == 0


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-0", 206, DATA[:1]),
        ("bytes=-5", 206, DATA[-5:]),
        (f"bytes={len(DATA)}-", 416, b""),
        ("bytes=5-2", 416, b""),
        ("bytes=a-b", 200, DATA),
        ("bytes=0-1,4-5", 200, DATA),
        ("lines=1-2", 200, DATA),
    ],
)
def test_ranges(bought: dict[str, Any], asked: str, status: int, body: bytes) -> None:
    answer = get(bought, Range=asked)
    assert (answer.status_code, answer.data) == (status, body)


def test_a_changed_file_is_sent_whole(bought: dict[str, Any]) -> None:
    assert get(bought, Range="bytes=5-", **{"If-Range": '"another"'}).status_code == 200


def test_the_limit_holds_and_the_seller_can_give_it_back(bought: dict[str, Any], world: World, app: Any) -> None:
    for _ in range(2):
        assert get(bought).data == DATA
    refused = link(bought)
    assert refused.status_code == 403
    assert counted(bought) == 2
    seller = world.sign_in(app.test_client(), world.bob)
    page = seller.get("/discover").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    assert (
        seller.post(
            f"/w/{world.north.slug}/grants/{bought['grant'].id}/limit-resets", data={"csrf_token": token}
        ).status_code
        == 303
    )
    assert get(bought).data == DATA
    assert counted(bought) == 1


def test_a_refund_ends_access_also_for_a_link_made_before(bought: dict[str, Any]) -> None:
    from app.access import actions

    address = link(bought).headers["Location"]
    with db.workspace(bought["grant"].workspace_id):
        actions.revoke([bought["grant"].source_id], "refund")
    assert bought["client"].get(address).status_code == 403
    assert counted(bought) == 0
    with db.workspace(bought["grant"].workspace_id):
        actions.restore([bought["grant"].source_id], "refund")
    assert bought["client"].get(address).status_code == 200


def test_nobody_else_gets_it(bought: dict[str, Any], world: World, app: Any) -> None:
    """Another buyer, a guest, and a forged or stretched link."""
    for person in (world.charlie, None):
        browser = app.test_client()
        if person:
            world.sign_in(browser, person)
        assert browser.get(f"/library/{bought['grant'].id}").status_code == 404
    address = link(bought).headers["Location"]
    assert app.test_client().get(address[:-3] + "abc").status_code == 410
    assert counted(bought) == 0


def test_links_expire(bought: dict[str, Any]) -> None:
    import time_machine

    address = link(bought).headers["Location"]
    with time_machine.travel(db.now().timestamp() + 601, tick=True):
        assert bought["client"].get(address).status_code == 410


def test_a_file_taken_down_later_stays_with_those_who_bought_it(bought: dict[str, Any]) -> None:
    with db.workspace(bought["grant"].workspace_id) as session:
        session.get_one(File, (bought["file"].workspace_id, bought["file"].id)).removed_at = db.now()
    assert get(bought).data == DATA


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8), st.integers(1, 40))
def test_cover_means_every_byte(pairs: list[tuple[int, int]], size: int) -> None:
    spans = [Span(min(pair), max(pair)) for pair in pairs]
    held = {byte for span in spans for byte in range(span.first, span.last + 1)}
    assert covers(spans, size) == (set(range(size)) <= held)
