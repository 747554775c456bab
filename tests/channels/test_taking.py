"""Orders of platforms in our book: whatever is told, twice, late or out of order, ends the same (TRAPS.md C17, C18, E36, F37-F42)."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select

from app.catalogue.models import Variant
from app.channels.actions import listings, matching
from app.channels.channel_facts import Member, Ref
from app.channels.models import ChannelShipment
from app.channels.order_facts import PackageFacts, Recipient
from app.core import db
from app.core.mail import Mail
from app.inventory import actions as inventory
from app.inventory.models import Shortage
from app.orders import actions as orders
from app.orders.models import Fulfilment, Order, OrderEvent
from app.payments import ledger
from app.shipping.actions.parcels import CannotShip, check_order
from app.shipping.models import Parcel
from tests.channels.bazaar import ALICE, Bazaar, facts, item

PRINT = Ref("1729", "9001")


@pytest.fixture
def bazaar(world: Any, run_jobs: Any) -> Bazaar:
    one = Bazaar(world, run_jobs)
    one.offer(PRINT, one.print.id, title="Hubble print A2")
    return one


def test_an_order_is_in_the_book_with_its_amounts_and_its_stock_is_sold(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 2, seller_discount_minor=500)))
    order, (line,) = bazaar.order(row), bazaar.lines(row)
    assert (order.channel, order.state, order.payment_state, order.currency) == ("tiktok", "open", "paid", "GBP")
    assert (order.subtotal_minor, order.discount_minor, order.delivery_minor, order.total_minor) == (
        5000,
        500,
        300,
        4800,
    )
    assert (line.quantity, line.unit_minor, line.total_minor, line.variant_id) == (2, 2500, 4500, bazaar.print.id)
    assert order.ship_to["city"] == "Bristol" and order.ship_by is not None and order.held_at is None
    assert bazaar.level() == (8, 0)
    assert "576461413038785752" in order.search_text, "people look for it by the platform's number"


def test_told_five_times_it_is_one_order_and_sold_once(bazaar: Bazaar, world: Any) -> None:
    said = facts(item(PRINT, 2))
    rows = [bazaar.say(said) for _ in range(5)]
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 1
        assert session.scalar(select(func.count()).select_from(OrderEvent)) == 2, "placed and paid, once each"
    assert {row.order_id for row in rows} == {rows[0].order_id} and bazaar.level() == (8, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_news_in_any_order_end_the_same(bazaar: Bazaar, order: tuple[int, ...]) -> None:
    news = [
        facts(item(PRINT, 2), state="unpaid", status="UNPAID", minutes=0),
        facts(item(PRINT, 2), minutes=5),
        facts(item(PRINT, 2, cancelled=1), minutes=9),
    ]
    for place in order:
        row = bazaar.say(news[place])
    (line,) = bazaar.lines(row)
    assert (line.quantity, line.refunded_quantity) == (2, 1)
    assert bazaar.order(row).payment_state == "paid" and bazaar.level() == (9, 0)


def test_an_unpaid_order_holds_its_units_until_it_ends(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 3), state="unpaid", status="UNPAID"))
    assert bazaar.order(row).state == "pending" and bazaar.level() == (10, 3)
    bazaar.say(facts(item(PRINT, 3), state="cancelled", status="CANCELLED", minutes=5))
    assert bazaar.order(row).state == "cancelled" and bazaar.level() == (10, 0)


def test_a_cancelled_order_gives_back_what_was_sold_unless_the_platform_says_no(bazaar: Bazaar) -> None:
    bazaar.say(facts(item(PRINT, 3)))
    bazaar.say(facts(item(PRINT, 3), state="cancelled", status="CANCELLED", minutes=5))
    assert bazaar.level() == (10, 0)
    bazaar.say(facts(item(PRINT, 2), id="2"))
    bazaar.say(facts(item(PRINT, 2), id="2", state="cancelled", status="CANCELLED", minutes=5, restock=False))
    assert bazaar.level() == (8, 0)


def test_older_news_change_nothing(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 1), state="in_transit", status="IN_TRANSIT", minutes=30))
    again = bazaar.say(facts(item(PRINT, 1), minutes=10))
    assert (again.state, again.status) == ("in_transit", "IN_TRANSIT") and bazaar.order(row).state == "done"


def test_a_word_that_nobody_knows_is_kept_and_decides_nothing(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 1)))
    after = bazaar.say(facts(item(PRINT, 1), state="unknown", status="AWAITING_TELEPORT", minutes=5))
    assert after.state == "to_ship" and bazaar.order(row).state == "open" and bazaar.level() == (9, 0)
    assert after.raw["unknown"] == {"kept": True}


def test_a_hidden_address_never_replaces_one_that_can_be_read(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 1)))
    hidden = Recipient("M**a S***e", "****", "", "B*****l", "", "****", "GB", "(+44)117-***-0000", masked=True)
    bazaar.say(facts(item(PRINT, 1), minutes=5, recipient=hidden))
    assert bazaar.order(row).ship_to["line1"] == "12 Quay Street"
    moved = Recipient("Mira Stone", "3 Hill Road", "", "Bath", "", "BA1 1AA", "GB", "+44 117 496 0000")
    bazaar.say(facts(item(PRINT, 1), minutes=6, recipient=moved))
    assert bazaar.order(row).ship_to["line1"] == "3 Hill Road"


def test_an_item_that_nobody_matched_is_held_loudly_and_settled_once(bazaar: Bazaar, world: Any) -> None:
    other = Ref("1730", "9002")
    row = bazaar.say(facts(item(PRINT, 1), item(other, 2)))
    held = bazaar.order(row)
    assert row.unmatched == 1 and held.hold_reason == "1 item not matched to a product" and bazaar.level() == (9, 0)
    pack = world.variant(world.product(bazaar.shop, "Nebula print", price=1500, stock=4))
    with db.workspace(world.north.id):
        listing = listings.found(bazaar.connection_id, [other])[other]
        matching.match(ALICE, listing, listing.version, {pack.id: 1})
    bazaar.settle()
    after = bazaar.order(row)
    assert after.held_at is None and [line.variant_id for line in bazaar.lines(row)] == [bazaar.print.id, pack.id]
    assert bazaar.level(pack.id) == (2, 0)
    bazaar.say(facts(item(PRINT, 1), item(other, 2), minutes=5))
    assert bazaar.level(pack.id) == (2, 0) and bazaar.level() == (9, 0)


def test_a_bundle_is_sold_as_its_parts_and_its_price_is_shared_out(bazaar: Bazaar, world: Any) -> None:
    frame = world.variant(world.product(bazaar.shop, "Frame", price=1000, stock=9))
    bundle = Ref("1800", "1")
    listing_id = bazaar.offer(bundle, title="Print and two frames")
    with db.workspace(world.north.id):
        listing = bazaar.listing(listing_id)
        matching.match(ALICE, listing, listing.version, {bazaar.print.id: 1, frame.id: 2})
    row = bazaar.say(facts(item(bundle, 2, unit_minor=4001)))
    lines = bazaar.lines(row)
    assert {(line.variant_id, line.quantity) for line in lines} == {(bazaar.print.id, 2), (frame.id, 4)}
    assert sum(line.total_minor for line in lines) == 8002
    assert bazaar.level() == (8, 0) and bazaar.level(frame.id) == (5, 0)


def test_what_was_oversold_is_accepted_flagged_and_filled_first(bazaar: Bazaar, world: Any) -> None:
    bazaar.say(facts(item(PRINT, 8), id="1"))
    row = bazaar.say(facts(item(PRINT, 5), id="2"))
    short = bazaar.order(row)
    assert short.hold_reason.startswith("Oversold, missing: 3 ×") and bazaar.level() == (0, 0)
    with db.workspace(world.north.id):
        inventory.receive(ALICE, db.get(Variant, bazaar.print.id), inventory.default_location(), 4)
    bazaar.settle()
    assert bazaar.order(row).held_at is None and bazaar.level() == (1, 0)
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Shortage)).all() == []


def test_a_buyer_who_asks_to_cancel_stops_the_parcel(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 1)))
    bazaar.say(facts(item(PRINT, 1), state="cancel_requested", status="AWAITING_SHIPMENT", minutes=5, cancel_id="c1"))
    order = bazaar.order(row)
    assert order.hold_reason == "The buyer asks to cancel at TikTok Shop"
    with pytest.raises(orders.OnHold), db.workspace(order.workspace_id):
        orders.fulfil(ALICE, order, {line.id: 1 for line in bazaar.lines(row)})
    bazaar.say(facts(item(PRINT, 1), minutes=9))
    assert bazaar.order(row).held_at is None


def test_a_hold_by_the_sellers_own_hand_is_never_lifted(bazaar: Bazaar, world: Any) -> None:
    row = bazaar.say(facts(item(PRINT, 1), state="on_hold", status="ON_HOLD"))
    assert bazaar.order(row).hold_reason == "TikTok Shop holds it for now: it is not to be sent yet"
    with db.workspace(world.north.id):
        orders.hold(ALICE, bazaar.order(row), "Waiting for a signature")
    bazaar.say(facts(item(PRINT, 1), minutes=5))
    assert bazaar.order(row).hold_reason == "Waiting for a signature"


def test_the_platform_writes_to_its_buyer_and_not_we(bazaar: Bazaar, world: Any) -> None:
    row = bazaar.say(replace(facts(item(PRINT, 1)), buyer_email="relay@scs.tiktokw.us"))
    with db.workspace(world.north.id):
        orders.fulfil(ALICE, bazaar.order(row), {line.id: 1 for line in bazaar.lines(row)}, "Royal Mail", "RM1")
    with db.system("test world") as session:
        assert session.scalars(select(Mail.to).where(Mail.to.contains("relay"))).all() == []


def test_money_of_a_platform_is_not_moved_here(bazaar: Bazaar, world: Any) -> None:
    row = bazaar.say(facts(item(PRINT, 1)))
    with pytest.raises(orders.PaidElsewhere), db.workspace(world.north.id):
        orders.cancel(ALICE, bazaar.order(row), "Out of stock")
    assert bazaar.order(row).state == "open" and bazaar.level() == (9, 0)


def test_what_a_platform_owes_is_in_the_books_and_follows_its_words(bazaar: Bazaar, world: Any) -> None:
    def books() -> dict[str, int]:
        with db.workspace(world.north.id):
            return {account: sum(one.minor for one in sums) for account, sums in ledger.balances().items()}

    said = facts(item(PRINT, 2, seller_discount_minor=500))
    bazaar.say(facts(item(PRINT, 2), state="unpaid", status="UNPAID"))
    assert books().get("platforms", 0) == 0
    for _ in range(2):
        bazaar.say(replace(said, updated_at=said.updated_at + timedelta(minutes=5)))
    assert books() == {"platforms": 4800, "sales": -5000, "discounts": 500, "delivery_income": -300}
    refund = replace(said.amounts, refunded=1000)
    bazaar.say(replace(said, updated_at=said.updated_at + timedelta(minutes=6), amounts=refund))
    assert books()["platforms"] == 3800 and books()["refunds"] == 1000
    over = {"state": "cancelled", "status": "CANCELLED", "updated_at": said.updated_at + timedelta(minutes=7)}
    bazaar.say(replace(said, **over))
    assert not any(books().values())


def test_currencies_without_cents_stay_whole(bazaar: Bazaar) -> None:
    row = bazaar.say(replace(facts(item(PRINT, 1, unit_minor=250000)), currency="VND"))
    order = bazaar.order(row)
    assert order.money(order.subtotal_minor).decimal == 250000


def test_members_told_by_the_platform_make_a_bundle_by_themselves(bazaar: Bazaar) -> None:
    kit = Ref("1900", "1")
    bazaar.offer(kit, title="Two prints", members=[Member(PRINT, 2)])
    row = bazaar.say(facts(item(kit, 1)))
    assert [(line.variant_id, line.quantity) for line in bazaar.lines(row)] == [(bazaar.print.id, 2)]
    assert bazaar.level() == (8, 0)


def test_what_the_platform_says_is_sent_leaves_the_queue_and_is_not_told_back(bazaar: Bazaar, world: Any) -> None:
    one = PackageFacts("p1", "in_transit", "SHIPPED", "SPX123", "SPX", items=("line-1729-9001",))
    row = bazaar.say(facts(item(PRINT, 2), state="in_transit", status="IN_TRANSIT", packages=[one]))
    order, (line,) = bazaar.order(row), bazaar.lines(row)
    assert (order.state, order.fulfilment_state, line.fulfilled_quantity) == ("done", "fulfilled", 2)
    bazaar.run_jobs(only="channels.handlers.")
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(ChannelShipment.state)).all() == ["done"], "known there, so never told"
        assert session.scalars(select(Fulfilment.tracking_number)).all() == ["SPX123"]
    over = replace(one, state="delivered")
    for _ in range(2):
        bazaar.say(facts(item(PRINT, 2), state="delivered", status="DELIVERED", minutes=9, packages=[over]))
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Fulfilment.state)).all() == ["delivered"]


def test_what_lies_with_the_platform_is_neither_queued_nor_taken_from_our_shelves(bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 2), platform_sends=True))
    assert bazaar.order(row).fulfilment_state == "none_needed" and bazaar.level() == (10, 0)


def test_no_label_of_ours_is_bought_where_the_platform_takes_only_its_own(bazaar: Bazaar, world: Any) -> None:
    row = bazaar.say(facts(item(PRINT, 1), platform_ships=True))
    with db.workspace(world.north.id) as session:
        with pytest.raises(CannotShip, match="only its own label"):
            check_order(bazaar.order(row))
        assert session.scalar(select(func.count()).select_from(Parcel)) == 0
