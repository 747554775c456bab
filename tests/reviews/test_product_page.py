"""What everybody reads on a product's page, in lists and in search engines."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from app.core import db
from app.core.ids import new_id
from app.reviews import actions, queries
from tests.asked import statements
from tests.reviews.conftest import ALICE, Counter

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>"\'&'


def said(counter: Counter, many: int, stars: int = 5) -> list[Any]:
    """So many reviews, a minute apart."""
    made = []
    for number in range(many):
        grant = counter.buy(counter.pack, new_id(), email=f"b{number}@guildhall.test")
        with db.at(db.now() - timedelta(minutes=many - number)):
            made.append(counter.say(grant, stars, f"Words of number {number}.", name=f"Buyer {number}"))
    return made


def data_of(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)
    assert found
    read = json.loads(found[1])
    return read if isinstance(read, list) else [read]


def test_nobody_reviewed_it_yet(counter: Counter) -> None:
    page = counter.browser().get(counter.page(counter.pack)).text
    assert "Nobody has reviewed this yet" in page and "rating-line" not in page
    assert "aggregateRating" not in data_of(page)[0] and "review" not in data_of(page)[0]
    assert counter.browser().get(f"{counter.page(counter.pack)}/reviews").status_code == 200


def test_the_newest_stand_first_with_their_answer_and_the_figures_above(counter: Counter) -> None:
    made = said(counter, 3, 4)
    with db.workspace(counter.world.north.id):
        actions.reply(ALICE, queries.one(made[0].id), "Thank you, number 0.")
    page = counter.browser().get(counter.page(counter.pack)).text
    places = [page.index(f"Words of number {number}.") for number in (2, 1, 0)]
    assert places == sorted(places) and page.index("Thank you, number 0.") > places[-1]
    assert f"{counter.shop.name} answers" in page and "3 reviews by people who bought it" in page and "4.0" in page
    found = data_of(page)[0]
    assert found["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": "4.0",
        "reviewCount": 3,
        "bestRating": 5,
        "worstRating": 1,
    }
    assert [one["reviewBody"] for one in found["review"]] == [f"Words of number {n}." for n in (2, 1, 0)]
    assert found["review"][0]["author"] == {"@type": "Person", "name": "Buyer 2"}


def test_more_come_by_keyset_and_none_twice(counter: Counter) -> None:
    said(counter, 13)
    path, seen = counter.page(counter.pack), []
    page = counter.browser().get(path).text
    for _ in range(5):
        seen += re.findall(r"Words of number (\d+)\.", page.split("application/ld+json")[-1].partition("</script>")[2])
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        page = counter.browser().get(following[1].replace("&amp;", "&")).text
    assert seen == [str(number) for number in range(12, -1, -1)]


def test_with_htmx_only_the_next_ones_come(counter: Counter) -> None:
    said(counter, 12)
    page = counter.browser().get(f"{counter.page(counter.pack)}/reviews").text
    following = re.search(r'hx-get="([^"]+)"', page[page.index('id="more-reviews"') :])
    assert following
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "nav#more-reviews"}
    more = counter.browser().client.get(following[1].replace("&amp;", "&"), headers=headers).text
    assert "<html" not in more and more.count('class="opinion"') == 2


def test_bars_lead_to_so_many_stars(counter: Counter) -> None:
    said(counter, 2, 5)
    said(counter, 1, 2)
    path = f"{counter.page(counter.pack)}/reviews"
    assert counter.browser().get(f"{path}?stars=2").text.count('class="opinion"') == 1
    assert counter.browser().get(f"{path}?stars=5").text.count('class="opinion"') == 2
    for nonsense in ("stars=7", "stars=x", "after=x", "after=2026-01-01~x", "after=~"):
        assert counter.browser().get(f"{path}?{nonsense}").text.count('class="opinion"') == 3
    assert counter.browser().get(f"{path}?stars=4").status_code == 200


@pytest.mark.parametrize("path", ["/s/nowhere/nothing/reviews", "{}/nothing/reviews"])
def test_what_is_not_for_sale_has_no_page(counter: Counter, path: str) -> None:
    assert counter.browser().get(path.format(f"/s/{counter.shop.slug}")).status_code == 404


def test_words_and_names_are_text(counter: Counter) -> None:
    grant = counter.buy(counter.pack, new_id())
    review = counter.say(grant, 3, EVIL, name=EVIL)
    with db.workspace(counter.world.north.id):
        actions.reply(ALICE, queries.one(review.id), EVIL)
    base = f"/w/{counter.world.north.slug}/reviews"
    seller = counter.browser(counter.world.alice)
    for page in (
        counter.browser().get(counter.page(counter.pack)).text,
        counter.browser().get(f"{counter.page(counter.pack)}/reviews").text,
        seller.get(base).text,
    ):
        assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page
        if "ld+json" in page:
            assert any(one.get("review", [{}])[0].get("reviewBody") == EVIL for one in data_of(page))


def test_marks_that_turn_the_text_around_are_left_out(counter: Counter) -> None:
    review = counter.say(counter.buy(counter.pack, new_id()), 3, "a\u202eb\x07c\u2066", name="x\u202ey")
    assert (review.body, review.name) == ("abc", "xy")


def test_the_page_is_never_kept_by_caches_so_a_new_word_is_there_at_once(counter: Counter) -> None:
    path = counter.page(counter.pack)
    for page in (path, f"{path}/reviews", f"/s/{counter.shop.slug}"):
        assert counter.browser().get(page).headers["Cache-Control"] == "no-store"
    review = said(counter, 1)[0]
    assert "Words of number 0." in counter.browser().get(path).text
    with db.workspace(counter.world.north.id):
        report = actions.report(ALICE, queries.one(review.id), "abuse", "Look")
    with db.system("platform pages"):
        actions.decide(ALICE, counter.world.north.id, report.id, "hide", "It insults.", 1)
    page = counter.browser().get(path).text
    assert "Words of number 0." not in page and "Nobody has reviewed this yet" in page


def test_its_author_sees_on_the_product_page_what_everybody_sees(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.pack, fay.id)
    counter.say(grant, 1, "Only mine")
    counter.refund(grant)
    assert "Only mine" not in counter.browser(fay).get(counter.page(counter.pack)).text
    own = counter.browser(fay).get(f"/reviews/{grant.id}").text
    assert "Only mine" in own and "does not count" in own


def test_cards_show_stars_with_as_many_questions_whatever_their_number(counter: Counter) -> None:
    said(counter, 1)
    browser = counter.browser()
    browser.get("/discover")
    for path in ("/discover", f"/s/{counter.shop.slug}", "/"):
        with statements() as few:
            page = browser.get(path).text
        assert "rating-line" in page and "5.0" in page
        for number in range(4):
            counter.world.product(counter.shop, f"More {number}", ships=False, downloads=True)
        with statements() as many:
            browser.get(path)
        assert len(many) == len(few), path
        assert sum("review_tallies" in one for one in many) <= 2


def test_a_products_page_asks_as_much_whatever_the_number_of_reviews(counter: Counter) -> None:
    said(counter, 2)
    browser, path = counter.browser(), counter.page(counter.pack)
    browser.get(path)
    with statements() as few:
        browser.get(path)
    said(counter, 6)
    with statements() as many:
        browser.get(path)
    assert len(many) == len(few)
