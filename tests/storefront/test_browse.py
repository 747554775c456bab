"""Home, discovery, shop and product pages: what is found, what is hidden, how many questions a page asks."""

import json
import re
from typing import Any

import pytest

from app.catalogue.models import Product
from app.core import db
from tests.asked import statements


def titles(html: str) -> list[str]:
    return re.findall(r'class="product-title"><a href="[^"]+">([^<]+)</a>', html)


@pytest.fixture
def shelf(world: Any) -> Any:
    """Two shops with six things."""
    prints, pots = world.category("Prints"), world.category("Pots")
    first, second = world.shop(world.north, "Northlight"), world.shop(world.other, "Kiln")
    world.product(first, "Hubble deep field", price=4800, category=prints, sold_count=9)
    world.product(first, "Launch at dawn", price=3600, category=prints, sold_count=5)
    world.product(first, "Field notes", ships=False, downloads=True, price=900, sold_count=7)
    world.product(second, "Espresso cup", price=3200, category=pots, sold_count=3)
    world.product(second, "Cup and booklet", downloads=True, price=4000, category=pots, sold_count=1)
    world.product(second, "Hidden prototype", state="draft")
    return {"first": first, "second": second, "prints": prints, "pots": pots}


def test_home_shows_what_is_for_sale_and_nothing_else(client: Any, shelf: Any) -> None:
    page = client.get("/").text
    assert "Hubble deep field" in page and "Espresso cup" in page and shelf["first"].name in page
    assert "Hidden prototype" not in page


def test_search_forgives_typing_errors(client: Any, shelf: Any) -> None:
    assert titles(client.get("/discover?q=hubbel+deep").text)[0] == "Hubble deep field"
    assert "Espresso cup" in titles(client.get("/discover?q=expresso").text)


def test_search_finds_a_shop_by_its_name(client: Any, shelf: Any) -> None:
    assert "Launch at dawn" in titles(client.get("/discover?q=northlight").text)


def test_filters_narrow_and_show_counts(client: Any, shelf: Any) -> None:
    page = client.get(f"/discover?category={shelf['pots'].slug}&kind=both").text
    assert titles(page) == ["Cup and booklet"]
    page = client.get("/discover?kind=digital").text
    assert titles(page) == ["Field notes"]
    assert re.search(r"Things that ship</span><span[^>]*>3<", page), "other kinds keep their count"


def test_a_price_range_keeps_what_lies_in_it(client: Any, shelf: Any) -> None:
    page = client.get("/discover?low=32&high=40.00&sort=price").text
    assert titles(page) == ["Espresso cup", "Launch at dawn", "Cup and booklet"]


@pytest.mark.parametrize("low", ["-1", "1.999", "NaN", "1e15", "<b>"])
def test_a_price_that_is_none_is_said_and_ignored(client: Any, shelf: Any, low: str) -> None:
    answer = client.get("/discover", query_string={"low": low})
    assert answer.status_code == 200
    assert 'id="low-error"' in answer.text
    assert len(titles(answer.text)) == 5


def test_each_sort_orders_by_its_word(client: Any, shelf: Any) -> None:
    assert titles(client.get("/discover?sort=price").text)[0] == "Field notes"
    assert titles(client.get("/discover?sort=price_desc").text)[0] == "Hubble deep field"
    assert titles(client.get("/discover?sort=popular").text)[:2] == ["Hubble deep field", "Field notes"]


def test_pages_follow_each_other_without_gaps_or_repeats(client: Any, world: Any) -> None:
    shop = world.shop(world.north)
    for number in range(60):
        world.product(shop, f"Card {number:02}", price=100 * (number % 7), stock=None, sold_count=number % 3)
    for sort in ("price", "price_desc", "newest", "popular", "match&q=card"):
        seen: list[str] = []
        url = f"/discover?sort={sort}"
        while url:
            page = client.get(url).text
            seen += titles(page)
            found = re.search(r'rel="next" href="([^"]+)"', page)
            url = found[1].replace("&amp;", "&") if found else ""
        assert len(seen) == 60 and len(set(seen)) == 60, sort


@pytest.mark.parametrize("mark", ["x", "1~2", "nan~00000000-0000-7000-8000-000000000001", "9" * 400, "a~b~c"])
def test_a_made_up_mark_starts_from_the_top(client: Any, shelf: Any, mark: str) -> None:
    for sort in ("price", "newest", "popular"):
        assert client.get("/discover", query_string={"after": mark, "sort": sort}).status_code == 200


def test_load_more_sends_only_the_next_cards(client: Any, world: Any) -> None:
    shop = world.shop(world.north)
    for number in range(30):
        world.product(shop, f"Card {number:02}", stock=None)
    url = re.search(r'rel="next" href="([^"]+)"', client.get("/discover?sort=price").text)
    assert url
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "nav#more"}
    part = client.get(url[1].replace("&amp;", "&"), headers=headers).text
    assert "<html" not in part and len(titles(part)) == 6


