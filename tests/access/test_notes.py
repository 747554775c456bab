"""What a seller tells everybody who has a product: read where they bought it, by them alone, as long as it is theirs."""

from typing import Any

import pytest
from sqlalchemy import select

from app.access import actions
from app.access.models import BuyerNote
from app.catalogue.models import Product
from app.core import db
from app.core.mail import Mail
from app.notifications import actions as notifications
from tests.downloads.test_limits import token
from tests.orders.selling import pay, payment, place
from tests.world import World

WORDS = "Open sesame <script>alert(1)</script>\nhttps://help.example/start"
SHOWN = "Open sesame &lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def pack(world: World) -> Product:
    return world.product(world.shop(world.north, "Packs"), "Sea glass", ships=False, downloads=True, price=1300)


@pytest.fixture
def mug(world: World) -> Product:
    return world.product(world.shop(world.north, "Mugs"), "Mug")


def say(world: World, app: Any, product: Product, words: str, person: Any = None) -> Any:
    seller = world.sign_in(app.test_client(), person or world.bob)
    path = f"/w/{world.north.slug}/products/{product.id}/note"
    return seller.post(path, data={"csrf_token": token(seller), "words": words})


def kept(world: World) -> list[str]:
    with db.workspace(world.north.id) as session:
        return list(session.scalars(select(BuyerNote.words)))


def receipts(app: Any) -> tuple[str, str]:
    with db.system("test world") as session, app.test_request_context():
        row = session.scalars(select(Mail).where(Mail.template == "receipt")).one()
        _, text, html = notifications.render(row.template, row.context)
    return text, html


def places(world: World, app: Any, group: Any) -> list[str]:
    """The confirmation, the purchase and, for files, the library, as Fay sees them."""
    fay = world.sign_in(app.test_client(), world.fay)
    with db.system("test world"):
        assert payment(group) is not None
    library = fay.get("/library").get_data(as_text=True)
    grants = [part.split('"')[0] for part in library.split('href="/library/')[1:]]
    pages = [f"/purchases/{group}", *(f"/library/{one}" for one in grants if len(one) == 36)]
    return [fay.get(path).get_data(as_text=True) for path in pages]


def test_buyers_read_it_in_the_receipt_and_where_they_bought(
    world: World, app: Any, pack: Product, mug: Product, run_jobs: Any
) -> None:
    for product in (pack, mug):
        answer = say(world, app, product, f"  {WORDS} ")
        assert answer.status_code == 303
    group = place(world, world.fay.id, (pack, 1), (mug, 2))
    for page in places(world, app, group):
        assert "Open sesame" not in page, "nothing is paid yet"
    pay(group, run_jobs)
    purchase, library = places(world, app, group)
    assert purchase.count(SHOWN) == 2 and library.count(SHOWN) == 1
    assert 'href="https://help.example/start" rel="nofollow noopener noreferrer ugc"' in library
    text, html = receipts(app)
    assert text.count("    Open sesame <script>") == 2 and html.count(SHOWN) == 2
    assert "<script>alert" not in purchase + library + html


def test_it_is_read_by_who_bought_before_and_closes_with_the_rest(
    world: World, app: Any, pack: Product, run_jobs: Any
) -> None:
    group = place(world, world.fay.id, (pack, 1))
    pay(group, run_jobs)
    say(world, app, pack, WORDS)
    assert all(SHOWN in page for page in places(world, app, group))
    with db.buyer(world.fay.id) as session:
        line = session.scalars(select(BuyerNote.product_id)).one()
        assert line == pack.id
    with db.workspace(world.north.id) as session:
        from app.access.models import Grant

        actions.revoke([session.scalars(select(Grant)).one().source_id], "refund")
    assert not any("Open sesame" in page for page in places(world, app, group))
    with db.buyer(world.fay.id) as session:
        assert session.scalars(select(BuyerNote)).all() == [], "the database closes it too"


def test_nobody_else_reads_it(world: World, app: Any, pack: Product, run_jobs: Any) -> None:
    say(world, app, pack, WORDS)
    shop = app.test_client()
    with db.workspace(world.north.id):
        row = db.get(Product, pack.id)
        address = f"/s/{row.shop.slug}/{row.slug}"
    assert "Open sesame" not in shop.get(address).get_data(as_text=True)
    for scope in (db.buyer(world.bob.id), db.workspace(world.other.id)):
        with scope as session:
            assert session.scalars(select(BuyerNote)).all() == []
    assert say(world, app, pack, "mine", world.charlie).status_code == 404
    assert say(world, app, pack, "mine", world.vera).status_code == 403
    assert kept(world) == [WORDS]


def test_too_long_is_refused_and_stays_typed_and_empty_takes_it_away(world: World, app: Any, pack: Product) -> None:
    say(world, app, pack, "First")
    refused = say(world, app, pack, "x" * 2003)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422 and "3 letters more than the 2,000" in page and "x" * 2003 in page
    assert kept(world) == ["First"]
    say(world, app, pack, "Second")
    assert kept(world) == ["Second"]
    say(world, app, pack, " \n ")
    assert kept(world) == []
