"""Who may see and change what of channels; a refused action changes nothing."""

from typing import Any

import pytest
from sqlalchemy import text

from app.channels.actions import returning
from app.channels.order_facts import ReturnFacts
from app.core import db
from app.live.topics import allowed
from tests.channels.bazaar import Bazaar, facts, item
from tests.channels.desk import PRINT, Desk, number, run_of, shipment

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
    ("/listings/suggestions", {"at_least": "70", "sure": "1"}),
    ("/{connection}/warehouses", {"version": "1", "place": ""}),
    ("/{connection}/details", {"version": "1"}),
    ("/listings/{listing}/rules", {"version": "2", "buffer": "3"}),
    ("/../inventory/channels/{listing}/{variant}", {"do": "push"}),
    ("/orders/{order}/cancellation", {"reason": "out_of_stock"}),
    ("/orders/{order}/cancellation/answer", {"do": "accept"}),
    ("/orders/{order}/labels", {"package": "P-1"}),
    ("/shipments/{shipment}/handover", {"handover": "1"}),
    ("/shipments/{shipment}/retries", {}),
    ("/returns/{returned}/answer", {"do": "accept"}),
    ("/returns/{returned}/receipt", {"do": "restock"}),
]
MEMBERS = (
    "/listings",
    "/runs",
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