def test_no_result_says_so_and_offers_the_nearest(client: Any, shelf: Any) -> None:
    page = client.get("/discover?q=hxbblx+dxxp+fxxld").text
    assert "Nothing matches" in page
    page = client.get("/discover?q=cup&kind=digital").text
    assert "Clear the filters" in page


def test_a_page_asks_the_same_number_of_questions_whatever_it_shows(client: Any, world: Any) -> None:
    """No query per product: 24 cards ask as much as 2."""
    shop = world.shop(world.north)
    pages = ("/discover", "/discover?q=thing", f"/s/{shop.slug}", "/")
    for number in range(2):
        world.product(shop, f"Thing {number}")
    few = {page: _asked(client, page) for page in pages}
    for number in range(2, 24):
        world.product(shop, f"Thing {number}")
    many = {page: _asked(client, page) for page in pages}
    assert many == few
    assert max(many.values()) <= 13


def _asked(client: Any, page: str) -> int:
    with statements() as sent:
        assert client.get(page).status_code == 200
    return len(sent)


def test_a_shop_shows_its_own_things_in_its_own_colours(client: Any, shelf: Any) -> None:
    shop = shelf["first"]
    page = client.get(f"/s/{shop.slug}").text
    assert "Hubble deep field" in page and "Espresso cup" not in page
    assert f"/s/{shop.slug}/theme.css" in page


def test_a_theme_is_numbers_and_known_fonts_only(client: Any, world: Any) -> None:
    shop = world.shop(world.north, hue=725, chroma=20, radius=900, font="}body{display:none")
    css = client.get(f"/s/{shop.slug}/theme.css")
    assert css.mimetype == "text/css"
    assert css.text.strip() == ":root{--shop-hue:5;--shop-chroma:0.12;--shop-radius:1.500rem;}"


def test_drafts_and_closed_shops_are_not_sold(client: Any, world: Any) -> None:
    draft = world.shop(world.north, "Draft", state="draft")
    hidden = world.product(draft, "Secret")
    closed = world.shop(world.north, "Closed", state="closed")
    kept = world.product(closed, "Kept")
    assert client.get(f"/s/{draft.slug}").status_code == 404
    assert client.get(f"/s/{draft.slug}/{hidden.slug}").status_code == 404
    assert "closed" in client.get(f"/s/{closed.slug}").text
    page = client.get(f"/s/{closed.slug}/{kept.slug}").text
    assert "Add to cart" not in page
    assert titles(client.get("/discover").text) == []


def test_a_product_page_carries_structured_data_that_agrees_with_it(client: Any, world: Any) -> None:
    shop = world.shop(world.north, currency="JPY")
    product = world.product(shop, "Cup", price=3200)
    with db.workspace(world.north.id):
        db.get(Product, product.id).title = "Cup </script><b>"
    page = client.get(f"/s/{shop.slug}/{product.slug}").text
    found = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    data, path = json.loads(found[1])
    assert [step["name"] for step in path["itemListElement"]] == [shop.name, "Cup </script><b>"]
    assert data["name"] == "Cup </script><b>"
    assert data["offers"][0]["price"] == "3200" and data["offers"][0]["priceCurrency"] == "JPY"
    assert data["offers"][0]["availability"].endswith("/InStock")
    assert f'<link rel="canonical" href="http://localhost/s/{shop.slug}/{product.slug}">' in page


def test_the_delivery_promise_follows_the_country(client: Any, world: Any) -> None:
    shop = world.shop(world.north)
    product = world.product(shop)
    assert "from $5.00 to Germany" in client.get(f"/s/{shop.slug}/{product.slug}?country=DE").text
    assert "to Germany" in client.get(f"/s/{shop.slug}/{product.slug}").text, "the choice is remembered"


def test_a_sold_out_variant_stays_readable_and_cannot_be_chosen(client: Any, world: Any) -> None:
    shop = world.shop(world.north)
    product = world.product(shop, stock=0)
    page = client.get(f"/s/{shop.slug}/{product.slug}").text
    assert "Sold out" in page and "Add to cart" not in page


def test_crawlers_get_a_map_of_public_pages_only(client: Any, shelf: Any) -> None:
    xml = client.get("/sitemap.xml")
    assert xml.mimetype == "application/xml"
    assert f"http://localhost/s/{shelf['first'].slug}</loc>" in xml.text
    assert "hidden-prototype" not in xml.text
    robots = client.get("/robots.txt").text
    assert "Disallow: /checkout" in robots and "Sitemap: http://localhost/sitemap.xml" in robots
