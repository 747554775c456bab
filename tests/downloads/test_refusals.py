"""What a buyer reads when nothing is handed over: who ended it, and where to go on."""

from typing import Any

import pytest
from sqlalchemy import select, update

from app.access import actions as access
from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.core.ids import new_id
from app.orders import actions as orders
from app.orders.models import OrderGroup
from tests.downloads.test_limits import token
from tests.downloads.wares import recording
from tests.orders.selling import pay, place
from tests.world import World

ENDED = {
    "refund": "This purchase was refunded",
    "dispute": "Your bank disputes the payment",
    "seller": "The seller has closed this purchase: «Sold on a forum»",
}


@pytest.fixture
def song(world: World, app: Any, run_jobs: Any) -> dict[str, Any]:
    """A guest bought a recording and has it open in a browser."""
    product = world.product(world.shop(world.north), "Song", ships=False, state="draft")
    with db.workspace(world.north.id):
        row = db.lock(product)
        row.downloads, row.state = True, "listed"
    file = world.file(product, recording(), "song.mp3")
    with db.workspace(world.north.id) as session:
        session.execute(update(File).where(File.id == file.id).values(content_type="audio/mpeg"))
    group_id = place(world, new_id(), (product, 1), email="old@reader.test")
    pay(group_id, run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    return {"file": file, "grant": grant, "group": group_id, "client": opened(app, group_id)}


def opened(app: Any, group_id: Any) -> Any:
    client = app.test_client()
    with db.system("test world") as session:
        link = orders.purchase_token(session.get_one(OrderGroup, group_id))
    client.get(f"/purchases/open/{link}")
    return client


def of_file(song: dict[str, Any], what: str) -> str:
    return f"/library/{song['grant'].id}/files/{song['file'].id}/{what}"


@pytest.mark.parametrize("reason", ENDED)
def test_a_refusal_says_who_ended_it_and_leads_to_the_purchase(world: World, song: dict[str, Any], reason: str) -> None:
    client, here = song["client"], f"/library/{song['grant'].id}"
    form = {"csrf_token": token(client)}
    bytes_of_it = client.post(of_file(song, "links"), data=form).headers["Location"]
    with db.workspace(world.north.id):
        access.revoke([song["grant"].source_id], reason, "Sold on a forum")
    answers = [
        client.get(of_file(song, "player")),
        client.get(bytes_of_it),
        client.post(of_file(song, "links"), data=form),
        client.post(f"{here}/archives", data=form),
    ]
    for answer in answers:
        page = answer.get_data(as_text=True)
        assert answer.status_code == 403 and ENDED[reason] in page
        assert f'href="{here}"' in page and 'href="/library"' in page
        assert not [words for other, words in ENDED.items() if other != reason and words in page]


def test_what_is_not_open_here_says_so_whether_it_exists_or_not(world: World, app: Any, song: dict[str, Any]) -> None:
    with db.workspace(world.north.id):
        orders.renew_links(song["group"])
    for client in (song["client"], app.test_client()):
        for path in ("/library/{}", "/purchases/{}", f"/library/{{}}/files/{song['file'].id}/player"):
            mine = song["group"] if path.startswith("/purchases") else song["grant"].id
            pages = []
            for wanted in (mine, new_id()):
                answer = client.get(path.format(wanted))
                assert answer.status_code == 404
                pages.append(_told(answer.get_data(as_text=True)).replace(str(wanted), "…"))
            assert pages[0] == pages[1]
            assert "This purchase is not open in this browser" in pages[0]
            assert "/sign-in?next=" in pages[0] and 'href="/purchases#links"' in pages[0]
    fay = world.sign_in(app.test_client(), world.fay)
    page = _told(fay.get(f"/library/{song['grant'].id}").get_data(as_text=True))
    assert "not open in this browser" in page and "/sign-in" not in page


def _told(page: str) -> str:
    """The card alone: the page around it carries tokens that differ each time."""
    return page.split('class="plain-card"')[1].split("</main>")[0]


def test_a_seller_s_page_of_an_unknown_purchase_is_simply_not_there(world: World, app: Any) -> None:
    alice = world.sign_in(app.test_client(), world.alice)
    answer = alice.get(f"/w/{world.north.slug}/grants/{new_id()}/downloads")
    assert answer.status_code == 404 and "not open in this browser" not in answer.get_data(as_text=True)


def test_an_old_link_says_that_a_newer_one_may_have_been_sent(app: Any, world: World, song: dict[str, Any]) -> None:
    with db.system("test world") as session:
        old = orders.purchase_token(session.get_one(OrderGroup, song["group"]))
    with db.workspace(world.north.id):
        orders.renew_links(song["group"])
    answer = app.test_client().get(f"/purchases/open/{old}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 410 and "A newer link" in page and 'action="/purchases/links"' in page


def test_the_link_of_a_claimed_purchase_says_that_an_account_keeps_it(
    app: Any, world: World, song: dict[str, Any]
) -> None:
    orders.claim(world.fay.id, "old@reader.test")
    with db.system("test world") as session:
        link = orders.purchase_token(session.get_one(OrderGroup, song["group"]))
    answer = app.test_client().get(f"/purchases/open/{link}?to={song['grant'].id}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403 and "This purchase is kept in an account" in page
    assert f"/sign-in?next=/library/{song['grant'].id}" in page


def test_a_browser_that_bought_nothing_is_shown_both_ways_in(app: Any, world: World) -> None:
    page = app.test_client().get("/library").get_data(as_text=True)
    assert "Nothing is open in this browser" in page and "Your library is empty" not in page
    assert 'href="/sign-in?next=/library"' in page and 'href="/purchases#links"' in page
    fay = world.sign_in(app.test_client(), world.fay).get("/library").get_data(as_text=True)
    assert "Your library is empty" in fay


def test_a_place_in_a_recording_goes_with_the_purchase(app: Any, world: World, song: dict[str, Any]) -> None:
    guest = song["client"]
    assert guest.get(of_file(song, "player")).status_code == 200
    kept = guest.post(of_file(song, "positions"), data={"csrf_token": token(guest), "spot": "75"})
    assert kept.status_code == 204
    orders.claim(world.fay.id, "old@reader.test")
    fay = world.sign_in(guest, world.fay)
    assert "#t=75" in fay.get(of_file(song, "player")).get_data(as_text=True)
    moved = fay.post(of_file(song, "positions"), data={"csrf_token": token(fay), "spot": "90"})
    assert moved.status_code == 204 and "#t=90" in fay.get(of_file(song, "player")).get_data(as_text=True)
    bob = world.sign_in(app.test_client(), world.bob)
    assert bob.get(of_file(song, "player")).status_code == 404
