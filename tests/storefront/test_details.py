"""Small things on the way to the order: a business and its VAT number, a note with a gift, what was looked at."""

import io
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest
from sqlalchemy import select

from app.catalogue.models import File, Product, Shop
from app.core import db
from app.orders import invoices, slips
from app.orders.models import Order
from app.storefront import vat
from tests.storefront.conftest import ADDRESS, Shopper, only_checkout


def placed() -> list[Order]:
    with db.system("test world") as session:
        return list(session.scalars(select(Order).order_by(Order.number)))


def words_of(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return sum(len(page.Contents.read_bytes()) for page in document.pages)


def at_checkout(shopper: Shopper, world: Any) -> tuple[Any, str]:
    shop = world.shop(world.north)
    product = world.product(shop, stock=5)
    shopper.add(shop, product, world.variant(product))
    shopper.begin()
    return product, shopper.hidden("checkout")


def test_a_business_stands_on_the_order_and_its_invoice(shopper: Shopper, world: Any) -> None:
    _, checkout = at_checkout(shopper, world)
    typed = {"company": "Beispiel GmbH", "vat_id": "de 123.456.789"}
    assert shopper.contact(checkout, **typed).status_code == 303
    assert "VAT DE123456789" in shopper.get("/checkout").text
    shopper.delivery(checkout)
    assert shopper.pay(checkout).status_code == 303
    (order,) = placed()
    assert order.billing == {"company": "Beispiel GmbH", "vat_id": "DE123456789"}
    with db.workspace(world.north.id):
        row = db.get(Order, order.id)
        with_vat = words_of(invoices.draw(row))
        row.billing = {}
        assert with_vat > words_of(invoices.draw(row))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"company": "X", "vat_id": "123456789"}, "two letters of its country"),
        ({"company": "X", "vat_id": "DE12345"}, "look like DE123456789"),
        ({"vat_id": "DE123456789"}, "the company that the VAT number belongs to"),
    ],
)
def test_a_wrong_vat_number_is_said_and_kept(shopper: Shopper, world: Any, typed: dict[str, str], words: str) -> None:
    _, checkout = at_checkout(shopper, world)
    refused = shopper.contact(checkout, **typed)
    assert refused.status_code == 422 and words in refused.text and typed["vat_id"] in refused.text
    assert only_checkout().contact == {}


@pytest.mark.parametrize(("pattern", "example"), vat.PATTERNS.values(), ids=list(vat.PATTERNS))
def test_each_example_of_a_vat_number_fits_its_own_pattern(pattern: str, example: str) -> None:
    assert vat.problem(vat.tidy(example)) == "" and pattern
    assert vat.problem(vat.tidy(example)[:2]) != ""


def test_a_gift_note_reaches_the_slip_and_not_the_address(shopper: Shopper, world: Any) -> None:
    _, checkout = at_checkout(shopper, world)
    shopper.contact(checkout)
    shopper.delivery(checkout, gift_note="Happy birthday,\r\nAda! \x07")
    assert "Gift note: Happy birthday," in shopper.get("/checkout").text
    shopper.pay(checkout)
    (order,) = placed()
    assert order.gift_note == "Happy birthday,\nAda!" and "gift_note" not in order.ship_to
    with db.workspace(world.north.id):
        row = db.get(Order, order.id)
        with_note = words_of(slips.draw([row]))
        row.gift_note = ""
        assert with_note > words_of(slips.draw([row]))


def test_a_long_gift_note_is_refused_and_kept_typed(shopper: Shopper, world: Any) -> None:
    _, checkout = at_checkout(shopper, world)
    shopper.contact(checkout)
    note = "y" * 301
    shopper.post("/checkout/delivery", checkout=checkout, **{**ADDRESS, "do": "country"})
    refused = shopper.post("/checkout/delivery", checkout=checkout, **ADDRESS, gift_note=note)
    assert refused.status_code == 422 and "Keep it below 300" in refused.text and note in refused.text
    assert not only_checkout().address.get("checked")


def test_what_was_looked_at_is_known_to_this_browser_only(shopper: Shopper, another: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    products = [world.product(shop, title) for title in ("Cup", "Bowl", "Plate")]
    for product in products:
        shopper.get(f"/s/{shop.slug}/{product.slug}")
    page = shopper.get(f"/s/{shop.slug}/{products[0].slug}").text.partition("You looked at")[2]
    assert (
        page.index("Plate") < page.index("Bowl")
        and "Cup" not in page.partition("Forget these")[2].partition("</section>")[0]
    )
    assert "You looked at" in shopper.get("/").text and "You looked at" not in another.get("/").text
    assert shopper.post("/recently-viewed/removal").status_code == 303
    assert "You looked at" not in shopper.get("/").text


def test_what_is_no_longer_for_sale_is_not_shown_again(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    product = world.product(shop, "Prototype")
    shopper.get(f"/s/{shop.slug}/{product.slug}")
    with db.workspace(world.north.id):
        db.get(Product, product.id).state = "draft"
    assert "You looked at" not in shopper.get("/").text


def test_a_shops_news_are_an_atom_feed(client: Any, world: Any) -> None:
    shop = world.shop(world.north, "Kiln")
    with db.workspace(world.north.id):
        db.get(Shop, shop.id).name = 'Kiln & "Whisker"'
    world.product(shop, "Cup <tall>")
    world.product(shop, "Secret", state="draft")
    answer = client.get(f"/s/{shop.slug}/feed.xml")
    feed = ElementTree.fromstring(answer.data)
    titles = [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert answer.mimetype == "application/atom+xml" and titles == ['Kiln & "Whisker"', "Cup <tall>"]
    assert f"/s/{shop.slug}/feed.xml" in client.get(f"/s/{shop.slug}").text
    assert client.get("/s/nobody/feed.xml").status_code == 404


def test_programs_get_a_page_of_their_own(client: Any, world: Any) -> None:
    shop = world.shop(world.north, "Kiln")
    world.product(shop)
    text = client.get("/llms.txt").text
    assert f"[Kiln](http://localhost/s/{shop.slug})" in text and "/sitemap.xml" in text


def test_what_is_inside_says_before_the_payment_what_becomes_of_it(world: Any, client: Any) -> None:
    """What is only watched here is no download, and a copy that carries a mark says so (FEATURES.md (b), UX.md «Product page»)."""
    shop = world.shop(world.north)
    product = world.product(shop, ships=False, downloads=False, state="draft")
    with db.workspace(world.north.id):
        row = db.get(Product, product.id)
        row.downloads, row.state = True, "listed"
    world.file(product, b"a" * 2048, "guide.pdf", stamped=True, stampable="", download_limit=3, release=2)
    world.file(product, b"bb", "film.mp4", stream_only=True)
    page = " ".join(client.get(f"/s/{shop.slug}/{row.slug}").get_data(as_text=True).split())
    assert "<strong>Download now</strong> · 1 file · 2 KB" in page
    assert "1 more to listen to or watch here</strong>, without a download" in page
    assert "Your copy is made for you and marked with your purchase." in page
    assert "2 KB · release 2 · 3 downloads · marked as yours" in page and "2 bytes · only here" in page
    with db.workspace(world.north.id) as session:
        for file in session.scalars(select(File).where(File.name == "guide.pdf")):
            file.removed_at = db.now()
    page = " ".join(client.get(f"/s/{shop.slug}/{row.slug}").get_data(as_text=True).split())
    assert "Download now" not in page and "<strong>Listen or watch here</strong> · 1 file, without a download" in page
