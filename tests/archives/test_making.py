"""An archive holds all of one workspace, nothing of another, and no secret; its owner alone gets it."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import time_machine
from sqlalchemy import select, text

from app.archives import actions, rows
from app.archives.models import Archive
from app.core import db, storage
from app.core.actor import Actor
from app.core.audit import AuditEntry
from app.notifications.models import InboxItem
from tests.archives.conftest import Browser, latest, opened
from tests.archives.planting import plant
from tests.orders.selling import order_of, pay, place


def test_it_holds_every_table_of_one_workspace_and_no_word_of_another(
    committed: None, world: Any, run_jobs: Any
) -> None:
    plant(world.other.id, "planted-elsewhere")
    plant(world.north.id, "planted-here", secret="planted-secret")
    with db.workspace(world.north.id):
        actions.ask(Actor("person", "Alice", world.alice.id))
    run_jobs(only="archives.make")
    found = opened(world.north)
    assert [rule.table for rule in rows.leaving() if not found.rows(rule.table)] == []
    everything = found.everything()
    assert b"planted-here" in everything
    assert b"planted-elsewhere" not in everything and str(world.other.id).encode() not in everything
    assert b"planted-secret" not in everything


def test_rows_are_all_of_one_moment(committed: None, world: Any) -> None:
    """An order of a product that is written while the archive is read is not in it, whichever table comes first."""
    shop = world.shop(world.north)
    world.product(shop, "Before")
    with db.snapshot(db.Scope("workspace", world.north.id)) as session:
        assert session.scalar(text("select count(*) from products")) == 1
        db.beside(lambda: world.product(shop, "Meanwhile"))
        assert session.scalar(text("select count(*) from products")) == 1
        assert session.scalar(text("select count(*) from variants")) == 1
    with db.workspace(world.north.id) as session:
        assert session.scalar(text("select count(*) from variants")) == 2


def test_an_owner_asks_waits_and_downloads(world: Any, owner: Browser, run_jobs: Any) -> None:
    shop = world.shop(world.north, "Lamps")
    product = world.product(shop, "=Lantern", downloads=True, price=1250)
    group = place(world, world.fay.id, (product, 2))
    pay(group, run_jobs)
    page = f"/w/{world.north.slug}/settings/data"
    assert "Make an archive" in owner.get(page).text
    assert owner.post(f"{page}/archives").status_code == 303
    assert owner.post(f"{page}/archives").status_code == 409
    run_jobs()
    row, found = latest(world.north), opened(world.north)
    assert found.manifest["rows"]["orders"] == 1 and found.manifest["missing"] == []
    assert (row.rows, row.files) == (sum(found.manifest["rows"].values()), 1)
    for name, facts in found.manifest["members"].items():
        assert hashlib.sha256(found.zip.read(name)).hexdigest() == facts["sha256"]
    [sold] = found.rows("files")
    assert found.zip.read(f"files/{sold['id']}.zip") == b"the very bytes of =Lantern"
    order = order_of(group, shop)
    [line] = [line for line in found.zip.read("tables/orders.csv").decode().splitlines() if str(order.number) in line]
    assert "25.00" in line and "USD" in line
    assert "'=Lantern" in found.zip.read("tables/order-lines.csv").decode()
    _downloads(owner, page, row, found.data)
    with db.system("test world") as session:
        told = session.scalars(
            select(InboxItem).where(InboxItem.user_id == world.alice.id, InboxItem.kind == "archives.ready")
        )
        assert told.one().path == page
    with db.workspace(world.north.id) as session:
        trail = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("archives.%")))
        assert set(trail) == {"archives.ask", "archives.make", "archives.download"}


def _downloads(owner: Browser, page: str, row: Archive, data: bytes) -> None:
    """Whole, and the rest of what broke off."""
    link = owner.post(f"{page}/archives/{row.id}/links").headers["Location"]
    whole = owner.get(link)
    assert (whole.status_code, whole.data) == (200, data)
    assert whole.headers["Content-Disposition"].startswith("attachment; filename=")
    rest = owner.get(link, Range="bytes=100-")
    assert (rest.status_code, rest.data) == (206, data[100:])
    assert owner.get(link, Range=f"bytes={row.size}-").status_code == 416
    with time_machine.travel(db.now() + timedelta(minutes=11)):
        assert owner.get(link).status_code == 410


def test_nobody_but_owners_who_are_surely_there(world: Any, owner: Browser, app: Any) -> None:
    page = f"/w/{world.north.slug}/settings/data"
    for person, status in ((world.ada, 403), (world.bob, 403), (world.charlie, 404)):
        browser = Browser(world.sign_in(app.test_client(), person))
        assert browser.get(page).status_code == status
        assert browser.post(f"{page}/archives").status_code == status
    with time_machine.travel(db.now() + timedelta(minutes=20)):
        assert "/me/again" in owner.get(page).headers["Location"]
        assert "/me/again" in owner.post(f"{page}/archives").headers["Location"]
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Archive)).all() == []


def test_it_is_removed_after_seven_days(world: Any, owner: Browser, run_jobs: Any) -> None:
    page = f"/w/{world.north.slug}/settings/data"
    owner.post(f"{page}/archives")
    run_jobs()
    key = latest(world.north).key
    actions.sweep()
    assert storage.exists(key)
    with time_machine.travel(db.now() + timedelta(days=7, minutes=1)):
        actions.sweep()
    row = latest(world.north)
    assert (row.state, storage.exists(key)) == ("gone", False)
    assert owner.post(f"{page}/archives/{row.id}/links").status_code == 404


def test_what_cannot_be_made_says_so_and_another_can_be_asked_for(
    world: Any, owner: Browser, run_jobs: Any, monkeypatch: Any
) -> None:
    page = f"/w/{world.north.slug}/settings/data"
    owner.post(f"{page}/archives")

    def away(*_: Any, **__: Any) -> None:
        raise storage.StorageAway

    with monkeypatch.context() as broken:
        broken.setattr(storage, "put", away)
        for hours in range(3):
            with time_machine.travel(db.now() + timedelta(hours=hours)):
                run_jobs(only="archives.make")
                with db.system("test world") as session:
                    session.execute(
                        text("update outbox_jobs set due_at = now() where done_at is null and dead_at is null")
                    )
    assert latest(world.north).state == "failed"
    assert "could not be made" in owner.get(page).text
    assert owner.post(f"{page}/archives").status_code == 303


def test_a_persons_own_data(world: Any, app: Any, run_jobs: Any) -> None:
    """What they bought and wrote, without their password and the keys of their sessions."""
    shop = world.shop(world.north)
    group = place(world, world.fay.id, (world.product(shop, "Bought", downloads=True), 1))
    pay(group, run_jobs)
    place(world, world.bob.id, (world.product(shop, "Somebody else's"), 1))
    browser = Browser(world.sign_in(app.test_client(), world.fay))
    assert "Pack my data" in browser.get("/me/data").text
    browser.post("/me/data/archives")
    run_jobs()
    with db.system("test world") as session:
        row = session.execute(text("select id, key, size from own_archives")).one()
        hashes = session.execute(text("select token_hash from user_sessions")).scalars().all()
    link = browser.post(f"/me/data/archives/{row.id}/links").headers["Location"]
    data = browser.get(link).data
    from tests.archives.conftest import Zip

    found = Zip(data)
    [account] = [json.loads(line) for line in found.zip.read("account.jsonl").splitlines()]
    assert account["email"] == world.fay.email
    assert b"Bought" in found.zip.read("order-lines.jsonl") and b"Bought" in found.zip.read("grants.jsonl")
    everything = found.everything()
    assert b"Somebody else" not in everything
    assert not any(one.encode() in everything for one in hashes)
    other = Browser(world.sign_in(app.test_client(), world.bob))
    assert other.get(link).status_code == 410
    assert other.post(f"/me/data/archives/{row.id}/links").status_code == 404
