"""Fee rules: which one counts, and changing them without touching what was sold."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from app.core import db
from app.core.money import Money
from app.payments import actions
from app.payments.models import FeeRule
from tests.admin.conftest import trail
from tests.asked import statements
from tests.security.stage import Browser
from tests.world import World

BASE = "/admin/fees"
START = datetime(2026, 1, 1, tzinfo=UTC)
SHOPS, CATEGORIES = ([UUID(int=kind * 10 + number) for number in range(3)] for kind in (1, 2))
targets = some.one_of(
    some.tuples(some.sampled_from(SHOPS), some.none()),
    some.tuples(some.none(), some.sampled_from(CATEGORIES)),
    some.just((None, None)),
)


@settings(deadline=None)
@given(
    changes=some.dictionaries(
        some.tuples(targets, some.integers(0, 20)), some.one_of(some.none(), some.integers(0, 10_000)), max_size=25
    ),
    shop=some.sampled_from([None, *SHOPS]),
    category=some.sampled_from([None, *CATEGORIES]),
    day=some.integers(-1, 21),
)
def test_the_most_specific_that_has_begun_counts(
    changes: dict[Any, int | None], shop: UUID | None, category: UUID | None, day: int
) -> None:
    """Against the rule told the slow way: walk the days, remember what each target pays, then ask in order."""
    rows = [
        FeeRule(shop_id=one[0], category_id=one[1], basis_points=points, starts_at=START + timedelta(days=began))
        for (one, began), points in changes.items()
        if points is not None or one != (None, None)
    ]
    pays: dict[Any, int | None] = {}
    for today in range(day + 1):
        pays |= {(row.shop_id, row.category_id): row.basis_points for row in rows if row.starts_at == _at(today)}
    wanted = [pays.get((shop, None)) if shop else None, pays.get((None, category)) if category else None]
    expected = next((one for one in [*wanted, pays.get((None, None))] if one is not None), None)
    found = actions.most_specific(rows, shop, category, _at(day))
    assert (found.basis_points if found else None) == expected


def _at(day: int) -> datetime:
    return START + timedelta(days=day)


def change(operator: Browser, **fields: str) -> Any:
    return operator.post(
        BASE, {"target": "default", "percent": "5", "shop": "", "category": "", "starts_on": ""} | fields
    )


def pays(shop: Any, category: Any = None, minor: int = 2000) -> int:
    return actions.fee(shop.id, category.id if category else None, Money(minor, "USD")).minor


def rules() -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).select_from(FeeRule)) or 0


def test_rules_of_shop_category_and_default(operator: Browser, world: World) -> None:
    shop, category = world.shop(world.north), world.category()
    assert pays(shop, category) == 100
    assert change(operator, percent="4").status_code == 303 and pays(shop) == 80
    assert change(operator, target="category", category=category.slug, percent="7,5 %").status_code == 303
    assert (pays(shop), pays(shop, category)) == (80, 150)
    assert change(operator, target="shop", shop=shop.slug, percent="0").status_code == 303
    assert (pays(shop, category), pays(world.shop(world.other), category)) == (0, 150)
    page = operator.get(BASE).get_data(as_text=True)
    assert "7.5 %" in page and shop.name in page and category.name in page
    assert operator.post(f"{BASE}/ends", {"kind": "shop", "target": str(shop.id)}).status_code == 303
    assert pays(shop, category) == 150
    assert trail()[1:] == ["payments.change_fee"] * 4


def test_a_change_waits_for_its_day_and_may_be_taken_back(operator: Browser, world: World) -> None:
    shop, day = world.shop(world.north), (db.now() + timedelta(days=3)).date()
    assert change(operator, target="shop", shop=shop.slug, percent="9", starts_on=day.isoformat()).status_code == 303
    assert pays(shop) == 100
    with db.at(db.now() + timedelta(days=4)):
        assert pays(shop) == 180
    with db.system("test world") as session:
        planned = session.scalars(select(FeeRule.id).where(FeeRule.shop_id == shop.id)).one()
    assert operator.post(f"{BASE}/{planned}/withdrawal").status_code == 303
    with db.at(db.now() + timedelta(days=4)):
        assert pays(shop) == 100
    assert trail()[-1] == "payments.withdraw_fee" and rules() == 1


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"percent": "abc"}, 422, "such as 7.5"),
        ({"percent": "101"}, 422, "from 0 to 100"),
        ({"percent": "-1"}, 422, "from 0 to 100"),
        ({"percent": "NaN"}, 422, "from 0 to 100"),
        ({"percent": "1.234"}, 422, "Two decimals"),
        ({"percent": ""}, 422, "Enter a percentage"),
        ({"target": "shop", "shop": "nowhere"}, 422, "No shop has this address"),
        ({"target": "category", "category": ""}, 422, "No category has this address"),
        ({"target": "planet"}, 422, "Nothing was"),
        ({"percent": "6", "starts_on": "2020-01-01"}, 422, "Choose today or a later day"),
        ({"percent": "6", "starts_on": "99999-01-01"}, 422, "Nothing was"),
        ({"percent": "5"}, 409, "That is the fee already"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(
    operator: Browser, fields: dict[str, str], status: int, words: str
) -> None:
    refused = change(operator, **fields)
    page = refused.get_data(as_text=True)
    assert (refused.status_code, words in page) == (status, True)
    assert fields.get("percent", "5") in page
    assert rules() == 1 and trail() == ["workspaces.appoint"]


def test_pressing_twice_changes_once(operator: Browser, world: World) -> None:
    shop = world.shop(world.north)
    statuses = [change(operator, target="shop", shop=shop.slug, percent="9").status_code for _ in range(2)]
    assert statuses == [303, 409] and rules() == 2
    ends = [operator.post(f"{BASE}/ends", {"kind": "shop", "target": str(shop.id)}).status_code for _ in range(2)]
    assert ends == [303, 409] and rules() == 3


def test_what_has_begun_is_not_taken_back(operator: Browser) -> None:
    with db.system("test world") as session:
        default = session.scalars(select(FeeRule.id)).one()
    assert operator.post(f"{BASE}/{default}/withdrawal").status_code == 409
    assert rules() == 1


def test_a_sale_is_tried(operator: Browser, world: World) -> None:
    shop, category = world.shop(world.north, currency="EUR"), world.category()
    change(operator, target="category", category=category.slug, percent="8")
    page = operator.get(f"{BASE}?shop={shop.slug}&category={category.slug}&amount=20.00").get_data(as_text=True)
    assert "€1.60" in page and f"the category {category.name}" in page
    assert "$1.00" in operator.get(f"{BASE}?amount=20").get_data(as_text=True)
    wrong = operator.get(f"{BASE}?shop=nowhere&amount=lots&on=99999-01-01").get_data(as_text=True)
    assert "No shop has this address" in wrong and "lots" in wrong and "pays <strong>" not in wrong


def test_more_rules_ask_the_database_no_more_often(operator: Browser, world: World) -> None:
    change(operator, target="shop", shop=world.shop(world.north).slug, percent="3")
    with statements() as short:
        operator.get(BASE)
    for number in range(8):
        change(operator, target="shop", shop=world.shop(world.north).slug, percent=str(number))
    with statements() as long:
        operator.get(BASE)
    assert len(long) <= len(short) <= 25
