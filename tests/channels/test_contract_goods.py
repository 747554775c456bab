"""The contract, continued: listings are read to the end, stock and prices are set, one by one."""

from datetime import timedelta

from app.channels.channel_facts import PriceChange, Ref, StockChange
from tests.channels.stage import Scene, staged

every = staged()


def all_listings(scene: Scene) -> list[Ref]:
    """Every listing's ref, page by page, at most fifty pages."""
    channel, cursor, found = scene.channel(), "", []
    for _ in range(50):
        page = channel.listings(cursor)
        found += [one.ref for one in page.items]
        cursor = page.cursor
        if not cursor:
            return found
    raise AssertionError("the listings never end")


@every
def test_listings_say_what_is_for_sale(scene: Scene) -> None:
    product = scene.product()
    found = {one.sku: one for one in scene.channel().listing(product["id"])}
    assert set(found) == {"TEN-A4", "TEN-A3"}
    a4 = found["TEN-A4"]
    assert (a4.quantity, a4.state, a4.price_minor, a4.ref.product) == (10, "active", 4200, product["id"])
    assert "Ten thousand galaxies" in a4.title
    assert found["TEN-A3"].price_minor == 5600
    assert a4.ref != found["TEN-A3"].ref


@every
def test_a_product_without_kinds_has_one_listing(scene: Scene) -> None:
    product = scene.product({"sku": "MUG", "title": "", "price": 1200, "stock": 3})
    (one,) = scene.channel().listing(product["id"])
    assert (one.sku, one.quantity, one.price_minor) == ("MUG", 3, 1200)


@every
def test_listings_are_read_page_by_page_to_the_end(scene: Scene) -> None:
    scene.door(f"{scene.base}/products", count=113, skus_each=1, stock=3)
    gone = scene.product({"sku": "GONE", "price": 100, "stock": 1})
    scene.change(gone, "state", state="deleted")
    found = all_listings(scene)
    assert len(found) == len(set(found)) == 113
    assert gone["id"] not in {ref.product for ref in found}
    assert len(scene.channel().listings().items) < 113


@every
def test_a_deleted_product_has_no_listing(scene: Scene) -> None:
    product = scene.product()
    scene.change(product, "state", state="deleted")
    assert list(scene.channel().listing(product["id"])) == []
    assert list(scene.channel().listing("999999999")) == []


@every
def test_what_orders_hold_is_not_for_sale(scene: Scene) -> None:
    product = scene.product()
    scene.place(3)
    found = next(one for one in scene.channel().listing(product["id"]) if one.sku == "TEN-A4")
    assert found.quantity == 7


@staged(lambda one: one.uncounted)
def test_what_is_not_counted_is_no_zero(scene: Scene) -> None:
    product = scene.product(
        {"sku": "FILE", "price": 900, "stock": None}, {"sku": "ZERO", "title": "b", "price": 900, "stock": 0}
    )
    found = {one.sku: one.quantity for one in scene.channel().listing(product["id"])}
    assert found == {"FILE": None, "ZERO": 0}


@staged(lambda one: one.adapter.profile.many_warehouses)
def test_stock_stands_and_is_set_per_warehouse(scene: Scene) -> None:
    scene.open(warehouses=2)
    one, two = (place["id"] for place in scene.doc["warehouses"])
    product = scene.product(
        {"sku": "TWO", "title": "A", "price": 100, "stock": {one: 4, two: 5}, "options": {"Size": "A"}}
    )
    (found,) = scene.channel().listing(product["id"])
    assert found.quantity == 9 and dict(found.stock) == {one: 4, two: 5}
    (outcome,) = scene.channel().set_stock([StockChange(found.ref, {one: 1, two: 2})])
    assert outcome.ok and scene.listed(product)["stock"] == {one: 1, two: 2}


# --- stock and prices
@every
def test_stock_is_set_not_added(scene: Scene) -> None:
    product = scene.product()
    first, second = scene.ref(product), scene.ref(product, 1)
    for number in (7, 7, 3):
        outcomes = scene.channel().set_stock([StockChange(first, {"": number}), StockChange(second, {"": number + 1})])
        assert [(one.ref, one.ok) for one in outcomes] == [(first, True), (second, True)]
        assert (scene.stock(product), scene.stock(product, 1)) == (number, number + 1)
    assert {row["id"] for row in scene.effects("stock_set")} == {one["id"] for one in product["skus"]}


