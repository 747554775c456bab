"""An archive comes into an empty workspace as it was, linked to nobody; what was tampered with comes in not at all."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from os import urandom
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select, text

from app.archives.actions.importing import is_empty, order
from app.archives.models import ArchiveImport
from app.catalogue import actions as catalogue
from app.catalogue.models import Discount, Media, Product
from app.core import db, storage
from app.core.actor import Actor
from app.forum import actions as forum
from app.forum.models import Post, Thread
from app.orders.models import Order, OrderGroup, OrderNote
from tests.archives.conftest import Browser, Zip, opened
from tests.forum.conftest import actor, found_town
from tests.orders.selling import order_of, pay, place

UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def furnish(world: Any, run_jobs: Any) -> Any:
    """Northlight with a shop, stock, pictures, files, discounts, orders and a forum."""
    town = found_town(world)
    shop = world.shop(world.north, "Lamps", tagline="Light for all")
    lamp = world.product(shop, "Lantern", price=1250, downloads=True)
    alice = Actor("person", "Alice", world.alice.id)
    with db.workspace(world.north.id, world.alice.id):
        catalogue.add_picture(alice, db.get(Product, lamp.id), png(), "lantern.png", alt="A lantern")
        db.add(Discount(shop_id=shop.id, code="LIGHT", kind="percent", value=1000, product_ids=[lamp.id]))
    group = place(world, world.fay.id, (lamp, 2))
    pay(group, run_jobs)
    place(world, world.bob.id, (lamp, 1))  # never paid, its lamp held
    bought = order_of(group, shop)
    with db.workspace(world.north.id):
        db.add(OrderNote(order_id=bought.id, author_id=world.bob.id, author_name="Bob", body="Wrap it well"))
    talk(world, town)
    run_jobs()
    return shop


def talk(world: Any, town: Any) -> None:
    question = town.start(world.fay, "Which oil?", "I tried **two**.\n\nSee [this](https://example.com).")
    answer = town.reply(world.alice, question, "The clear one.")
    with town.inside(world.bob):
        forum.vote(actor(world.bob), db.get(Post, answer.id), 1)
    with town.inside(world.fay):
        forum.accept(actor(world.fay), db.get(Thread, question.id), db.get(Post, answer.id))


def png() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "orange").save(file, "PNG")
    file.seek(0)
    return file


def archive(workspace: Any, owner: Browser, run_jobs: Any) -> Zip:
    owner.post(f"/w/{workspace.slug}/settings/data/archives")
    run_jobs()
    return opened(workspace)


def send(workspace: Any, owner: Browser, run_jobs: Any, data: bytes) -> ArchiveImport:
    """Uploaded and looked through."""
    page = f"/w/{workspace.slug}/settings/data"
    answer = owner.post(f"{page}/imports", archive=(io.BytesIO(data), "archive.zip"))
    assert answer.status_code == 303, answer.text
    run_jobs()
    return latest(workspace)


def latest(workspace: Any) -> ArchiveImport:
    with db.workspace(workspace.id) as session:
        session.expire_all()
        return session.scalars(select(ArchiveImport).order_by(ArchiveImport.id.desc()).limit(1)).one()


def bring(workspace: Any, owner: Browser, run_jobs: Any, data: bytes) -> ArchiveImport:
    row = send(workspace, owner, run_jobs, data)
    assert row.state == "checked", row.error
    owner.post(f"/w/{workspace.slug}/settings/data/imports/{row.id}/start")
    run_jobs()
    return latest(workspace)


def said(found: Zip) -> dict[str, list[Any]]:
    """What comes in, with ids numbered as they are met."""
    numbers: dict[str, str] = {found.manifest["workspace"]["id"]: "home"}
    tables = {}
    for name in order():
        text = json.dumps(found.rows(name), sort_keys=True)
        tables[name] = json.loads(UUIDS.sub(lambda one: numbers.setdefault(one.group(), f"#{len(numbers)}"), text))
    return tables


def contents(found: Zip) -> list[bytes]:
    return sorted(found.zip.read(name) for name in found.zip.namelist() if name.startswith(("files/", "pictures/")))


def test_out_and_in_and_out_again_is_the_same(world: Any, owner: Browser, run_jobs: Any) -> None:
    furnish(world, run_jobs)
    first = archive(world.north, owner, run_jobs)
    second_place, third_place = (world.workspace(name, owner=world.alice) for name in ("Second", "Third"))
    row = bring(second_place, owner, run_jobs, first.data)
    assert (row.state, row.error, row.key) == ("done", "", "")
    second = archive(second_place, owner, run_jobs)
    assert bring(third_place, owner, run_jobs, second.data).state == "done"
    third = archive(third_place, owner, run_jobs)
    assert contents(first) == contents(second) == contents(third)
    assert plain(said(second)) == plain(said(third))
    assert plain(said(first), unpaid=True) == plain(said(second))
    assert not set(ids(first)) & set(ids(second))
    page = owner.get(f"/w/{second_place.slug}/settings/data").text
    assert "Everything is here" in page and "1 order was never paid" in page


def plain(tables: dict[str, list[Any]], unpaid: bool = False) -> dict[str, Any]:
    """Without what the page says is different: shops closed, new addresses, orders from elsewhere, holds let go, no unpaid orders."""
    gone = {row["id"] for row in tables["orders"] if row["state"] == "pending"} if unpaid else set()
    kept = {name: [row for row in rows if row.get("order_id") not in gone] for name, rows in tables.items()}
    kept["orders"] = [row | {"channel": "elsewhere"} for row in kept["orders"] if row["id"] not in gone]
    kept["shops"] = [row | {"slug": "", "state": "draft"} for row in kept["shops"]]
    kept["communities"] = [row | {"slug": ""} for row in kept["communities"]]
    kept["stock_levels"] = [row | {"reserved": 0} for row in kept["stock_levels"]]
    kept["stock_movements"] = [row for row in kept["stock_movements"] if row["actor_name"] != "Guildhall"]
    numbered: dict[str, str] = {}
    text = json.dumps(kept, sort_keys=True)
    return json.loads(re.sub(r"#\d+", lambda one: numbered.setdefault(one.group(), f"n{len(numbered)}"), text))  # type: ignore[no-any-return]


def ids(found: Zip) -> list[str]:
    return [row["id"] for name in order() for row in found.rows(name)]


def test_it_is_linked_to_nobody(world: Any, owner: Browser, run_jobs: Any, app: Any) -> None:
    """Buyers neither see nor can claim the history; who wrote is a name; stock adds up; posts are rendered here."""
    furnish(world, run_jobs)
    found = archive(world.north, owner, run_jobs)
    place_ = world.workspace("Second", owner=world.alice)
    bring(place_, owner, run_jobs, found.data)
    with db.workspace(place_.id) as session:
        [sale] = session.scalars(select(Order)).all()
        assert (sale.buyer_email, sale.channel, sale.connection_id) == ("fay@guildhall.test", "elsewhere", None)
        assert "lantern" in sale.search_text
        people = session.execute(text("select user_id, name from forum_people")).all()
        posts = session.scalars(select(Post).order_by(Post.id)).all()
        sums = text(
            "select l.on_hand, l.reserved, sum(m.on_hand_delta), sum(m.reserved_delta) from stock_levels l"
            " join stock_movements m using (workspace_id, variant_id, location_id) group by l.id, 1, 2"
        )
        assert all((row[0], row[1]) == (row[2], row[3]) for row in session.execute(sums))
        assert session.scalars(select(Media.state)).all() == ["ready"]
    assert {row.name for row in people} >= {"Fay", "Alice"}
    assert "<strong>two</strong>" in posts[0].html
    with db.system("test world") as session:
        group = session.get_one(OrderGroup, sale.group_id)
        users = set(session.execute(text("select id from users")).scalars())
        assert group.email == "" and not {group.buyer_id, sale.buyer_id, *(row.user_id for row in people)} & users
    purchases = Browser(world.sign_in(app.test_client(), world.fay)).get("/purchases").text
    assert purchases.count("Lantern") <= 2 and str(sale.group_id) not in purchases
    assert owner.get(f"/w/{place_.slug}/orders/{sale.number}").status_code == 200


def rewritten(found: Zip, change: Callable[[dict[str, bytes]], None], *, honest: bool = True) -> bytes:
    """The archive with other members; `honest` digests fit them."""
    members = {name: found.zip.read(name) for name in found.zip.namelist() if name != "manifest.json"}
    manifest = json.loads(found.zip.read("manifest.json"))
    change(members)
    if honest:
        manifest["members"] = {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()
        }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            target.writestr(name, data)
        target.writestr("manifest.json", json.dumps(manifest))
    return made.getvalue()


def changed(table: str, **fields: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        name = f"rows/{table}.jsonl"
        rows = [json.loads(line) | fields for line in members[name].splitlines()]
        members[name] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    return change


def named(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: data})


HARMFUL: dict[str, tuple[Callable[[dict[str, bytes]], None], bool, str]] = {
    "a digest that does not fit": (changed("shops", name="Changed"), False, "is not what it was"),
    "a path": (named("../../etc/passwd"), True, "no archive of ours has"),
    "an absolute path": (named("/etc/passwd"), True, "no archive of ours has"),
    "a bomb": (named(f"files/{uuid4()}", b"\0" * 40_000_000), True, "zip bombs"),
    "a table that is none": (named("rows/users.jsonl", b"{}\n"), True, "no table that leaves"),
    "a table that stays": (named("rows/archives.jsonl", b"{}\n"), True, "no table that leaves"),
    "a column that is none": (changed("products", workspace_id=str(uuid4())), True, "not known here"),
    "a place in storage": (changed("files", storage_key="files/else"), True, "not known here"),
    "a state that is none": (changed("products", state="free"), True, "not known as state"),
    "a script": (changed("fulfilments", tracking_url="javascript:alert(1)"), True, "tracking_url"),
    "another type": (changed("variants", price_minor="12"), True, "does not fit price_minor"),
    "a line without end": (named("rows/packages.jsonl", urandom(600_000).hex().encode()), True, "longer than"),
    "no JSON": (named("rows/packages.jsonl", b"[" * 5000), True, "no JSON"),
}


def test_what_was_tampered_with_is_refused_before_anything_is_written(
    world: Any, owner: Browser, run_jobs: Any
) -> None:
    furnish(world, run_jobs)
    with db.workspace(world.north.id):
        sale = db.session().scalars(select(Order).limit(1)).one()
        db.session().execute(
            text(
                "insert into fulfilments (workspace_id, id, order_id, state, carrier, tracking_number, tracking_url, lines, created_at)"
                " values (:w, gen_random_uuid(), :o, 'shipped', '', '', '', '[]', now())"
            ),
            {"w": world.north.id, "o": sale.id},
        )
    found = archive(world.north, owner, run_jobs)
    second = world.workspace("Second", owner=world.alice)
    page = f"/w/{second.slug}/settings/data"
    for what, (change, honest, words) in HARMFUL.items():
        row = send(second, owner, run_jobs, rewritten(found, change, honest=honest))
        assert row.state == "refused" and words in row.error, (what, row.state, row.error)
        owner.post(f"{page}/imports/{row.id}/discard")
    for data in (b"PK no zip", found.data[: len(found.data) // 2], encrypted(found)):
        row = send(second, owner, run_jobs, data)
        assert row.state == "refused"
        assert "Remove it and choose another" in owner.get(page).text
        owner.post(f"{page}/imports/{row.id}/discard")
    run_jobs()
    with db.workspace(second.id):
        assert is_empty()
    assert [key for key, _ in storage.everything() if str(second.id) in key] == []


def encrypted(found: Zip) -> bytes:
    """Its flags say so."""
    data = bytearray(found.data)
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    "table, fields", [("variants", {"product_id": str(uuid4())}), ("discounts", {"used_count": 5, "max_uses": 1})]
)
def test_all_or_nothing(world: Any, owner: Browser, run_jobs: Any, table: str, fields: dict[str, Any]) -> None:
    """Looked at by itself each row is fine; together they do not fit."""
    furnish(world, run_jobs)
    found = archive(world.north, owner, run_jobs)
    second = world.workspace("Second", owner=world.alice)
    row = bring(second, owner, run_jobs, rewritten(found, changed(table, **fields)))
    assert row.state == "failed" and "does not fit together" in row.error
    with db.workspace(second.id):
        assert is_empty()
    assert [key for key, _ in storage.everything() if str(second.id) in key and not key.startswith("archive")] == []


def test_only_an_owner_and_only_into_an_empty_workspace(world: Any, owner: Browser, app: Any) -> None:
    world.shop(world.north)
    page = f"/w/{world.north.slug}/settings/data/imports"
    refused = owner.post(page, archive=(io.BytesIO(b"x"), "a.zip"))
    assert refused.status_code == 409 and "things of its own" in refused.text
    for person in (world.ada, world.charlie):
        browser = Browser(world.sign_in(app.test_client(), person))
        assert browser.post(page, archive=(io.BytesIO(b"x"), "a.zip")).status_code in (403, 404)
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(ArchiveImport)).all() == []
