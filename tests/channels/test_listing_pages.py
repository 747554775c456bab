"""Listings and the stock by channel, as a seller with a browser sees and changes them; no platform is asked."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.channels.actions import listings, matching, taking
from app.channels.channel_facts import ListingFacts, Ref
from app.channels.models import ChannelListing, ListingPart
from app.core import db
from app.core.ids import new_id
from app.inventory import actions as inventory
from tests.asked import statements
from tests.channels.bazaar import ALICE, Bazaar, facts, item
from tests.channels.desk import IN_LIST, PRINT, Desk, connection, jobs, version, words_of


def parts(bazaar: Bazaar, listing_id: UUID) -> dict[UUID, int]:
    with db.workspace(bazaar.workspace.id) as session:
        found = session.scalars(select(ListingPart).where(ListingPart.listing_id == listing_id))
        return {one.variant_id: one.quantity for one in found}


def test_a_listing_is_found_and_matched_by_hand(desk: Desk, bazaar: Bazaar) -> None:
    one = bazaar.offer(PRINT, title="Something else entirely", sku="T-77")
    shown = desk.get("/listings")
    assert "Something else entirely" in shown and "(1 to match)" in shown and "T-77" in shown
    assert "Something else entirely" not in desk.get("/listings?q=galaxy")
    editor = desk.get(f"/listings/{one}/editor?q=hubble")
    assert "Hubble print" in editor and "10 available" in editor and "It is this" in editor
    answer = desk.post(f"/listings/{one}/match", 200, only=bazaar.print.id, version=version(bazaar, one), **IN_LIST)
    assert "Chosen by Alice" in answer.text and "Matched" in answer.headers["HX-Trigger"]
    assert parts(bazaar, one) == {bazaar.print.id: 1} and bazaar.listing(one).match == "matched"
    assert "Every listing is matched" in desk.get("/listings?view=none")


def test_a_bundle_of_several_parts_with_units(desk: Desk, bazaar: Bazaar, world: Any) -> None:
    frame = world.variant(world.product(bazaar.shop, "Oak frame", stock=4))
    one = bazaar.offer(PRINT, title="Two prints in a frame")
    editor = desk.get(f"/listings/{one}?picked=1&units-{bazaar.print.id}=2&add={frame.id}&q=")
    assert "A bundle of" in editor and f'name="units-{frame.id}"' in editor
    bundle = {f"units-{bazaar.print.id}": "2", f"units-{frame.id}": "1", "picked": "1"}
    wrong = desk.post(
        f"/listings/{one}/match", 422, version=version(bazaar, one), **{**bundle, f"units-{frame.id}": "-3"}
    )
    assert "whole number of units" in wrong.text and 'value="-3"' in wrong.text and parts(bazaar, one) == {}
    desk.post(f"/listings/{one}/match", version=version(bazaar, one), **bundle)
    assert parts(bazaar, one) == {bazaar.print.id: 2, frame.id: 1}


def test_a_suggestion_is_accepted_left_out_or_taken_back(desk: Desk, bazaar: Bazaar) -> None:
    one = bazaar.offer(PRINT, title="Hubble print")
    shown = desk.get("/listings")
    assert "Suggested" in shown and "Called much alike" in shown
    act = f"/listings/{one}/decision"
    desk.post(act, 200, do="accept", version=version(bazaar, one), **IN_LIST)
    assert bazaar.listing(one).match == "matched"
    desk.post(act, do="unmatch", version=version(bazaar, one))
    assert bazaar.listing(one).match == "none" and parts(bazaar, one) == {}
    desk.post(act, do="ignore", version=version(bazaar, one))
    assert bazaar.listing(one).match == "ignored" and "Hubble print" in desk.get("/listings?view=ignored")
    desk.post(act, 422, do="sell", version=version(bazaar, one))
    assert bazaar.listing(one).match == "ignored"


def test_a_title_full_of_keywords_still_leads_to_the_product_that_it_names(
    desk: Desk, bazaar: Bazaar, world: Any
) -> None:
    world.product(bazaar.shop, "Oak frame", stock=4)
    named = "Poster of space wall art HUBBLE PRINT gift for him and her, living room decoration, A2 A3 A4"
    shown = desk.get(f"/listings/{bazaar.offer(PRINT, title=named, sku='XK-1')}")
    assert "Called much alike" in shown and f'name="only" value="{bazaar.print.id}"' in shown
    assert "Oak frame" not in shown
    nothing = desk.get(f"/listings/{bazaar.offer(Ref('2'), title='Garden gnome')}")
    assert "Called much alike" not in nothing and 'name="only"' not in nothing


def test_two_people_at_one_listing_see_the_difference(desk: Desk, bazaar: Bazaar, world: Any) -> None:
    other = world.variant(world.product(bazaar.shop, "Oak frame", stock=4))
    one = bazaar.offer(PRINT, title="Hubble print")
    seen = version(bazaar, one)
    desk.post(f"/listings/{one}/match", only=other.id, version=seen)
    late = desk.post(f"/listings/{one}/match", 409, version=seen, picked=1, **{f"units-{bazaar.print.id}": "3"})
    assert "You chose" in late.text and "3 × Hubble print" in late.text and "1 × Oak frame" in late.text
    row = desk.post(f"/listings/{one}/decision", 409, do="ignore", version=seen, **IN_LIST)
    assert row.text.lstrip().startswith("<li") and "Somebody else changed this" in row.text
    assert "Leave it out" in row.text
    assert parts(bazaar, one) == {other.id: 1} and bazaar.listing(one).match == "matched"


def test_many_suggestions_are_accepted_after_a_look_and_never_more_than_it_counted(
    desk: Desk, bazaar: Bazaar, world: Any
) -> None:
    world.product(bazaar.shop, "Nebula mug", stock=5)
    sure = bazaar.offer(Ref("1", "1"), title="Hubble print")
    also = bazaar.offer(Ref("2", "1"), title="Nebula mug")
    summary = desk.get("/listings/suggestions?at_least=80")
    assert '<strong class="num">2</strong> listings will be matched' in summary
    bazaar.offer(Ref("3", "1"), title="Nebula mug")
    refused = desk.post("/listings/suggestions", 422, at_least=80, sure=2)
    assert "There are 3 such suggestions now" in refused.text and bazaar.listing(sure).match == "suggested"
    desk.post("/listings/suggestions", at_least=80, sure=3)
    assert bazaar.listing(sure).match == bazaar.listing(also).match == "matched"
    assert "No suggestion is that sure" in desk.get("/listings/suggestions")


def test_pages_of_listings_ask_the_same_number_of_statements_however_long_they_are(
    desk: Desk, bazaar: Bazaar, world: Any
) -> None:
    bazaar.offer(Ref("0", "0"), title="Hubble print 0")
    with statements() as few:
        desk.get("/listings?view=all")
    for number in range(1, 60):
        title = f"Mug {number}"
        with db.workspace(bazaar.workspace.id):
            listings.keep(bazaar.connection, [ListingFacts(Ref(str(number)), title, quantity=0)])
    with statements() as many:
        first = desk.get("/listings?view=all")
    assert len(many) == len(few)
    assert "Mug 59" in first and "Hubble print 0" not in first
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after and "Hubble print 0" in desk.get(after[1].replace("&amp;", "&"))


def test_a_listing_has_rules_of_its_own(desk: Desk, bazaar: Bazaar) -> None:
    one = bazaar.offer(PRINT, bazaar.print.id)
    stale = version(bazaar, one)
    wrong = desk.post(f"/listings/{one}/rules", 422, version=stale, share="120", buffer="")
    assert 'value="120"' in wrong.text and "0 to 100 percent" in wrong.text
    desk.post(f"/listings/{one}/rules", version=stale, share="", buffer="4", most="", minimum="")
    row = bazaar.listing(one)
    assert (row.share, row.buffer, row.most, row.stock_paused) == (None, 4, None, False)
    desk.post(f"/listings/{one}/rules", 409, version=stale, buffer="9")
    assert bazaar.listing(one).buffer == 4
    assert "buffer 4" in desk.get(f"{desk.home}/inventory/channels")


def test_their_warehouse_is_chosen_of_those_that_they_have(desk: Desk, bazaar: Bazaar) -> None:
    with db.workspace(bazaar.workspace.id):
        places = [{"id": "W-1", "name": "Leeds", "default": True}, {"id": "W-2", "name": "York", "default": False}]
        bazaar.connection.settings = {"places": places}
    here = f"/{bazaar.connection_id}"
    assert "Leeds (its default)" in desk.get(here)
    refused = desk.post(f"{here}/warehouses", 422, version=connection(bazaar).version, place="W-9")
    assert "Choose one of the places" in refused.text and connection(bazaar).warehouses == {}
    desk.post(f"{here}/warehouses", version=connection(bazaar).version, place="W-2")
    assert list(connection(bazaar).warehouses.values()) == ["W-2"]


def test_only_what_failed_is_tried_again(desk: Desk, bazaar: Bazaar) -> None:
    fine, wrong = (bazaar.offer(Ref(one), bazaar.print.id, title=one) for one in ("fine", "wrong"))
    with db.workspace(bazaar.workspace.id) as session:
        taking.failed(bazaar.connection, facts(item(PRINT), id="broken"), "ValueError: no such currency")
        told = {ChannelListing.pushed_version: ChannelListing.asked}
        session.execute(update(ChannelListing).where(ChannelListing.id == fine).values(told))
        waits = {
            "push_error": "Category needs a brand",
            "push_failures": 3,
            "push_after": db.now() + timedelta(hours=6),
        }
        session.execute(update(ChannelListing).where(ChannelListing.id == wrong).values(**waits))
    here = f"/{bazaar.connection_id}"
    shown = desk.get(here)
    assert "1 order could not be brought in" in shown and "no such currency" in shown
    assert "Category needs a brand" in shown and "Category needs a brand" in desk.get("/listings?view=problems")
    before = bazaar.listing(fine).asked
    desk.post(f"{here}/retries", do="orders")
    assert jobs("channels.read_orders")[-1]["remote_ids"] == ["broken"]
    desk.post(f"{here}/retries", do="listings")
    assert bazaar.listing(wrong).push_after is None and bazaar.listing(fine).asked == before
    desk.post(f"{here}/retries", 422, do="everything")


def told(bazaar: Bazaar, listing_id: UUID, units: int) -> None:
    """As after a push: the platform has this number and shows it."""
    with db.workspace(bazaar.workspace.id) as session:
        values = {"pushed": units, "seen": units, "pushed_at": db.now(), "seen_at": db.now()}
        mine = update(ChannelListing).where(ChannelListing.id == listing_id)
        session.execute(mine.values(pushed_version=ChannelListing.asked, **values))


def test_the_truth_table_says_what_each_channel_may_sell_and_whether_it_shows_that(
    desk: Desk, bazaar: Bazaar, world: Any
) -> None:
    table = f"{desk.home}/inventory/channels"
    assert "No product is sold elsewhere yet" in desk.get(table)
    one = bazaar.offer(PRINT, bazaar.print.id)
    assert "Being told" in desk.get(table) and "(1 differ)" in desk.get(table)
    told(bazaar, one, 10)
    assert "Agrees" in desk.get(table) and "Every shop shows what you offer" in desk.get(f"{table}?view=differences")
    with db.workspace(bazaar.workspace.id):
        bazaar.connection.buffer, bazaar.connection.share = 1, 80
        bought = inventory.Want(bazaar.workspace.id, bazaar.print.id, 2)
        inventory.reserve(new_id(), [bought], db.now() + timedelta(minutes=10))
    bazaar.settle()
    shown = words_of(desk.get(f"{table}?view=differences"))
    assert re.search(r"10 – 2 – 8 5 Being told, shows 10 80 % share, buffer 1", shown), shown
    cell = f"{table}/{one}/{bazaar.print.id}"
    steps = words_of(desk.get(cell))
    assert "In your own carts −2" in steps and "Available 8" in steps and "Offered there 5" in steps
    assert "80 % share, buffer 1." in steps and "Push now" in steps


DIFFERENT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Changed over there; the next check puts it right", {"seen": 7}, {}),
    ("The shop has not said yet what it shows", {"seen": None}, {}),
    ("Off sale", {"state": "inactive"}, {}),
    ("That shop counts no units of it", {"counted": False, "seen": None}, {}),
    ("The price is missing", {"push_error": "The price is missing", "asked": 99, "seen": 7}, {}),
    ("The shop is paused", {"seen": 7}, {"state": "paused"}),
    ("Told once you connect the shop again", {"seen": 7}, {"state": "needs_reauth"}),
    ("The shop’s rules say not to tell", {"seen": 7}, {"stock_paused": True}),
    ("This listing’s rules say not to tell", {"seen": 7, "stock_paused": True}, {}),
]


@pytest.mark.parametrize(("why", "listing", "shop"), DIFFERENT, ids=[one[0] for one in DIFFERENT])
def test_each_number_that_differs_says_why(
    desk: Desk, bazaar: Bazaar, why: str, listing: dict[str, Any], shop: dict[str, Any]
) -> None:
    one, table = bazaar.offer(PRINT, bazaar.print.id), f"{desk.home}/inventory/channels"
    told(bazaar, one, 10)
    for path in (table, f"{table}/{one}/{bazaar.print.id}"):
        assert why not in desk.get(path)
    with db.workspace(bazaar.workspace.id) as session:
        session.execute(update(ChannelListing).where(ChannelListing.id == one).values(**listing))
        for name, value in shop.items():
            setattr(bazaar.connection, name, value)
    for path in (table, f"{table}/{one}/{bazaar.print.id}"):
        assert why in desk.get(path)


def test_a_cell_pushes_and_reads(desk: Desk, bazaar: Bazaar) -> None:
    one = bazaar.offer(PRINT, bazaar.print.id)
    told(bazaar, one, 10)
    cell = f"../inventory/channels/{one}/{bazaar.print.id}"
    before = bazaar.listing(one).asked
    desk.post(f"/{cell}", do="push")
    assert bazaar.listing(one).asked == before + 1
    desk.post(f"/{cell}", do="read")
    assert jobs("channels.read_products")[-1]["product_ids"] == [PRINT.product]
    desk.post(f"/{cell}", 422, do="guess")
    desk.post(f"/{bazaar.connection_id}/state", state="pause")
    refused = desk.post(f"/{cell}", 422, do="push")
    assert "is not connected now" in refused.text and bazaar.listing(one).asked == before + 1
    desk.get(f"{desk.home}/inventory/channels/{new_id()}/{bazaar.print.id}", 404)


def test_the_truth_table_asks_the_same_number_of_statements_however_long_it_is(
    desk: Desk, bazaar: Bazaar, world: Any
) -> None:
    bazaar.offer(Ref("0"), bazaar.print.id)
    table = f"{desk.home}/inventory/channels"
    with statements() as few:
        desk.get(table)
    for number in range(1, 45):
        variant = world.variant(world.product(bazaar.shop, f"Mug {number:02}", stock=3))
        with db.workspace(bazaar.workspace.id) as session:
            listings.keep(bazaar.connection, [ListingFacts(Ref(str(number)), "there", quantity=3)])
            row = session.scalars(select(ChannelListing).where(ChannelListing.product_ref == str(number))).one()
            matching.match(
                ALICE, row, row.version, {variant.id: 1, bazaar.print.id: 1} if number == 1 else {variant.id: 1}
            )
    with statements() as many:
        first = desk.get(table)
    assert len(many) == len(few)
    assert "Hubble print" in first and "Mug 24" in first and "Mug 25" not in first
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after and "Mug 40" in desk.get(after[1].replace("&amp;", "&"))


def test_what_a_disconnected_shop_listed_is_shown_only_when_it_is_asked_for(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id, title="Hubble print A2")
    assert "Hubble print A2" in desk.get("/listings?view=matched")
    desk.post(f"/{bazaar.connection_id}/disconnection", name="Northlight there")
    assert "Hubble print A2" not in desk.get("/listings?view=matched")
    assert "Hubble print A2" in desk.get(f"/listings?view=matched&channel={bazaar.connection_id}")
