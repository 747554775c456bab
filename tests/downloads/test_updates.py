"""News of releases: who hears of them, that they hear once, and what each side sees."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.access import actions as access
from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import File, Product, Variant
from app.core import db
from app.core.actor import Actor
from app.core.mail import Mail
from app.downloads import actions, queries
from app.downloads.models import Update, UpdateRecipient
from app.notifications.models import InboxItem
from tests.downloads.test_limits import token
from tests.orders.selling import pay, place
from tests.world import World

ALICE = Actor("person", "Alice")


@pytest.fixture
def pack(world: World, run_jobs: Any) -> Product:
    """Bought by Fay and Bob, who have accounts; then a second release comes out."""
    with db.at(db.now() - timedelta(days=4)):
        product = world.product(world.shop(world.north, "Sea glass"), "Pack", ships=False, downloads=True)
    for person in (world.fay, world.bob):
        with db.at(db.now() - timedelta(days=3)):
            pay(place(world, person.id, (product, 1), email=person.email), run_jobs)
    return product


def release(world: World, product: Product, notes: str = "Better covers") -> File:
    with db.workspace(world.north.id, world.alice.id) as session:
        old = session.scalars(select(File).where(File.product_id == product.id, File.removed_at.is_(None))).one()
        source = io.BytesIO(f"release after {old.release}".encode())
        return catalogue.replace_file(alice(world), db.get(Product, product.id), old, source, "pack.bin", notes, None)


def alice(world: World) -> Actor:
    return Actor("person", "Alice", world.alice.id)


def draft(world: World, product: Product, **chosen: Any) -> Update:
    with db.workspace(world.north.id, world.alice.id):
        choice = actions.Choice(**{"notes": "Better covers", **chosen})
        return actions.draft(alice(world), db.get(Product, product.id), choice)


def send(world: World, row: Update) -> int:
    with db.workspace(world.north.id, world.alice.id):
        return actions.send_update(alice(world), queries.update_of(row.id))


def letters() -> list[str]:
    with db.system("test world") as session:
        return sorted(session.scalars(select(Mail.to).where(Mail.template == "product_update")))


def grant_of(world: World, person: Any) -> Grant:
    with db.workspace(world.north.id) as session:
        return session.scalars(select(Grant).where(Grant.buyer_id == person.id)).one()


def preview(world: World, row: Update) -> queries.Preview:
    with db.workspace(world.north.id):
        return queries.preview(queries.update_of(row.id))


def test_a_new_release_is_seen_told_and_fetched(world: World, app: Any, pack: Product, run_jobs: Any) -> None:
    fay = world.sign_in(app.test_client(), world.fay)
    grant = grant_of(world, world.fay)
    assert "Updated" not in fay.get("/library").get_data(as_text=True)
    file = release(world, pack)
    assert "Updated" in fay.get("/library").get_data(as_text=True)
    assert send(world, draft(world, pack, files=[file.id])) == 2
    run_jobs()
    assert letters() == sorted([world.bob.email, world.fay.email])
    with db.system("test world") as session:
        inbox = session.scalars(select(InboxItem).where(InboxItem.user_id == world.fay.id)).all()
        assert [(one.kind, one.path) for one in inbox] == [("downloads.update", f"/library/{grant.id}")]
    page = fay.get(f"/library/{grant.id}").get_data(as_text=True)
    assert "Better covers" in page and "Older releases (1)" in page and "release 2" in page
    assert "Updated" not in fay.get("/library").get_data(as_text=True), "they have seen it"


def test_nobody_hears_twice_even_when_the_job_is_repeated(world: World, pack: Product, run_jobs: Any) -> None:
    row = draft(world, pack)
    assert send(world, row) == 2
    with pytest.raises(actions.AlreadySent):
        send(world, row)
    run_jobs()
    for _ in range(3):
        with db.workspace(world.north.id):
            actions.tell_update(row.id)
    assert len(letters()) == 2
    with db.workspace(world.north.id) as session:
        after = session.get_one(Update, (world.north.id, row.id), populate_existing=True)
        assert (after.state, after.told) == ("sent", 2)


def test_the_refunded_hear_nothing_not_even_when_it_happens_on_the_way(
    world: World, pack: Product, run_jobs: Any
) -> None:
    row = draft(world, pack)
    with db.workspace(world.north.id):
        access.revoke([grant_of(world, world.bob).source_id], "refund")
    assert preview(world, row).count == 1 and preview(world, row).closed == 1
    assert send(world, row) == 1
    with db.workspace(world.north.id):
        access.revoke([grant_of(world, world.fay).source_id], "refund")
    run_jobs()
    assert letters() == []
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(UpdateRecipient.outcome)).all() == ["left out"]


def test_audiences(world: World, pack: Product, run_jobs: Any) -> None:
    file = release(world, pack)
    _fetched(world, world.fay, file.replaces_id)
    wanted = {"all": 2, "older": 1, "never": 1}
    for audience, count in wanted.items():
        assert preview(world, draft(world, pack, files=[file.id], audience=audience)).count == count, audience
    _fetched(world, world.fay, file.id)
    assert preview(world, draft(world, pack, files=[file.id], audience="older")).count == 0, "they have the newest"
    tomorrow, before = db.now().date() + timedelta(days=1), db.now().date() - timedelta(days=30)
    assert preview(world, draft(world, pack, bought_after=tomorrow)).count == 0
    assert preview(world, draft(world, pack, bought_after=before)).count == 2
    with pytest.raises(actions.NobodyToTell):
        send(world, draft(world, pack, bought_after=tomorrow))


def _fetched(world: World, person: Any, file_id: Any) -> None:
    from app.downloads.models import Download

    grant = grant_of(world, person)
    with db.workspace(world.north.id):
        row = {"grant_id": grant.id, "file_id": file_id, "buyer_id": person.id, "ip": "", "user_agent": ""}
        db.add(Download(**row, bytes_sent=1, completed_at=db.now(), counted=True))


def test_a_file_for_one_variant_is_news_to_its_buyers_alone_and_taken_from_nobody(
    world: World, pack: Product, run_jobs: Any
) -> None:
    file = release(world, pack)
    with db.workspace(world.north.id):
        other = db.add(
            Variant(
                product_id=pack.id, sku="PACK-XL", title="Large", position=1, price_minor=900, currency=pack.currency
            )
        )
    with db.workspace(world.north.id, world.alice.id):
        catalogue.set_variant(alice(world), db.get(File, file.id), other)
    assert preview(world, draft(world, pack, files=[file.id])).count == 0
    grant = grant_of(world, world.fay)
    with db.buyer(world.fay.id):
        kept = queries.shelf_of(queries.own_grant(grant.id))
        assert file.id in {one.file.id for one in kept.items}, "what they had is not taken away"
    pay(place(world, world.charlie.id, (pack, 1)), run_jobs)
    with db.buyer(world.charlie.id) as session:
        late = session.scalars(select(Grant)).one()
        assert file.id not in {one.id for one in queries.offered(queries.own_grant(late.id))}


def test_older_releases_are_for_those_who_bought_then_or_for_everybody(
    world: World, pack: Product, run_jobs: Any
) -> None:
    release(world, pack)
    pay(place(world, world.charlie.id, (pack, 1)), run_jobs)

    def older(person: Any) -> int:
        with db.buyer(person.id) as session:
            return len(queries.shelf_of(queries.own_grant(session.scalars(select(Grant.id)).one())).older)

    assert (older(world.fay), older(world.charlie)) == (1, 0)
    with db.workspace(world.north.id, world.alice.id):
        catalogue.set_older(alice(world), db.get(Product, pack.id), True)
    assert (older(world.fay), older(world.charlie)) == (1, 1)


def test_one_click_ends_the_letters_of_one_shop(world: World, app: Any, pack: Product, run_jobs: Any) -> None:
    send(world, draft(world, pack))
    run_jobs()
    with db.system("test world") as session:
        headers = session.scalars(
            select(Mail.headers).where(Mail.template == "product_update", Mail.to == world.fay.email)
        ).one()
    address = re.sub(r"^<https?://[^/]+|>$", "", headers["List-Unsubscribe"])
    stranger = app.test_client()
    stranger.get(address)
    row = draft(world, pack)
    assert preview(world, row).count == 2, "a program that follows links ends nothing"
    assert stranger.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    found = preview(world, row)
    assert (found.count, found.opted_out) == (1, 1)
    stranger.post(address, data={"again": "y"})
    assert preview(world, row).count == 2


def test_a_seller_writes_looks_and_sends(world: World, app: Any, pack: Product, run_jobs: Any) -> None:
    seller = world.sign_in(app.test_client(), world.bob)
    file, base = release(world, pack), f"/w/{world.north.slug}"
    empty = seller.post(f"{base}/products/{pack.id}/updates", data={"csrf_token": token(seller), "notes": " "})
    assert empty.status_code == 422 and "Write what changed" in empty.get_data(as_text=True)
    form = {"csrf_token": token(seller), "notes": "New cover", "audience": "all", "files": [str(file.id)]}
    made = seller.post(f"{base}/products/{pack.id}/updates", data=form)
    page = seller.get(made.headers["Location"]).get_data(as_text=True)
    assert "New cover" in page and "••••@" in page and world.fay.email not in page
    viewer = world.sign_in(app.test_client(), world.vera)
    path = f"{made.headers['Location']}/sendings"
    assert viewer.post(path, data={"csrf_token": token(viewer)}).status_code == 403 and letters() == []
    assert seller.post(path, data={"csrf_token": token(seller)}).status_code == 303
    assert seller.post(path, data={"csrf_token": token(seller)}).status_code == 409
    run_jobs()
    assert len(letters()) == 2
    assert "2 told" in seller.get(f"{base}/products/{pack.id}/updates").get_data(as_text=True)


def test_who_wants_no_mail_still_finds_it_in_the_inbox(world: World, pack: Product, run_jobs: Any) -> None:
    from app.notifications import actions as notifications
    from app.notifications.choices import Wish

    with db.buyer(world.fay.id):
        notifications.choose(world.fay.id, {"downloads.update": Wish(True, "never")})
    send(world, draft(world, pack))
    run_jobs()
    assert letters() == [world.bob.email]
    with db.system("test world") as session:
        assert session.scalar(select(func.count()).where(InboxItem.kind == "downloads.update")) == 2
        session.execute(update(InboxItem).values(read_at=db.now()))