@every
def test_zero_means_that_nothing_is_sold(scene: Scene) -> None:
    product = scene.product({"sku": "LAST", "title": "A", "price": 100, "stock": 5, "options": {"Size": "A"}})
    (outcome,) = scene.channel().set_stock([StockChange(scene.ref(product), {"": 0})])
    assert outcome.ok
    if outcome.paused:
        assert scene.look(f"{scene.base}/products/{product['id']}")["state"] == "inactive"
    else:
        assert scene.stock(product) == 0


@every
def test_one_failure_leaves_the_others_done(scene: Scene) -> None:
    good, gone = scene.product(title="Good"), scene.product({"sku": "GONE", "title": "A", "price": 100, "stock": 5})
    changes = [StockChange(scene.ref(gone), {"": 2}), StockChange(scene.ref(good), {"": 4})]
    scene.change(gone, "state", state="deleted")
    bad, fine = scene.channel().set_stock(changes)
    assert (bad.ref, bad.ok, fine.ref, fine.ok) == (changes[0].ref, False, changes[1].ref, True)
    assert bad.gone and bad.error
    assert (scene.stock(good), scene.stock(gone)) == (4, 5)


@staged(lambda one: one.floors)
def test_what_a_promotion_reserves_is_refused_and_not_gone(scene: Scene) -> None:
    product = scene.product()
    scene.change(product, "floor", floor=6)
    changes = [StockChange(scene.ref(product), {"": 2}), StockChange(scene.ref(product, 1), {"": 8})]
    bad, fine = scene.channel().set_stock(changes)
    assert not bad.ok and not bad.gone and bad.error and fine.ok
    assert (scene.stock(product), scene.stock(product, 1)) == (10, 8)


@every
def test_a_listing_whose_kinds_were_made_anew_is_gone(scene: Scene) -> None:
    product = scene.product()
    old = scene.ref(product)
    scene.change(product, "reissue")
    (outcome,) = scene.channel().set_stock([StockChange(old, {"": 3})])
    assert not outcome.ok and outcome.gone and outcome.error
    assert scene.stock(product) == 10 and scene.ref(product) != old


@staged(lambda one: one.floors)
def test_a_shop_on_holiday_refuses_stock_for_now(scene: Scene) -> None:
    product = scene.product()
    ref = scene.ref(product)
    scene.door(f"market/shops/{scene.stage.kind}/{scene.doc['id']}", holiday=True)
    (outcome,) = scene.channel().set_stock([StockChange(ref, {"": 3})])
    assert not outcome.ok and not outcome.gone and outcome.error
    assert scene.stock(product) == 10


@every
def test_no_change_is_no_call(scene: Scene) -> None:
    assert list(scene.channel().set_stock([])) == []
    assert scene.effects("stock_set") == []


@staged(lambda one: one.adapter.profile.prices)
def test_prices_are_set_in_the_shops_own_decimals(scene: Scene) -> None:
    product = scene.product()
    ref = scene.ref(product)
    (outcome,) = scene.channel().set_price([PriceChange(ref, 4650, scene.doc["currency"])])
    assert outcome.ok and scene.listed(product)["price"] == 4650
    scene.open(currency=scene.stage.whole_currency)
    product = scene.product({"sku": "WHOLE", "title": "A", "price": 250_000, "stock": 2, "options": {"Size": "A"}})
    (found,) = scene.channel().listing(product["id"])
    assert (found.price_minor, found.currency) == (250_000, scene.stage.whole_currency)
    (outcome,) = scene.channel().set_price([PriceChange(found.ref, 260_000, scene.stage.whole_currency)])
    assert outcome.ok and scene.listed(product)["price"] == 260_000


@every
def test_listings_changed_since_a_moment_include_what_changed(scene: Scene) -> None:
    product = scene.product()
    since, _until = scene.window()
    assert product["id"] in {
        one.ref.product for one in scene.channel().listings(since=since + timedelta(hours=23)).items
    }
