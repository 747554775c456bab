"""Channels through their pages, as a seller with a browser does it; no platform is asked."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from app.channels.actions import listings, matching, returning, runs, taking
from app.channels.channel_facts import CancelLine, ListingFacts, PackageFacts, Recipient, Ref, ReturnFacts
from app.channels.models import (
    ChannelConnection,
    ChannelConsent,
    ChannelListing,
    ChannelOrder,
    ChannelRequest,
    ChannelReturn,
    ChannelRun,
    ChannelShipment,
    ListingPart,
)
from app.core import db, storage
from app.core.ids import new_id
from app.core.outbox import OutboxJob
from app.inventory import actions as inventory
from app.live.topics import allowed
from app.orders.models import Fulfilment
from tests.asked import statements
from tests.channels.bazaar import ALICE, Bazaar, facts, item

PRINT = Ref("1729", "9001")


@pytest.fixture
def bazaar(world: Any, run_jobs: Any) -> Bazaar:
    return Bazaar(world, run_jobs)


class Desk:
    """A browser on the seller's pages; forms carry their token."""

    def __init__(self, client: Any, slug: str) -> None:
        self.client, self.home, self.base = client, f"/w/{slug}", f"/w/{slug}/channels"

    def get(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(path if path.startswith("/") and path.startswith(self.home) else self.base + path)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def post(self, path: str, status: int = 303, **form: Any) -> Any:
        page = self.client.get("/discover").get_data(as_text=True)
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token
        place = self.home + path.removeprefix("/..") if path.startswith("/../") else self.base + path
        answer = self.client.post(place, data={"csrf_token": token[1], **form})
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture
def desk(client: Any, world: Any) -> Desk:
    world.sign_in(client, world.alice)
    return Desk(client, world.north.slug)


def jobs(name: str) -> list[dict[str, Any]]:
    """What waits to be done under this name."""
    with db.system("jobs") as session:
        found = session.scalars(select(OutboxJob).where(OutboxJob.name == name).order_by(OutboxJob.id))
        return [one.payload for one in found]


def connection(bazaar: Bazaar) -> ChannelConnection:
    with db.workspace(bazaar.workspace.id) as session:
        return session.get_one(ChannelConnection, (bazaar.workspace.id, bazaar.connection_id), populate_existing=True)


def consents(world: Any) -> list[ChannelConsent]:
    with db.workspace(world.north.id) as session:
        wanted = select(ChannelConsent).order_by(ChannelConsent.id).execution_options(populate_existing=True)
        return list(session.scalars(wanted))


# --- connecting
def test_without_a_connection_the_page_says_what_channels_are_for(desk: Desk) -> None:
    shown = desk.get()
    assert "Sell everywhere, pack in one place" in shown
    for kind in ("tiktok", "shopee", "woocommerce"):
        assert f"/channels/new?kind={kind}" in shown
    assert "Open a shop first" in desk.get("/new?kind=tiktok")


def outward(client: Any, sent: Any) -> str:
    """Where the page leads on to that is shown before leaving; it is ours, so a form may end there."""
    page = client.get(sent.headers["Location"]).text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found and f'href="{found[1]}"' in page
    return unescape(found[1])


def test_the_way_to_tiktok_and_back_ends_at_a_page_that_waits(desk: Desk, world: Any, client: Any) -> None:
    shop = world.shop(world.north)
    assert client.get(f"{desk.base}/new?kind=tiktok").status_code == 200
    gone = urlsplit(outward(client, desk.post("/consents", kind="tiktok", shop_id=shop.id, region="GB")))
    (row,) = consents(world)
    assert gone.path.endswith("/open/authorize") and parse_qs(gone.query)["state"] == [row.nonce]
    back = client.get("/channels/tiktok/return", query_string={"code": "c-1", "state": row.nonce, "locale": "en"})
    assert back.status_code == 303 and back.headers["Location"] == f"{desk.base}/consents/{row.id}"
    assert "Opening TikTok Shop" in client.get(back.headers["Location"]).text
    assert [one["consent_id"] for one in jobs("channels.authorise")] == [str(row.id)]
    client.get("/channels/tiktok/return", query_string={"code": "c-2", "state": row.nonce})
    assert len(jobs("channels.authorise")) == 1, "an answer works once"


def test_a_no_at_the_platform_is_said_and_nothing_is_asked_of_it(desk: Desk, world: Any, client: Any) -> None:
    desk.post("/consents", kind="tiktok", shop_id=world.shop(world.north).id)
    (row,) = consents(world)
    back = client.get("/channels/tiktok/return", query_string={"state": row.nonce})
    shown = client.get(back.headers["Location"]).text
    assert "TikTok Shop is not connected" in shown and "The answer there was no" in shown
    assert jobs("channels.authorise") == []


@pytest.mark.parametrize("kind", ["shopee", "woocommerce"])
def test_an_answer_of_another_platform_or_another_person_is_lost(
    desk: Desk, world: Any, app: Any, client: Any, kind: str
) -> None:
    desk.post("/consents", kind="tiktok", shop_id=world.shop(world.north).id)
    (row,) = consents(world)
    name = "user_id" if kind == "woocommerce" else "state"
    answer = client.get(f"/channels/{kind}/return", query_string={"code": "c", name: row.nonce, "success": "1"})
    assert answer.status_code == 404 and "came too late" in answer.text
    for person in (world.ada, world.charlie):
        other = world.sign_in(app.test_client(), person)
        taken = other.get("/channels/tiktok/return", query_string={"code": "c", "state": row.nonce})
        assert taken.status_code == 404
    assert app.test_client().get(f"/channels/tiktok/return?code=c&state={row.nonce}").status_code == 303
    assert consents(world)[0].state == "asked" and jobs("channels.authorise") == []


def test_woocommerces_keys_come_from_its_server_and_the_browser_alone_answers_nothing(
    desk: Desk, world: Any, app: Any, client: Any
) -> None:
    shop = world.shop(world.north)
    sent = desk.post("/consents", kind="woocommerce", shop_id=shop.id, address="https://shop.example.com/wp-admin")
    assert outward(client, sent).startswith("https://shop.example.com/wc-auth/v1/authorize?")
    (row,) = consents(world)
    back = client.get("/channels/woocommerce/return", query_string={"success": "1", "user_id": row.nonce})
    assert consents(world)[0].state == "asked" and jobs("channels.authorise") == []
    assert "sending its keys" in client.get(back.headers["Location"]).text
    server = app.test_client()
    for wrong in ({}, {"user_id": "no such nonce"}, ["user_id"]):
        assert server.post("/channels/woocommerce/keys", json=wrong).status_code == 400
    huge = server.post("/channels/woocommerce/keys", json={"user_id": row.nonce, "more": "x" * 20_000})
    assert huge.status_code == 400 and consents(world)[0].state == "asked"
    keys = {"key_id": 1, "user_id": row.nonce, "consumer_key": "ck_1", "consumer_secret": "cs_1"}
    assert server.post("/channels/woocommerce/keys", json=keys).status_code == 200
    assert consents(world)[0].state == "answered" and len(jobs("channels.authorise")) == 1


def test_keys_do_not_answer_for_another_platform(desk: Desk, world: Any, app: Any) -> None:
    desk.post("/consents", kind="tiktok", shop_id=world.shop(world.north).id)
    (row,) = consents(world)
    answer = app.test_client().post("/channels/woocommerce/keys", json={"user_id": row.nonce, "code": "c"})
    assert answer.status_code == 400 and consents(world)[0].state == "asked"


def test_what_was_typed_wrongly_is_said_beside_its_field(desk: Desk, world: Any) -> None:
    shop = world.shop(world.north)
    empty = desk.post("/consents", status=422, kind="woocommerce", shop_id=shop.id, address=" ")
    assert "Enter the address of your shop" in empty.text
    inside = desk.post("/consents", status=422, kind="woocommerce", shop_id=shop.id, address="http://10.0.0.7/")
    assert 'value="http://10.0.0.7/"' in inside.text and 'id="address-error"' in inside.text
    desk.post("/consents", status=422, kind="etsy", shop_id=shop.id)
    assert consents(world) == []


# --- one connection
def test_the_cards_ask_the_same_number_of_statements_however_many_they_are(
    desk: Desk, world: Any, run_jobs: Any
) -> None:
    first = Bazaar(world, run_jobs)
    with statements() as few:
        desk.get()
    Bazaar(world, run_jobs, "shopee")
    Bazaar(world, run_jobs, "woocommerce")
    run_of(first, "listings", done=1, left=2)
    with statements() as many:
        shown = desk.get()
    assert len(many) == len(few) and shown.count("<article") == 3 and "1 of 3" in shown


def test_a_connections_page_has_its_health_and_rules_with_an_example(desk: Desk, bazaar: Bazaar) -> None:
    card = desk.get()
    assert "Northlight there" in card and "Connected" in card
    here = f"/{bazaar.connection_id}"
    assert "of 10 available" in desk.get(here).lower()
    shown = desk.get(f"{here}/example?share=80&buffer=1&most=&minimum=0")
    assert "<strong>7</strong> are offered" in shown and "80 % share, buffer 1" in shown
    row = connection(bazaar)
    desk.post(f"{here}/rules", share="80", buffer="1", most="", minimum="0", version=row.version)
    fresh = connection(bazaar)
    assert (fresh.share, fresh.buffer, fresh.most, fresh.stock_paused) == (80, 1, None, False)
    assert jobs("channels.push_all") == [
        {"workspace_id": str(bazaar.workspace.id), "connection_id": str(bazaar.connection_id)}
    ]


def test_a_refused_rule_keeps_what_was_typed_and_a_conflict_shows_the_difference(desk: Desk, bazaar: Bazaar) -> None:
    here, row = f"/{bazaar.connection_id}", connection(bazaar)
    wrong = desk.post(f"{here}/rules", status=422, share="140", buffer="two", minimum="0", version=row.version)
    assert 'value="140"' in wrong.text and "0 to 100 percent" in wrong.text
    desk.post(f"{here}/rules", share="50", buffer="0", minimum="0", version=row.version)
    stale = desk.post(f"{here}/rules", status=409, share="90", buffer="0", minimum="0", version=row.version)
    assert "You typed" in stale.text and re.search(r"<td>90</td><td>50</td>", stale.text)
    assert connection(bazaar).share == 50


def test_pause_go_on_and_disconnect(desk: Desk, bazaar: Bazaar) -> None:
    here = f"/{bazaar.connection_id}"
    desk.post(f"{here}/state", state="pause")
    assert connection(bazaar).state == "paused" and "Nothing is asked of" in desk.get(here)
    desk.post(f"{here}/state", state="resume")
    assert connection(bazaar).state == "active"
    refused = desk.post(f"{here}/disconnection", status=422, name="Something else")
    assert "It is still connected" in refused.text and connection(bazaar).state == "active"
    desk.post(f"{here}/disconnection", name="northlight THERE")
    assert connection(bazaar).state == "disconnected"
    assert "1 disconnected shop" in desk.get() and "Disconnected" in desk.get(here)
    assert "/open/authorize" in outward(desk.client, desk.post(f"{here}/consents"))


def test_webhooks_are_repaired_and_orders_looked_for_by_hand(desk: Desk, bazaar: Bazaar) -> None:
    here = f"/{bazaar.connection_id}"
    with db.workspace(bazaar.workspace.id):
        bazaar.connection.hooks = {"healthy": False, "missing": ["ORDER"], "checked_at": db.now().isoformat()}
    assert "1 webhook missing" in desk.get() and "Missing: ORDER" in desk.get(here)
    for do, job in (("mend", "channels.mend_hooks"), ("orders", "channels.look_for_orders")):
        desk.post(f"{here}/checks", do=do)
        assert jobs(job)[-1]["connection_id"] == str(bazaar.connection_id)
    desk.post(f"{here}/checks", status=422, do="nonsense")
    desk.post(f"{here}/state", state="pause")
    before = len(jobs("channels.mend_hooks"))
    desk.post(f"{here}/checks", status=422, do="mend")
    assert len(jobs("channels.mend_hooks")) == before


def test_a_connection_that_needs_its_seller_says_so_first(desk: Desk, bazaar: Bazaar) -> None:
    with db.workspace(bazaar.workspace.id):
        row = bazaar.connection
        row.state, row.error = "needs_reauth", "TikTok Shop: the authorisation was cancelled"
    for shown in (desk.get(), desk.get(f"/{bazaar.connection_id}")):
        assert "Needs you: connect again" in shown and "the authorisation was cancelled" in shown
        assert f"{bazaar.connection_id}/consents" in shown


# --- runs
def run_of(bazaar: Bazaar, kind: str, done: int = 0, failed: int = 0, left: int | None = None) -> UUID:
    with db.workspace(bazaar.workspace.id):
        row = runs.begin(bazaar.connection_id, kind, "by hand")
        assert row is not None
        row.created_at = db.now() - timedelta(minutes=1)
        runs.moved(row, done=done, failed=failed, left=left)
        if failed:
            runs.failed_item(row, "Order 4711", "The currency XTS is not known")
        return row.id


def test_the_log_shows_runs_their_end_and_their_items(desk: Desk, bazaar: Bazaar) -> None:
    assert "Nothing has run yet" in desk.get("/runs")
    run_id = run_of(bazaar, "listings", done=30, left=60)
    shown = desk.get(f"/runs/{run_id}")
    assert "30 of 90" in shown and "ends about" in shown and "by hand" in shown
    assert "30 of 90" in desk.get("/runs") and "30 of 90" in desk.get()
    failed = run_of(bazaar, "orders", done=2, failed=1)
    with db.workspace(bazaar.workspace.id):
        runs.finish(db.get(ChannelRun, failed))
    shown = desk.get(f"/runs/{failed}")
    assert "Some failed" in shown and "The currency XTS is not known" in shown
    assert "No such run" in desk.get("/runs?kind=tracking") and "Orders in" in desk.get("/runs?state=partly")


# --- listings
def version(bazaar: Bazaar, listing_id: UUID) -> int:
    return bazaar.listing(listing_id).version


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


IN_LIST = {"from": "list"}


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
    summary = desk.get("/suggestions?at_least=80")
    assert '<strong class="num">2</strong> listings will be matched' in summary
    bazaar.offer(Ref("3", "1"), title="Nebula mug")
    refused = desk.post("/suggestions", 422, at_least=80, sure=2)
    assert "There are 3 such suggestions now" in refused.text and bazaar.listing(sure).match == "suggested"
    desk.post("/suggestions", at_least=80, sure=3)
    assert bazaar.listing(sure).match == bazaar.listing(also).match == "matched"
    assert "No suggestion is that sure" in desk.get("/suggestions")


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


# --- trying again
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


# --- the truth table
def told(bazaar: Bazaar, listing_id: UUID, units: int) -> None:
    """As after a push: the platform has this number and shows it."""
    with db.workspace(bazaar.workspace.id) as session:
        values = {"pushed": units, "seen": units, "pushed_at": db.now(), "seen_at": db.now()}
        mine = update(ChannelListing).where(ChannelListing.id == listing_id)
        session.execute(mine.values(pushed_version=ChannelListing.asked, **values))


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


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


# --- an order's page
def number(bazaar: Bazaar, row: ChannelOrder) -> int:
    return bazaar.order(row).number


def test_the_order_page_shows_what_the_platform_said(desk: Desk, bazaar: Bazaar, world: Any, app: Any) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    masked = Recipient("M***a", "***", city="Bristol", country="GB", masked=True)
    parcel = PackageFacts("P-1", "arranged", tracking_number="TT-99", carrier="Royal Mail")
    said = facts(item(PRINT, 2, seller_discount_minor=500), recipient=masked, packages=(parcel,))
    order = number(bazaar, bazaar.say(said))
    assert f"{desk.base}/orders/{order}" in desk.get(f"{desk.home}/orders/{order}")
    shown = words_of(desk.get(f"/orders/{order}"))
    assert "From TikTok Shop" in shown and "576461413038785752" in shown and "AWAITING_SHIPMENT" in shown
    assert "Your discount" in shown and "£48.00" in shown and "TT-99" in shown and "Pickup arranged" in shown
    assert "hides part of the buyer" in shown and "unknown" in shown and "kept" in shown
    other = Desk(world.sign_in(app.test_client(), world.bob), world.north.slug)
    assert "own words" not in other.get(f"/orders/{order}"), "what was said word for word is for owners and admins"
    desk.get("/orders/99999", 404)


def test_an_unmatched_item_is_matched_on_the_order_and_remembered(desk: Desk, bazaar: Bazaar) -> None:
    row = bazaar.say(facts(item(PRINT, 2)))
    order = number(bazaar, row)
    shown = desk.get(f"/orders/{order}")
    assert "for a match" in shown and bazaar.order(row).held_at is not None and bazaar.level() == (10, 0)
    with db.workspace(bazaar.workspace.id) as session:
        one = session.scalars(select(ChannelListing.id)).one()
    desk.post(f"/listings/{one}/match", 200, only=bazaar.print.id, version=version(bazaar, one), **IN_LIST)
    bazaar.settle()
    assert bazaar.order(row).held_at is None and bazaar.level() == (8, 0)
    assert "for a match" not in desk.get(f"/orders/{order}")
    later = bazaar.say(facts(item(PRINT, 1), id="another"))
    assert bazaar.order(later).held_at is None and bazaar.level() == (7, 0)


def test_an_oversold_order_offers_what_can_be_done_and_is_cancelled_there_in_part(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    row = bazaar.say(facts(item(PRINT, 12)))
    order = number(bazaar, row)
    shown = words_of(desk.get(f"/orders/{order}"))
    assert "Oversold" in shown and "2 × " in shown and "Restock" in shown and "Cancel at TikTok Shop" in shown
    part = {"cancel-line-1729-9001": "2"}
    refused = desk.post(f"/orders/{order}/cancellation", 422, reason="bored", **part)
    assert "Choose why it is cancelled" in refused.text and jobs("channels.ask") == []
    desk.post(f"/orders/{order}/cancellation", reason="out_of_stock", **part)
    (request,) = requests(bazaar)
    assert (request.kind, request.args["reason"]) == ("cancel", "out_of_stock") and len(jobs("channels.ask")) == 1
    assert request.args["lines"][0]["quantity"] == 2
    again = desk.post(f"/orders/{order}/cancellation", 409, reason="out_of_stock")
    assert "being asked that already" in again.text and len(requests(bazaar)) == 1


def requests(bazaar: Bazaar) -> list[ChannelRequest]:
    with db.workspace(bazaar.workspace.id) as session:
        return list(session.scalars(select(ChannelRequest).order_by(ChannelRequest.id)))


def test_a_buyers_wish_to_cancel_is_answered_once(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    asks = facts(item(PRINT), state="cancel_requested", status="AWAITING_SHIPMENT", cancel_id="C-7")
    order = number(bazaar, bazaar.say(asks))
    shown = desk.get(f"/orders/{order}")
    assert "The buyer asks to cancel at TikTok Shop" in shown
    desk.post(f"/orders/{order}/cancellation/answer", 422, do="maybe")
    assert requests(bazaar) == []
    desk.post(f"/orders/{order}/cancellation/answer", do="refuse")
    (request,) = requests(bazaar)
    assert request.args == {"accept": False, "cancel_id": "C-7"}
    assert "Your answer is on its way" in desk.get(f"/orders/{order}")


def shipment(bazaar: Bazaar, row: ChannelOrder, **fields: Any) -> UUID:
    with db.workspace(bazaar.workspace.id):
        return db.add(ChannelShipment(channel_order_id=row.id, handover={}, **fields)).id


def test_a_refused_telling_is_told_again(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    row = bazaar.say(facts(item(PRINT)))
    order = number(bazaar, row)
    with db.workspace(bazaar.workspace.id):
        sent = db.add(Fulfilment(order_id=bazaar.order(row).id, lines=[], carrier="DHL", tracking_number="X1"))
    told = shipment(bazaar, row, fulfilment_id=sent.id, state="failed", error="The number is too short", carrier="DHL")
    assert "The number is too short" in desk.get(f"/orders/{order}")
    desk.post(f"/shipments/{told}/retries")
    assert jobs("channels.tell_shipped")[-1]["shipment_id"] == str(told)
    count = len(jobs("channels.tell_shipped"))
    desk.post(f"/shipments/{told}/retries", 422)
    assert len(jobs("channels.tell_shipped")) == count


def test_the_platforms_label_is_a_file_of_ours(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    row = bazaar.say(facts(item(PRINT), platform_ships=True, packages=(PackageFacts("P-1", "to_ship"),)))
    order = number(bazaar, row)
    assert "handovers?package=P-1" in desk.get(f"/orders/{order}")
    key = f"workspaces/{bazaar.workspace.id}/channel-labels/{new_id()}.pdf"
    storage.put_bytes(key, b"%PDF-1.7 label")
    told = shipment(bazaar, row, package_ref="P-1", state="done", document=key)
    shown = desk.get(f"/orders/{order}")
    assert "Print label" in shown and "handovers?package=P-1" not in shown
    answer = desk.client.get(f"{desk.base}/shipments/{told}/label")
    assert answer.content_type == "application/pdf" and answer.data == b"%PDF-1.7 label"
    desk.get(f"/orders/{order}/handovers?package=P-2", 404)


def test_a_return_is_answered_and_unpacked(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    row = bazaar.say(facts(item(PRINT, 2)))
    order = number(bazaar, row)
    said = ReturnFacts("R-1", row.remote_id, "asked", "RETURN_OR_REFUND_REQUEST_PENDING", "Arrived bent", 2500, "GBP")
    with db.workspace(bazaar.workspace.id):
        back = returning.keep(bazaar.connection, replace(said, items=(CancelLine(PRINT, 1),))).id
    assert "Arrived bent" in desk.get(f"/orders/{order}") and "£25.00" in desk.get(f"/orders/{order}")
    refused = desk.post(f"/returns/{back}/answer", 422, do="refuse", words=" ")
    assert "Tell the platform why" in refused.text and requests(bazaar) == []
    desk.post(f"/returns/{back}/answer", do="accept")
    assert [one.kind for one in requests(bazaar)] == ["answer_return"]
    with db.workspace(bazaar.workspace.id):
        db.get(ChannelReturn, back).state = "on_the_way"
    level = bazaar.level()[0]
    desk.post(f"/returns/{back}/receipt", 422, do="eat")
    desk.post(f"/returns/{back}/receipt", do="restock")
    assert bazaar.level()[0] == level + 1
    desk.post(f"/returns/{back}/receipt", 422, do="restock")
    assert bazaar.level()[0] == level + 1


# --- who may
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("/consents", {"kind": "tiktok"}),
    ("/{connection}/consents", {}),
    ("/{connection}/rules", {"share": "1", "buffer": "9", "minimum": "0", "version": "1"}),
    ("/{connection}/state", {"state": "pause"}),
    ("/{connection}/disconnection", {"name": "Northlight there"}),
    ("/{connection}/checks", {"do": "mend"}),
    ("/{connection}/retries", {"do": "listings"}),
    ("/runs/{run}/retries", {}),
    ("/listings/{listing}/match", {"version": "1"}),
    ("/listings/{listing}/decision", {"do": "ignore", "version": "1"}),
    ("/suggestions", {"at_least": "70", "sure": "1"}),
    ("/{connection}/warehouses", {"version": "1", "place": ""}),
    ("/listings/{listing}/rules", {"version": "2", "buffer": "3"}),
    ("/../inventory/channels/{listing}/{variant}", {"do": "push"}),
    ("/orders/{order}/cancellation", {"reason": "out_of_stock"}),
    ("/orders/{order}/cancellation/answer", {"do": "accept"}),
    ("/orders/{order}/labels", {"package": "P-1", "handover": "1"}),
    ("/shipments/{shipment}/retries", {}),
    ("/returns/{returned}/answer", {"do": "accept"}),
    ("/returns/{returned}/receipt", {"do": "restock"}),
]
MEMBERS = (
    "/listings",
    "/runs",
    "/suggestions",
    "/{connection}/retries",
    "/../inventory",
    "/shipments",
    "/orders/{order}/labels",
)
MEMBERS_TOO = "/receipt"
"""What members may do too; the rest is for owners and admins."""


def state_of(bazaar: Bazaar) -> list[str]:
    with db.workspace(bazaar.workspace.id) as session:
        tables = (
            "channel_connections",
            "channel_consents",
            "channel_listings",
            "channel_listing_parts",
            "channel_runs",
        )
        rows = [row for name in tables for row in session.execute(text(f"select t::text from {name} t order by id"))]
    with db.system("jobs") as session:
        asked = session.execute(text("select name from outbox_jobs where name like 'channels.%' order by id"))
        return [*(row[0] for row in rows), *(row[0] for row in asked)]


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("bob", 403), ("charlie", 404), (None, 303)])
def test_who_may_not_changes_nothing(app: Any, world: Any, bazaar: Bazaar, who: str | None, status: int) -> None:
    bought = bazaar.say(facts(item(PRINT), state="cancel_requested", cancel_id="C-7"))
    with db.workspace(bazaar.workspace.id):
        returned = returning.keep(bazaar.connection, ReturnFacts("R-1", bought.remote_id, "asked", "")).id
    ids = {
        "order": number(bazaar, bought),
        "shipment": shipment(bazaar, bought, package_ref="P-1", state="failed"),
        "returned": returned,
        "connection": bazaar.connection_id,
        "listing": bazaar.offer(PRINT, bazaar.print.id),
        "run": run_of(bazaar, "orders", failed=1),
        "variant": bazaar.print.id,
    }
    browser = app.test_client()
    if who:
        world.sign_in(browser, getattr(world, who))
    desk, before = Desk(browser, world.north.slug), state_of(bazaar)
    for path, form in FORMS:
        if who == "bob" and (path.startswith(MEMBERS) or path.endswith(MEMBERS_TOO)):
            continue
        answer = desk.post(path.format(**ids), status, **form, shop_id=bazaar.shop.id)
        assert who or "/sign-in" in answer.headers["Location"]
    assert state_of(bazaar) == before


def test_a_viewer_reads_everything_and_is_offered_nothing(app: Any, world: Any, bazaar: Bazaar) -> None:
    listing = bazaar.offer(PRINT, title="Hubble print")
    desk = Desk(world.sign_in(app.test_client(), world.vera), world.north.slug)
    for path in ("", f"/{bazaar.connection_id}", "/listings", f"/listings/{listing}", "/runs"):
        shown = desk.get(path)
        main = shown[shown.index("<main") :]
        assert 'method="post"' not in main, path
    desk.get("/new", 403)


def test_members_hear_of_channels_and_their_runs_and_strangers_do_not(world: Any, bazaar: Bazaar) -> None:
    topics = [f"workspace:{world.north.id}:channels", f"run:{run_of(bazaar, 'listings')}"]
    assert allowed(topics, world.vera.id, None)
    for topic in topics:
        assert not allowed([topic], world.charlie.id, None)
