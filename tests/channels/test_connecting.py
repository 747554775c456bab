"""Connecting a platform and looking after the connection, as a seller with a browser does it; no platform is asked."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import runs
from app.channels.channel_facts import App
from app.channels.models import ChannelConsent, ChannelRun
from app.core import db, settings
from app.wiring import CHANNELS
from tests.asked import statements
from tests.channels.bazaar import Bazaar
from tests.channels.browsing import outward
from tests.channels.desk import Desk, connection, jobs, run_of


def consents(world: Any) -> list[ChannelConsent]:
    with db.workspace(world.north.id) as session:
        wanted = select(ChannelConsent).order_by(ChannelConsent.id).execution_options(populate_existing=True)
        return list(session.scalars(wanted))


def test_without_a_connection_the_page_says_what_channels_are_for(desk: Desk) -> None:
    shown = desk.get()
    assert "Sell everywhere, pack in one place" in shown
    for kind in ("tiktok", "shopee", "woocommerce"):
        assert f"/channels/new?kind={kind}" in shown
    assert "Open a shop first" in desk.get("/new?kind=tiktok")


def test_the_demo_shop_is_offered_only_where_a_platform_is_the_sandbox(
    desk: Desk, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.shop(world.north)
    pages = [f"/new?kind={kind}&demo=1" for kind in ("tiktok", "shopee", "woocommerce")]
    monkeypatch.setitem(vars(settings.current()), "sandbox_url", "")
    assert not any("demo shop" in desk.get(page) for page in pages)
    kinds = {kind: App("key", api="http://localhost:9/" + kind) for kind in ("tiktok", "shopee")}
    before = {kind: channel.app_of(kind) for kind in CHANNELS}
    monkeypatch.setitem(vars(settings.current()), "sandbox_url", "http://localhost:9")
    channel.use(CHANNELS, before | kinds)
    try:
        assert all("demo shop" in desk.get(page) for page in pages)
        assert 'value="http://localhost:9/woocommerce/deep-field"' in desk.get(pages[2])
        assert "stands in for TikTok Shop" in desk.get(pages[0])
    finally:
        channel.use(CHANNELS, before)


def test_a_platform_without_keys_is_said_to_be_missing_and_nobody_is_sent_there(desk: Desk, world: Any) -> None:
    shop = world.shop(world.north)
    there = App(api="https://api.example", consent="https://consent.example")
    channel.use(CHANNELS, {"tiktok": there, "shopee": there})
    assert "TikTok Shop is not set up on this server" in desk.get("/new?kind=tiktok")
    assert desk.get("/new").count("Not set up on this server") == 2, "a shop of one's own needs no keys of ours"
    refused = desk.post("/consents", 409, kind="tiktok", shop_id=shop.id)
    assert "is not set up on this server" in refused.text and consents(world) == []


def test_the_way_to_tiktok_and_back_ends_at_a_page_that_waits(desk: Desk, world: Any, client: Any) -> None:
    shop = world.shop(world.north)
    assert client.get(f"{desk.base}/new?kind=tiktok").status_code == 200
    sent = desk.post("/consents", kind="tiktok", shop_id=shop.id, region="GB")
    gone = urlsplit(outward(client.get(sent.headers["Location"]).text))
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
    assert outward(client.get(sent.headers["Location"]).text).startswith(
        "https://shop.example.com/wc-auth/v1/authorize?"
    )
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


def test_what_a_platform_wants_to_know_is_typed_once_and_others_are_not_asked(
    desk: Desk, bazaar: Bazaar, world: Any, run_jobs: Any
) -> None:
    assert 'id="details"' not in desk.get(f"/{bazaar.connection_id}")
    shop = Bazaar(world, run_jobs, "shopee")
    with db.workspace(shop.workspace.id):
        shop.connection.settings = {"places": []}
    here, row = f"/{shop.connection_id}", connection(shop)
    assert "E-mail address for disputes" in desk.get(here)
    wrong = desk.post(f"{here}/details", 422, email="returns at north", version=row.version)
    assert 'value="returns at north"' in wrong.text and "whole e-mail address" in wrong.text
    desk.post(f"{here}/details", email=" returns@north.test ", version=row.version)
    assert connection(shop).settings == {"places": [], "email": "returns@north.test"}
    stale = desk.post(f"{here}/details", 409, email="other@north.test", version=row.version)
    assert "Saved now: returns@north.test" in stale.text and 'value="other@north.test"' in stale.text
    assert connection(shop).settings["email"] == "returns@north.test"
    desk.post(f"{here}/details", email="", version=connection(shop).version)
    assert connection(shop).settings["email"] == ""


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
    assert "1 disconnected shop" in desk.get()
    ended = desk.get(here)
    assert (
        "Disconnected" in ended and "None while it is disconnected" in ended and "of 10 available" not in ended.lower()
    )
    assert "/open/authorize" in outward(desk.client.get(desk.post(f"{here}/consents").headers["Location"]).text)


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


def test_looks_that_found_nothing_do_not_crowd_the_log(desk: Desk, bazaar: Bazaar) -> None:
    for done in (0, 4):
        with db.workspace(bazaar.workspace.id):
            row = db.get(ChannelRun, run_of(bazaar, "orders", done=done))
            runs.finish(row)
    for path in ("/runs", f"/{bazaar.connection_id}"):
        assert desk.get(path).count("Orders in</a>") == 1
    shown = desk.get("/runs")
    every = re.search(r'href="([^"]+)">Show them', shown)
    assert every and desk.get(every[1]).count("Orders in</a>") == 2
