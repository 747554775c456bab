"""What only TikTok Shop has, by the adapter against the live sandbox: refused zeros, warehouses, capped searches, scopes, dying labels."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.channels.channel import AccessExpired
from app.channels.channel_facts import PriceChange, StockChange
from app.channels.order_facts import CancelLine, Handover, Sent
from app.channels.platforms.tiktok import TikTok
from app.core.errors import ProviderError
from tests.channels.stage import Doc, Scene, pressed, staged

tiktok = staged(lambda one: one.kind == "tiktok")


def private(scene: Scene, **members: Any) -> None:
    scene.door(f"market/shops/tiktok/{scene.doc['id']}", private=members)


def state(scene: Scene, product: Doc) -> str:
    return str(scene.look(f"{scene.base}/products/{product['id']}")["state"])


# --- stock
@tiktok
def test_a_product_that_may_not_be_at_zero_goes_off_sale_and_comes_back(scene: Scene) -> None:
    product = scene.product()
    private(scene, refuses_zero=True)
    first, second = scene.ref(product), scene.ref(product, 1)
    empty, other = scene.channel().set_stock([StockChange(first, {"": 0}), StockChange(second, {"": 4})])
    assert empty.ok and empty.paused and other.ok and other.paused
    assert state(scene, product) == "inactive" and scene.stock(product, 1) == 4
    assert {one.state for one in scene.channel().listing(product["id"])} == {"inactive"}
    (back,) = scene.channel().set_stock([StockChange(first, {"": 3}, resume=True)])
    assert back.ok and not back.paused and state(scene, product) == "active" and scene.stock(product) == 3


@tiktok
def test_a_warehouse_that_is_not_named_keeps_what_it_has(scene: Scene) -> None:
    scene.open(warehouses=2)
    one, two = (place["id"] for place in scene.doc["warehouses"])
    product = scene.product({"sku": "TWO", "title": "A", "price": 100, "stock": {one: 4, two: 5}, "options": {"Size": "A"}})  # fmt: skip
    ref = scene.ref(product)
    assert scene.channel().set_stock([StockChange(ref, {two: 9})])[0].ok
    assert scene.listed(product)["stock"] == {one: 4, two: 9}
    assert scene.channel().set_stock([StockChange(ref, {"": 6})])[0].ok
    assert scene.listed(product)["stock"] == {one: 6, two: 0}


@tiktok
def test_what_a_bundle_has_is_worked_out_by_the_platform(scene: Scene) -> None:
    product = scene.product()
    member = {"product": product["id"], "sku": product["skus"][0]["id"], "quantity": 2}
    bundle = scene.product({"sku": "PAIR", "title": "Pair", "price": 8000, "members": [member]}, title="A pair")
    (found,) = scene.channel().listing(bundle["id"])
    assert found.quantity == 5 and found.members[0].quantity == 2 and found.members[0].ref == scene.ref(product)
    (refused,) = scene.channel().set_stock([StockChange(found.ref, {"": 3})])
    assert not refused.ok and not refused.gone and "kit" in refused.error
    order = scene.place(2, sku="PAIR")
    (item,) = scene.facts(order).items
    assert item.quantity == 2 and item.members[0].ref == scene.ref(product) and scene.stock(product) == 6


@tiktok
def test_committed_units_are_told_apart(scene: Scene) -> None:
    product = scene.product()
    scene.place(3)
    found = next(one for one in scene.channel().listings().items if one.sku == "TEN-A4")
    assert (found.quantity, found.committed) == (7, 3) and found.ref == scene.ref(product)


@tiktok
def test_a_catalogue_beyond_the_cap_is_read_whole(scene: Scene) -> None:
    """The sandbox refuses searches with more than so many results; the moments of change lie far apart."""
    private(scene, search_cap=4)
    for _ in range(4):
        scene.door(f"{scene.base}/products", count=3)
        scene.door("clock", advance=100_000)
    channel, cursor, seen = scene.channel(), "", set()
    for _ in range(40):
        page = channel.listings(cursor)
        seen |= {one.ref.product for one in page.items}
        cursor = page.cursor
        if not cursor:
            break
    assert len(seen) == 12


@tiktok
def test_locked_prices_are_said_to_be(scene: Scene) -> None:
    product = scene.product()
    scene.change(product, "floor", floor=2)
    (refused,) = scene.channel().set_price([PriceChange(scene.ref(product), 4300, "USD")])
    assert not refused.ok and refused.permanent and refused.code == "12052038" and "promotion" in refused.error


# --- access
@tiktok
def test_a_scope_that_was_not_allowed_is_said_in_words(scene: Scene) -> None:
    address = TikTok.consent_url(scene.app, "s", {})
    answer = pressed(address, True, shop=scene.doc["id"], scope="seller.authorization.info")
    (authorised,) = TikTok.authorise(scene.app, answer)
    scene.authorised = authorised
    assert list(authorised.tokens.scopes) == ["seller.authorization.info"]
    assert scene.channel().shop().id == scene.doc["id"]
    with pytest.raises(ProviderError, match="Connect the shop again") as caught:
        scene.channel().warehouses()
    assert caught.value.permanent and not isinstance(caught.value, AccessExpired)


@tiktok
def test_one_consent_may_open_several_shops(scene: Scene) -> None:
    first = scene.doc
    scene.open(currency="GBP")
    address = TikTok.consent_url(scene.app, "s", {})
    one = TikTok.authorise(scene.app, scene.stage.consent(scene, address, True))
    assert [found.shop.id for found in one] == [scene.doc["id"]] and first["id"] != scene.doc["id"]
    assert (one[0].shop.region, one[0].shop.currency) == ("GB", "GBP")


@tiktok
def test_a_wrong_secret_is_no_reason_to_refresh(scene: Scene) -> None:
    authorised = scene.connect()
    strange = replace(scene.app, secret="another")
    scene.stage = replace(scene.stage, app=lambda sandbox, ours: strange)
    scene.authorised = authorised
    with pytest.raises(ProviderError) as caught:
        scene.channel().warehouses()
    assert (
        caught.value.permanent and caught.value.remote_code == "106001" and not isinstance(caught.value, AccessExpired)
    )


# --- parcels
@tiktok
def test_single_units_go_in_parcels_of_their_own(scene: Scene) -> None:
    scene.product()
    order = scene.place(2, platform_ships=False)
    facts = scene.facts(order)
    first, second = facts.items[0].ids
    channel = scene.channel()
    one = channel.ship(Sent(order["id"], "", carrier="ups", tracking_number="1Z1", items=[first]))
    assert scene.facts(order).state == "part_shipped" and one.package_id
    assert channel.ship(Sent(order["id"], "", carrier="ups", tracking_number="1Z1", items=[first])).already
    channel.ship(Sent(order["id"], "", carrier="Royal Mail", tracking_number="RM2", items=[second]))
    numbers = {package.tracking_number: package.carrier for package in scene.facts(order).packages}
    assert numbers == {"1Z1": "UPS", "RM2": "Royal Mail"} and len(scene.effects("ship")) == 2


@tiktok
def test_in_other_markets_the_package_itself_is_shipped(scene: Scene) -> None:
    scene.open(currency="IDR")
    scene.product()
    order = scene.place(platform_ships=False)
    sent = Sent(order["id"], "", carrier="J&T Express", tracking_number="JX1")
    assert not scene.channel().ship(sent).already and scene.channel().ship(sent).already
    assert scene.facts(order).state == "in_transit" and len(scene.effects("ship")) == 1
    part = scene.place(2)
    with pytest.raises(ProviderError, match="US and the UK only"):
        scene.channel().cancel(part["id"], "out_of_stock", [CancelLine(scene.facts(part).items[0].ref, 1)])
    assert scene.effects("cancel") == []


@tiktok
def test_a_label_is_none_until_it_is_made_and_gone_after_collection(scene: Scene) -> None:
    scene.product()
    order = scene.act(scene.place(), "arrange", method="pickup", polls=1)
    package, channel = order["packages"][0]["id"], scene.channel()
    assert channel.document(order["id"], package) is None
    slip = channel.document(order["id"], package, "packing_slip")
    assert slip is not None and slip.content_type == "application/pdf"
    scene.act(order, "collect")
    with pytest.raises(ProviderError, match="collected") as caught:
        channel.document(order["id"], package)
    assert caught.value.permanent


@tiktok
def test_a_slot_that_is_taken_is_not_offered(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    package, channel = order["packages"][0]["id"], scene.channel()
    ways = channel.handovers(order["id"], package)
    assert {one.kind for one in ways} == {"pickup", "drop_off"} and len(ways) == 4
    now = scene.window()[1] - timedelta(minutes=5)
    assert all(one.start > now for one in ways if one.start)
    with pytest.raises(ProviderError, match="slot") as caught:
        channel.ship(Sent(order["id"], package, Handover("PICKUP:1:2", "pickup", "")))
    assert caught.value.permanent and scene.effects("ship") == []


@tiktok
def test_packages_that_were_split_away_are_found_under_their_new_ids(scene: Scene) -> None:
    scene.product()
    order = scene.place(2)
    old = scene.facts(order).packages[0].id
    scene.act(order, "split")
    with pytest.raises(ProviderError) as caught:
        scene.channel().tracking_number(order["id"], old)
    assert caught.value.permanent and caught.value.remote_code == "21008111"
    new = scene.facts(order).packages
    assert old not in {one.id for one in new}
    assert not scene.channel().ship(Sent(order["id"], new[0].id, Handover("DROP_OFF", "drop_off", ""))).already
