"""What only Shopee has, by the adapter against the live sandbox: main accounts, locations, bundles, split orders, lost pushes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.channels.channel import AccessEnded
from app.channels.channel_facts import Connection, ShopFacts, StockChange, Tokens
from app.channels.order_facts import CancelLine, Sent
from app.channels.platforms.shopee import Shopee
from app.channels.platforms.shopee_line import Line
from app.core.errors import ProviderError
from app.core.port import Forged
from tests.channels.stage import Scene, pressed, staged

shopee = staged(lambda one: one.kind == "shopee")


# --- access
@shopee
def test_each_shop_of_a_main_account_refreshes_on_its_own(scene: Scene) -> None:
    first = scene.doc["id"]
    second = scene.open()["id"]
    address = Shopee.consent_url(scene.app, "s", {})
    found = Shopee.authorise(scene.app, pressed(address, True, pick="main"))
    assert {one.shop.id for one in found} == {first, second} == set(Shopee.open_shops(scene.app))
    assert len({one.tokens.refresh for one in found}) == 1
    for one in found:
        assert Shopee.refresh(scene.app, one.tokens).access != one.tokens.access
        with pytest.raises(AccessEnded):
            Shopee.refresh(scene.app, one.tokens)


@shopee
def test_the_end_of_a_consent_is_known_and_told_a_week_before(scene: Scene) -> None:
    ends = scene.connect().tokens.ends
    assert ends is not None and timedelta(days=364) < ends - scene.window()[1] < timedelta(days=366)
    scene.subscribe()
    scene.door("clock", advance=359 * 86400)
    ((_, _, push),) = scene.told("access_ends")
    assert push.at == ends and push.shop_id == scene.doc["id"]


@shopee
def test_shops_that_are_gone_are_missing_among_the_open_ones(scene: Scene) -> None:
    scene.connect()
    assert list(Shopee.open_shops(scene.app)) == [scene.doc["id"]]
    scene.door(f"market/shops/shopee/{scene.doc['id']}/end-access")
    assert list(Shopee.open_shops(scene.app)) == []


# --- stock
@shopee
def test_a_quantity_without_a_place_is_the_whole_of_it(scene: Scene) -> None:
    scene.open(warehouses=2)
    one, two = (place["id"] for place in scene.doc["warehouses"])
    product = scene.product({"sku": "TWO", "title": "A", "price": 100, "stock": {one: 4, two: 5}})
    (outcome,) = scene.channel().set_stock([StockChange(scene.ref(product), {"": 6})])
    assert outcome.ok and scene.listed(product)["stock"] == {one: 6, two: 0}


@shopee
def test_variations_that_were_rebuilt_are_gone_under_their_old_ids(scene: Scene) -> None:
    product = scene.product()
    old = scene.ref(product)
    scene.change(product, "reissue")
    (outcome,) = scene.channel().set_stock([StockChange(old, {"": 6})])
    assert outcome.gone and scene.ref(product) != old and scene.stock(product) == 10


# --- orders and parcels
@shopee
def test_a_split_order_goes_out_parcel_by_parcel(scene: Scene) -> None:
    scene.product()
    order = scene.act(scene.place(3), "split")
    channel = scene.channel()
    for parcel in order["packages"]:
        way = next(one for one in channel.handovers(order["id"], parcel["id"]) if one.kind == "drop_off")
        assert not channel.ship(Sent(order["id"], parcel["id"], way)).already
        assert channel.ship(Sent(order["id"], parcel["id"], way)).already
    assert len(scene.effects("ship")) == 2 and scene.facts(order).state == "awaiting_collection"


@shopee
def test_some_lines_of_our_own_parcel_go_alone_and_the_rest_afterwards(scene: Scene) -> None:
    scene.product()
    items = [{"sku": "TEN-A4", "quantity": 2}, {"sku": "TEN-A3", "quantity": 1}]
    order = scene.place(items=items, platform_ships=False)
    first, second = (one.ids for one in scene.facts(order).items)
    channel = scene.channel()
    told = channel.ship(Sent(order["id"], carrier="DHL", tracking_number="T1", items=first))
    assert (
        not told.already and channel.ship(Sent(order["id"], carrier="DHL", tracking_number="T1", items=first)).already
    )
    assert scene.facts(order).state == "part_shipped" and len(scene.effects("ship")) == 1
    channel.ship(Sent(order["id"], carrier="DHL", tracking_number="T2", items=second))
    facts = scene.facts(order)
    assert facts.state == "in_transit" and {one.tracking_number for one in facts.packages} == {"T1", "T2"}


@shopee
def test_a_line_is_cancelled_by_the_id_that_the_order_gave_it(scene: Scene) -> None:
    scene.product()
    order = scene.place(items=[{"sku": "TEN-A4", "quantity": 2}, {"sku": "TEN-A3", "quantity": 2}])
    chosen = next(one for one in scene.facts(order).items if one.sku == "TEN-A3")
    scene.channel().cancel(order["id"], "buyer_asked", [CancelLine(chosen.ref, 2, chosen.ids)])
    assert {one.sku: one.active for one in scene.facts(order).items} == {"TEN-A4": 2, "TEN-A3": 0}


@shopee
def test_a_span_of_months_is_read_in_slices(scene: Scene) -> None:
    scene.product()
    first = scene.place()
    scene.door("clock", advance=40 * 86400)
    tokens = Shopee.authorise(scene.app, scene.agree())[0].tokens
    second = scene.place()
    since, until = scene.window()
    channel, cursor, found, turns = scene.channel(tokens), "", [], 0
    while turns == 0 or cursor:
        page = channel.orders(since - timedelta(days=41), until, cursor)
        found, cursor, turns = [*found, *(one.id for one in page.items)], page.cursor, turns + 1
    assert found == [first["id"], second["id"]] and turns == 3


@shopee
def test_a_dispute_without_an_address_sends_nothing(scene: Scene) -> None:
    scene.product()
    order = scene.travel(scene.place(), "arrange", "collect", "deliver")
    scene.act(order, "ask_return", reason="Broken")
    (case,) = scene.channel().returns(*scene.window()).items
    nameless = Shopee(Connection(scene.app, *scope_of(scene)))
    with pytest.raises(ProviderError, match="e-mail"):
        nameless.answer_return(case.id, False, "No")
    assert scene.order(order)["returns"][0]["state"] == "asked"


def scope_of(scene: Scene) -> tuple[ShopFacts, Tokens]:
    one = scene.authorised or scene.connect()
    return one.shop, one.tokens


# --- pushes
@shopee
def test_lost_pushes_are_recovered_and_known_by_their_keys(scene: Scene) -> None:
    scene.subscribe()
    scene.product()
    told = scene.place()
    ((_, _, known), *_) = scene.told("order", told["id"])
    scene.door("faults", kind="drop_event", event="shopee.3", times=2)
    lost = [scene.place()["id"] for _ in range(2)]
    page = Shopee.missed(scene.app)
    assert [one.ids[0] for one in page.items] == lost and page.cursor
    assert known.key not in {one.key for one in page.items} and all(
        one.shop_id == scene.doc["id"] for one in page.items
    )
    assert list(Shopee.missed(scene.app, page.cursor).items) == []


@shopee
@pytest.mark.parametrize("hexed", [False, True], ids=["as text", "in hex"])
def test_a_push_key_of_its_own_proves_data_and_the_apps_key_the_test(scene: Scene, hexed: bool) -> None:
    scene.subscribe()
    scene.door("shopee/options", push_key="6b657921", push_key_is_hex=hexed)
    scene.product()
    scene.letters.found.clear()
    scene.place()
    scene.quiet()
    app = replace(scene.app, push_key="6b657921", push_key_is_hex=hexed)
    ((_, headers, raw), *_) = scene.letters.found
    assert Shopee.read_push(app, headers, raw)[0].kind == "order"
    with pytest.raises(Forged):
        Shopee.read_push(replace(app, push_key_is_hex=not hexed), headers, raw)
    scene.letters.found.clear()
    Line(scene.app).post("/api/v2/push/set_app_push_config", {"set_push_config_off": [15]})
    ((_, headers, raw),) = scene.letters.found
    assert list(Shopee.read_push(app, headers, raw)) == []
