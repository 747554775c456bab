"""The cart: it survives, it merges, it says what changed, and it takes no nonsense."""

from datetime import timedelta
from typing import Any

import pytest

from app.catalogue.models import Discount, Product, Variant
from app.core import db
from app.core.ids import new_id
from app.storefront import actions
from app.storefront.queries import cart, cart_count
from tests.storefront.conftest import Shopper, items_of, only_owner


def test_a_guest_keeps_the_cart_between_visits(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup", price=3200)
    assert shopper.add(shop, cup, world.variant(cup), 2).status_code == 303
    page = shopper.get("/cart").text
    assert "Cup" in page and "$64.00" in page and 'value="2"' in page


def test_two_browsers_do_not_share_a_cart(shopper: Shopper, another: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup")
    shopper.add(shop, cup, world.variant(cup))
    assert "Nothing in here yet" in another.get("/cart").text


def test_the_cart_is_grouped_by_shop_with_delivery_for_each(shopper: Shopper, world: Any) -> None:
    first, second = world.shop(world.north, "Orbital"), world.shop(world.other, "Kiln")
    for shop, title in ((first, "Print"), (second, "Cup")):
        product = world.product(shop, title, price=2000)
        shopper.add(shop, product, world.variant(product))
    with db.buyer(only_owner()):
        view = cart(only_owner(), "DE")
    assert [group.shop.name for group in view.groups] == ["Orbital", "Kiln"]
    assert [group.total.delivery.minor for group in view.groups] == [500, 500]
    assert view.total.minor == 5000
    assert "$50.00" in shopper.get("/cart?country=DE").text


@pytest.mark.parametrize("quantity", ["-1", "0", "1e9", "NaN", "1.5", "", "9999", "٣", "1000000000000000000000"])
def test_a_quantity_that_is_none_changes_nothing(shopper: Shopper, world: Any, quantity: str) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup", stock=5)
    answer = shopper.add(shop, cup, world.variant(cup), quantity)
    assert answer.status_code == 422
    assert "whole number" in answer.text and "not changed" in answer.text
    assert "Nothing in here yet" in shopper.get("/cart").text


def test_more_than_there_is_cannot_be_added(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup", stock=5)
    shopper.add(shop, cup, world.variant(cup), 3)
    answer = shopper.add(shop, cup, world.variant(cup), 3)
    assert answer.status_code == 422 and "Only 5 left, and 3 of them are in your cart" in answer.text
    assert list(items_of(only_owner()).values()) == [3]


def test_another_sellers_variant_is_refused_on_a_products_page(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup")
    foreign = world.variant(world.product(world.shop(world.other), "Vase"))
    assert shopper.add(shop, cup, foreign).status_code == 422
    assert shopper.post(f"/s/{shop.slug}/{cup.slug}/cart-items", variant="x' or 1=1", quantity="1").status_code == 422
    assert "Nothing in here yet" in shopper.get("/cart").text


def test_a_draft_cannot_be_put_in_a_cart(world: Any) -> None:
    draft = world.product(world.shop(world.north), "Secret", state="draft")
    owner = new_id()
    with pytest.raises(actions_refusal()), db.buyer(owner):
        actions.add(owner, draft.workspace_id, world.variant(draft).id, 1)
    assert items_of(owner) == {}


def actions_refusal() -> Any:
    from app.core.errors import Refused

    return Refused


def test_someone_elses_cart_line_looks_missing(shopper: Shopper, another: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup")
    shopper.add(shop, cup, world.variant(cup), 2)
    owner = only_owner()
    with db.buyer(owner):
        item = cart(owner).lines[0].item
    assert another.post(f"/cart/items/{item.id}", quantity="7").status_code == 404
    assert another.post(f"/cart/items/{item.id}/removal").status_code == 404
    assert list(items_of(owner).values()) == [2]


def test_quantities_are_edited_in_place_with_a_fresh_total(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup", price=1000)
    shopper.add(shop, cup, world.variant(cup))
    owner = only_owner()
    with db.buyer(owner):
        item = cart(owner).lines[0].item
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#cart"}
    part = shopper.post(f"/cart/items/{item.id}", quantity="4", headers=headers).text
    assert "<html" not in part and "$40.00" in part and 'aria-live="polite"' in part and 'id="cart-link"' in part
    refused = shopper.post(f"/cart/items/{item.id}", quantity="-4", headers=headers)
    assert refused.status_code == 422 and f"quantity-{item.id}-error" in refused.text


def test_a_new_price_counts_at_once_and_is_said_in_words(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup = world.product(shop, "Cup", price=2000)
    shopper.add(shop, cup, world.variant(cup))
    _set_price(world, cup, 2500)
    page = shopper.get("/cart").text
    assert "The price went up from $20.00 to $25.00." in page
    assert "$25.00" in page


def test_what_is_no_longer_for_sale_stays_visible_and_costs_nothing(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    cup, vase = world.product(shop, "Cup", price=2000), world.product(shop, "Vase", price=7000)
    for product in (cup, vase):
        shopper.add(shop, product, world.variant(product))
    with db.workspace(world.north.id):
        db.get(Product, vase.id).state = "archived"
    page = shopper.get("/cart?country=US").text
    assert "No longer for sale" in page and "Vase" in page
    assert "$25.00" in page and "$70.00" not in page
    shopper.post("/cart/adjustment")
    assert "Vase" not in shopper.get("/cart").text


def test_a_guests_cart_joins_the_persons_own(world: Any, filled: Any) -> None:
    shop = world.shop(world.north)
    cup, vase = world.product(shop, "Cup"), world.product(shop, "Vase")
    guest = filled((cup, 2), (vase, 1))
    filled((cup, 3), owner=world.fay.id)
    actions.merge(guest, world.fay.id)
    assert items_of(world.fay.id) == {world.variant(cup).id: 5, world.variant(vase).id: 1}
    assert items_of(guest) == {}
    actions.merge(guest, world.fay.id)
    assert items_of(world.fay.id) == {world.variant(cup).id: 5, world.variant(vase).id: 1}, "merging twice adds nothing"


def test_signing_in_brings_what_was_typed_at_checkout(world: Any, filled: Any) -> None:
    cup = world.product(world.shop(world.north), "Cup", stock=1)
    guest = filled((cup, 1))
    with db.buyer(guest):
        checkout = actions.begin(guest, "USD")
        actions.set_contact(checkout, {"email": "kim@example.com", "name": "Kim"})
    actions.merge(guest, world.fay.id)
    from app.storefront.queries import checkout as queries

    with db.buyer(world.fay.id):
        own = queries.open_checkout(world.fay.id)
        assert own is not None and own.contact["name"] == "Kim" and own.id != checkout.id


def test_the_count_on_the_button_is_units_of_this_buyer(world: Any, filled: Any) -> None:
    cup = world.product(world.shop(world.north), "Cup")
    owner = filled((cup, 3))
    filled((cup, 2))
    with db.buyer(owner):
        assert cart_count(owner) == 3


def code(world: Any, shop: Any, name: str, **fields: Any) -> None:
    values = {"kind": "percent", "value": 1000} | fields
    with db.workspace(shop.workspace_id):
        db.add(Discount(shop_id=shop.id, code=name, **values))


def test_a_code_takes_off_what_it_says_for_its_own_shop_only(shopper: Shopper, world: Any) -> None:
    first, second = world.shop(world.north, "Orbital"), world.shop(world.other, "Kiln")
    code(world, first, "TENOFF")
    for shop in (first, second):
        product = world.product(shop, price=2000, ships=False, downloads=True)
        shopper.add(shop, product, world.variant(product))
    assert shopper.post("/cart/codes", shop=str(first.id), discount=" tenoff ").status_code == 303
    page = shopper.get("/cart").text
    assert "TENOFF takes off $2.00" in page and "$38.00" in page
    answer = shopper.post("/cart/codes", shop=str(second.id), discount="TENOFF")
    assert answer.status_code == 422 and "Kiln has no such code" in answer.text
    shopper.post("/cart/codes/removal", shop=str(first.id))
    assert "$40.00" in shopper.get("/cart").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ends_at": timedelta(days=-1)}, "This code ended on"),
        ({"starts_at": timedelta(days=1)}, "This code starts on"),
        ({"max_uses": 1, "used_count": 1}, "has been used up"),
        ({"min_total_minor": 5000}, "$30.00 more to go"),
        ({"product_ids": [new_id()]}, "none of them is in your cart"),
    ],
)
def test_a_refused_code_says_why_and_is_not_kept(shopper: Shopper, world: Any, fields: Any, words: str) -> None:
    shop = world.shop(world.north)
    moments = {key: db.now() + value if isinstance(value, timedelta) else value for key, value in fields.items()}
    code(world, shop, "CODE", **moments)
    cup = world.product(shop, price=2000)
    shopper.add(shop, cup, world.variant(cup))
    answer = shopper.post("/cart/codes", shop=str(shop.id), discount="CODE")
    assert answer.status_code == 422 and words in answer.text
    assert "takes off" not in shopper.get("/cart").text


def test_a_code_that_stops_working_is_explained_and_not_counted(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    code(world, shop, "CODE", min_total_minor=4000)
    cup = world.product(shop, price=2000, ships=False, downloads=True)
    vase = world.product(shop, "Vase", price=2000, ships=False, downloads=True)
    for product in (cup, vase):
        shopper.add(shop, product, world.variant(product))
    shopper.post("/cart/codes", shop=str(shop.id), discount="CODE")
    owner = only_owner()
    with db.buyer(owner):
        item = cart(owner).lines[0].item
    shopper.post(f"/cart/items/{item.id}/removal")
    page = shopper.get("/cart").text
    assert "$20.00 more to go" in page and "takes off" not in page


def test_two_currencies_are_paid_one_after_the_other(shopper: Shopper, world: Any) -> None:
    dollars, yen = world.shop(world.north), world.shop(world.other, currency="JPY")
    for shop in (dollars, yen):
        product = world.product(shop, price=2000, ships=False, downloads=True)
        shopper.add(shop, product, world.variant(product))
    page = shopper.get("/cart").text
    assert "Check out in USD" in page and "Check out in JPY" in page and "¥2,000" in page


def _set_price(world: Any, product: Any, minor: int) -> None:
    with db.workspace(product.workspace_id):
        db.get(Product, product.id).price_minor = minor
        db.get(Variant, world.variant(product).id).price_minor = minor
