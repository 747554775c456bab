"""Threads called alike, while a title is typed: the reader's own, never one of a category that they may not enter."""

from typing import Any
from urllib.parse import quote

from sqlalchemy import text

from app.core import db
from app.forum.models import Thread
from tests.forum.conftest import Town


def similar(browser: Any, town: Town, title: str) -> str:
    answer = browser.get(f"{town.path}/similar?title={quote(title)}")
    assert answer.status_code == 200
    return str(answer.text)


def test_the_closest_come_first_and_five_are_enough(client: Any, town: Town) -> None:
    for number in range(7):
        town.start(town.world.alice, f"How do I print on cotton paper {number}")
    town.start(town.world.alice, "Shipping to Norway")
    close = town.start(town.world.alice, "Printing on cotton")
    fay = town.browser(client, town.world.fay)
    page = similar(fay, town, "printing on coton")
    assert page.count("<li>") == 5 and "Norway" not in page
    assert page.index(f"/threads/{close.id}") == min(page.index("/threads/"), page.index(f"/threads/{close.id}"))
    assert "/threads/" not in similar(fay, town, "pri") and "/threads/" not in similar(fay, town, "Zebra crossing?")


def test_no_thread_of_a_category_that_one_may_not_enter(client: Any, town: Town) -> None:
    town.start(town.world.alice, "Cleaning the brushes", category=town.buyers)
    town.start(town.world.alice, "Cleaning the brush price", category=town.team)
    assert "Cleaning" not in similar(town.browser(client, town.world.fay), town, "Cleaning the brushes").replace(
        'title="', ""
    )
    town.give(town.world.fay)
    seen = similar(town.browser(client, town.world.fay), town, "Cleaning the brushes")
    assert "Cleaning the brushes" in seen and "price" not in seen
    assert "price" in similar(town.browser(client, town.world.vera), town, "Cleaning the brushes")
    town.take(town.world.fay)
    assert "Cleaning" not in similar(town.browser(client, town.world.fay), town, "Cleaning the brushes")


def test_what_is_out_of_sight_is_not_named(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "Cleaning the brushes")
    with db.workspace(town.world.north.id, town.world.alice.id):
        db.get(Thread, thread.id).state = "hidden"
    assert "Cleaning" not in similar(town.browser(client, town.world.fay), town, "Cleaning the brushes")


def test_the_function_itself_knows_the_reader(town: Town) -> None:
    """It looks past the policies, so its own scope is tried alone."""
    ours = town.start(town.world.alice, "Cleaning the brushes", category=town.buyers)
    asked = text("select id from similar_threads('Cleaning the brushes', 5)")
    scopes = {
        "visitor": db.community(town.world.north.id),
        "stranger": db.community(town.world.north.id, town.world.charlie.id),
        "elsewhere": db.workspace(town.world.other.id, town.world.charlie.id),
        "public": db.public(),
        "buyer": db.buyer(town.world.charlie.id),
    }
    for name, scope in scopes.items():
        with scope as session:
            assert session.scalars(asked).all() == [], name
    with db.workspace(town.world.north.id, town.world.alice.id) as session:
        assert session.scalars(asked).all() == [ours.id]
