"""One box finds orders, products and buyers of its own workspace and of no other."""

from typing import Any

import pytest

from tests.orders.selling import order_of, pay, place
from tests.world import World


@pytest.fixture
def sold(world: World, run_jobs: Any) -> Any:
    shop = world.shop(world.north, "Prints")
    group = place(world, world.fay.id, (world.product(shop, "Nebula over Bath", stock=5), 1), email="fay@wonder.test")
    pay(group, run_jobs)
    return order_of(group, shop)


def search(world: World, app: Any, person: Any, slug: str, words: str) -> Any:
    return world.sign_in(app.test_client(), person).get(f"/w/{slug}/search", query_string={"q": words})


@pytest.mark.parametrize("words", ["nebula", "wonder.test", "FAY"])
def test_words_find_what_they_name(world: World, app: Any, sold: Any, words: str) -> None:
    page = search(world, app, world.vera, world.north.slug, words).get_data(as_text=True)
    assert f"/orders/{sold.number}" in page
    assert ("products-title" in page) == (words == "nebula")
    assert ("fay@wonder.test" in page) == (words != "nebula")


@pytest.mark.parametrize("words", ["{number}", "#{number}", " #{number} "])
def test_a_number_leads_straight_to_its_order(world: World, app: Any, sold: Any, words: str) -> None:
    answer = search(world, app, world.bob, world.north.slug, words.format(number=sold.number))
    assert answer.status_code == 303 and answer.headers["Location"].endswith(f"/orders/{sold.number}")


@pytest.mark.parametrize("words", ["", "zzzzz", "%", "_", "\\", "'; drop table orders", "9" * 30, "x" * 500])
def test_any_words_get_an_answer(world: World, app: Any, sold: Any, words: str) -> None:
    answer = search(world, app, world.bob, world.north.slug, words)
    assert answer.status_code == 200
    if words in ("zzzzz", "9" * 30):
        assert "Nothing matches" in answer.get_data(as_text=True)


def test_another_workspace_is_not_found_in_and_its_things_are_not_found(world: World, app: Any, sold: Any) -> None:
    assert search(world, app, world.charlie, world.north.slug, "nebula").status_code == 404
    page = search(world, app, world.charlie, world.other.slug, "nebula").get_data(as_text=True)
    assert "Nothing matches" in page and str(sold.number) not in page
    assert search(world, app, world.charlie, world.other.slug, str(sold.number)).status_code == 200
