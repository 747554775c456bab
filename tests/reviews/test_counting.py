"""The stars of a product are those of its shown reviews, whatever happens and whoever comes at the same time."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from app.access.models import Grant
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.reviews import actions, queries
from app.reviews.models import Review, ReviewTally, average
from tests.orders.test_at_once import at_once
from tests.reviews.conftest import ALICE, Counter
from tests.world import World

BUYERS = 12


def agree(counter: Counter) -> tuple[int, ...]:
    """What the tally says, which must be what counting the reviews says."""
    with db.workspace(counter.world.north.id) as session:
        rows = session.execute(
            select(Review.stars, func.count())
            .where(Review.product_id == counter.pack.id, Review.shown)
            .group_by(Review.stars)
        )
        counted = {row[0]: row[1] for row in rows}
    assert counter.counts(counter.pack) == tuple(counted.get(stars, 0) for stars in range(1, 6))
    return counter.counts(counter.pack)


def furnished(world: World, app: Any, run_jobs: Callable[..., list[str]]) -> Counter:
    shop = world.shop(world.north, "Corner")
    return Counter(
        world, run_jobs, app, shop, world.product(shop, "Pack", ships=False, downloads=True), world.product(shop)
    )


def write(grant: Grant, stars: int) -> None:
    with db.buyer(grant.buyer_id):
        actions.write(Actor("buyer", "Guest", grant.buyer_id), queries.own_grant(grant.id), actions.Said(stars))


def test_many_write_at_once_and_none_is_lost(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    counter = furnished(world, app, run_jobs)
    grants = [counter.buy(counter.pack, new_id(), email=f"b{number}@guildhall.test") for number in range(BUYERS)]
    at_once(lambda number: write(grants[number % BUYERS], 1 + number % 5))
    assert sum(agree(counter)) == BUYERS == len(counter.reviews())


def test_one_buyer_with_many_windows_has_one_review(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """Also when each window shows another purchase of the same thing."""
    counter = furnished(world, app, run_jobs)
    grants = [counter.buy(counter.pack, world.fay.id) for _ in range(3)]
    at_once(lambda number: write(grants[number % 3], 1 + number % 5))
    assert sum(agree(counter)) == 1 == len(counter.reviews())


def test_writing_refunding_hiding_and_deleting_at_once(
    committed: None, world: World, app: Any, run_jobs: Callable[..., list[str]]
) -> None:
    """Nobody waits for somebody who waits for them, and the sum is right afterwards."""
    counter = furnished(world, app, run_jobs)
    grants = [counter.buy(counter.pack, new_id(), email=f"b{number}@guildhall.test") for number in range(4)]
    for grant in grants:
        counter.say(grant, 3)

    def press(number: int) -> None:
        grant, kind = grants[number % 4], number % 5
        if kind == 0:
            write(grant, 5)
        elif kind == 1:
            with db.workspace(grant.workspace_id):
                actions.settle(grant.id)
        elif kind == 2:
            with db.buyer(grant.buyer_id):
                actions.withdraw(Actor("buyer", "Guest", grant.buyer_id), queries.own_grant(grant.id))
        elif kind == 3:
            _hide(counter, grant)
        else:
            with db.workspace(grant.workspace_id) as session:
                found = session.scalars(select(Review).where(Review.grant_id == grant.id)).one_or_none()
                if found is not None and found.shown:
                    actions.reply(ALICE, found, "Thanks")

    met = at_once(press)
    assert met["done"] > 0, "and whatever was refused was refused in words"
    agree(counter)


def _hide(counter: Counter, grant: Grant) -> None:
    with db.workspace(grant.workspace_id) as session:
        found = session.scalars(select(Review).where(Review.grant_id == grant.id)).one_or_none()
        if found is None or not found.shown:
            return
        report = actions.report(ALICE, found, "abuse", "These words")
    with db.system("platform pages"):
        actions.decide(ALICE, grant.workspace_id, report.id, "hide", "Insults", found.version)


def test_whatever_the_columns_go_through_the_tally_follows(counter: Counter) -> None:
    """The trigger counts what any statement does, also one that changes many rows."""
    grants = [counter.buy(counter.pack, new_id(), email=f"b{number}@guildhall.test") for number in range(5)]
    for stars, grant in enumerate(grants, 1):
        counter.say(grant, stars)
    assert agree(counter) == (1, 1, 1, 1, 1)
    for statement in (
        "update reviews set stars = 5 where stars < 3",
        "update reviews set void_at = now() where stars = 5",
        "update reviews set hidden_at = now(), hidden_for = 'x' where stars in (3, 5)",
        "update reviews set void_at = null",
        "update reviews set hidden_at = null, hidden_for = null",
        "update reviews set body = 'other words', version = version + 1",
        "delete from reviews where stars = 4",
        "delete from reviews",
    ):
        with db.workspace(counter.world.north.id) as session:
            session.execute(text(statement))
        agree(counter)
    assert agree(counter) == (0, 0, 0, 0, 0)


def test_the_shop_is_rated_over_everything_it_sold_also_what_it_took_off_sale(counter: Counter) -> None:
    one, two = counter.buy(counter.pack, new_id()), counter.buy(counter.mug, new_id())
    counter.ship(two)
    counter.say(one, 1)
    counter.say(two, 4)
    page = f"/s/{counter.shop.slug}"
    assert "2.5" in counter.browser().get(page).text
    with db.workspace(counter.world.north.id) as session:
        session.execute(text("update products set state = 'archived' where title = 'Pack'"))
    shown = counter.browser().get(page).text
    assert "2.5" in shown and "Pack" not in shown
    with db.public() as session:
        assert session.scalar(select(func.count()).select_from(Review)) == 1, "its words go with it, its stars stay"
        assert session.scalar(select(func.count()).select_from(ReviewTally)) == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(*[st.integers(0, 500)] * 5))
def test_averages_stay_between_the_worst_and_the_best(counts: tuple[int, ...]) -> None:
    found, given_ = average(counts), [stars for stars, count in enumerate(counts, 1) if count]
    if not given_:
        assert found is None
        return
    assert found is not None and min(given_) <= found <= max(given_)
    exact = Decimal(sum(stars * count for stars, count in enumerate(counts, 1))) / sum(counts)
    assert abs(found - exact) <= Decimal("0.05")


@pytest.mark.parametrize(
    ("counts", "words"), [((0, 0, 0, 0, 1), "5.0"), ((1, 0, 0, 0, 1), "3.0"), ((0, 0, 0, 1, 2), "4.7")]
)
def test_averages_have_one_decimal(counts: tuple[int, ...], words: str) -> None:
    assert str(average(counts)) == words
