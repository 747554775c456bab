"""The demo's communities: written once, by the actions, with counts that are right."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.core import db
from app.core.outbox import OutboxJob
from app.forum.models import Answer, ForumCategory, ForumPerson, Poll, Post, Thread, Vote
from app.seeds import sales
from app.seeds.cast import BUYERS, SELLERS, Person
from app.seeds.community import opening, script, writing
from app.seeds.community.script import read
from app.seeds.shops import Place
from app.seeds.wares import deep_field, kiln, tessera
from tests.orders.selling import pay

WARES = {"deep-field": deep_field.WARES, "tessera": tessera.WARES, "kiln": kiln.WARES, "guildhall": []}


@pytest.mark.parametrize("plan", opening.TOWNS, ids=lambda plan: plan.script)
def test_every_talk_can_take_place(plan: opening.Town) -> None:
    rooms, goods = {room.name for room in plan.rooms}, {f"product: {ware.title}" for ware in WARES[plan.script]}
    people = {short for _, short in (*SELLERS, *BUYERS)}
    talks = read(plan.script)
    assert sum(len(talk.posts) for talk in talks) > 50
    for talk in talks:
        assert talk.category in rooms | goods, talk.title
        assert {said.who for said in talk.posts if not re.fullmatch(r"owner\d", said.who)} <= people, talk.title
        assert all(said.body.strip() for said in talk.posts), talk.title
        assert all((said.to or 1) < number for number, said in enumerate(talk.posts, 1) if number > 1), talk.title
        assert "faq" not in talk.marks or any(said.accepted for said in talk.posts), talk.title
        assert "poll" not in talk.marks or talk.title in writing.POLLS


@pytest.fixture
def cast(world: Any) -> dict[str, Person]:
    people = {}
    for name, short in (*SELLERS, *BUYERS):
        user = world.alice if short == "mei" else world.person(short)
        people[short] = Person(user.id, name, user.email)
    return people


def test_a_community_is_written_once(world: Any, cast: dict[str, Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "TALKS", 8)
    shop, begun = world.shop(world.north), db.now()
    product = world.product(shop, "Espresso cup, oxblood")
    place = Place(world.north.id, shop.id, cast["mei"])
    plan = next(one for one in opening.TOWNS if one.script == "kiln")
    for _ in range(2):
        writing.write(opening.open_town(plan, cast, [place], begun), cast, begun)
        with db.workspace(world.north.id) as session:
            posts = session.scalar(select(func.count()).select_from(Post)) or 0
            threads = session.scalars(select(Thread)).all()
            assert (len(threads), posts) == (8, sum(len(talk.posts) for talk in script.read("kiln")))
            assert sum(thread.posts for thread in threads) == posts
            assert sum(session.scalars(select(Post.score))) == session.scalar(select(func.sum(Vote.value)))
            assert sum(session.scalars(select(ForumPerson.posts))) == posts
            assert sum(session.scalars(select(ForumCategory.threads))) == len(threads)
            assert not session.scalars(select(Post).where(Post.state != "visible")).all()
            moments = session.scalars(select(Post.created_at)).all()
    assert min(moments) > begun - timedelta(days=70) and max(moments) <= begun
    with db.system("test world") as session:
        waiting = session.scalars(select(OutboxJob.name).where(OutboxJob.done_at.is_(None))).all()
    assert not [name for name in waiting if name in writing.HEARD], "nobody is told of what happened weeks ago"
    assert product.title == "Espresso cup, oxblood"


def test_products_polls_and_faq_come_from_the_script(
    world: Any, cast: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, begun = world.shop(world.north), db.now()
    world.product(shop, "Espresso cup, oxblood")
    wanted = [talk for talk in read("kiln") if "poll" in talk.marks or talk.category.startswith("product: ")]
    monkeypatch.setattr(writing.script, "read", lambda name: wanted)
    plan = next(one for one in opening.TOWNS if one.script == "kiln")
    town = opening.open_town(plan, cast, [Place(world.north.id, shop.id, cast["mei"])], begun)
    writing.write(town, cast, begun)
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == 2
        assert session.scalars(select(Poll.voters)).one() == 12
        asked = session.scalars(select(ForumCategory.name).where(ForumCategory.product_id.is_not(None))).all()
    assert asked == ["Espresso cup, oxblood"]


def test_fay_enters_the_room_of_buyers_whatever_else_was_sold(
    world: Any, cast: dict[str, Person], run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Her purchase is not thrown by the dice of the other checkouts, and does not depend on how many there are."""
    shop, begun = world.shop(world.north), db.now()
    prints = [world.product(shop, title) for title in ("Zenith", "Moon", "Comet", "Nova", "Aurora")]
    files = world.product(shop, "Wallpapers", ships=False, downloads=True)
    place = Place(world.north.id, shop.id, cast["mei"])
    sale = sales.first_sale(cast["fay"], [place], begun)
    assert [offer.variant_id for offer in sale.basket] == [world.variant(prints[0]).id, world.variant(files).id]
    monkeypatch.setattr(sales, "_pay", lambda one: pay(one.group_id, run_jobs))
    assert sales.buy(sale, lambda: None)  # type: ignore[arg-type]
    plan = replace(next(one for one in opening.TOWNS if one.script == "deep-field"), owner="mei")
    town = opening.open_town(plan, cast, [place], begun)
    assert town.owners == [cast["fay"].id]
    with db.community(world.north.id, cast["fay"].id) as session:
        assert town.rooms["Print owners"] in session.scalar(text("select forum_entered()"))
    with db.community(world.north.id, cast["ada"].id) as session:
        assert town.rooms["Print owners"] not in session.scalar(text("select forum_entered()"))
