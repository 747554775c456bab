"""The platform's side of an order's page: what it said, what is asked of it, its labels and returns; no platform is asked."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select

from app.channels.actions import returning
from app.channels.models import ChannelListing, ChannelOrder, ChannelRequest, ChannelReturn, ChannelShipment
from app.channels.order_facts import CancelLine, Handover, PackageFacts, Recipient, ReturnFacts
from app.core import db, storage
from app.core.ids import new_id
from app.orders.models import Fulfilment
from tests.channels.bazaar import Bazaar, facts, item
from tests.channels.desk import IN_LIST, PRINT, Desk, jobs, number, shipment, version, words_of


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
    assert f'href="{desk.base}/orders/{order}?cancel=missing#cancel-there"' in desk.get(f"/orders/{order}")
    filled = r'<details[^>]* id="cancel-there" open>.*name="cancel-line-1729-9001" type="number" value="2"'
    assert re.search(filled, desk.get(f"/orders/{order}?cancel=missing"), re.DOTALL)
    assert not re.search(filled, desk.get(f"/orders/{order}"), re.DOTALL)
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


def of_platform(bazaar: Bazaar, *packages: str) -> ChannelOrder:
    """An order whose parcels take only the platform's label."""
    bazaar.offer(PRINT, bazaar.print.id)
    parcels = tuple(PackageFacts(one, "to_ship") for one in packages)
    return bazaar.say(facts(item(PRINT), platform_ships=True, packages=parcels))


OFFER = "Get TikTok Shop’s label"


def test_the_platforms_label_is_a_file_of_ours(desk: Desk, bazaar: Bazaar) -> None:
    row = of_platform(bazaar, "P-1")
    order = number(bazaar, row)
    key = f"workspaces/{bazaar.workspace.id}/channel-labels/{new_id()}.pdf"
    storage.put_bytes(key, b"%PDF-1.7 label")
    told = shipment(bazaar, row, package_ref="P-1", state="done", document=key)
    shown = desk.get(f"/orders/{order}")
    assert "Print label" in shown and OFFER not in shown
    answer = desk.client.get(f"{desk.base}/shipments/{told}/label")
    assert answer.content_type == "application/pdf" and answer.data == b"%PDF-1.7 label"


def test_an_order_whose_platforms_label_is_here_waits_to_leave_and_not_for_a_label(desk: Desk, bazaar: Bazaar) -> None:
    row = of_platform(bazaar, "P-1", "P-2")
    order = number(bazaar, row)
    shipment(bazaar, row, package_ref="P-1", state="done", document="one.pdf")
    assert f"#{order}" in desk.get(f"{desk.home}/orders?view=ready")
    shipment(bazaar, row, package_ref="P-2", state="done", document="two.pdf")
    assert f"#{order}" not in desk.get(f"{desk.home}/orders?view=ready")
    shown = desk.get(f"{desk.home}/orders?view=labelled")
    assert f"#{order}" in shown and "Label here" in shown
    parcels = desk.get(f"{desk.home}/shipping/orders/{order}")
    assert "Nothing to send" not in parcels and "takes no other" in parcels


def test_the_state_beside_the_heading_follows(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    order = number(bazaar, bazaar.say(facts(item(PRINT))))
    asked = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#order-body"}
    answer = desk.client.get(f"{desk.home}/orders/{order}", headers=asked).text
    assert '<hx-partial hx-target="#order-way"' in answer and '<hx-partial hx-target="#order-paid"' in answer
    assert "To ship" in answer.partition("#order-way")[2] and "Paid" in answer.partition("#order-paid")[2]


def label_of(bazaar: Bazaar, row: ChannelOrder) -> ChannelShipment:
    with db.workspace(bazaar.workspace.id) as session:
        mine = select(ChannelShipment).where(ChannelShipment.channel_order_id == row.id)
        return session.scalars(mine.execution_options(populate_existing=True)).one()


def test_a_label_is_asked_for_in_two_steps_and_nobody_waits_for_the_platform(desk: Desk, bazaar: Bazaar) -> None:
    row = of_platform(bazaar, "P-1")
    order = number(bazaar, row)
    assert OFFER in desk.get(f"/orders/{order}")
    desk.post(f"/orders/{order}/labels", 409, package="P-2")
    assert jobs("channels.look_for_handovers") == []
    for _ in range(2):
        desk.post(f"/orders/{order}/labels", package="P-1")
    (asked,) = jobs("channels.look_for_handovers")
    shown = desk.get(f"/orders/{order}")
    assert "Asking TikTok Shop how it takes this parcel" in shown and OFFER not in shown
    told = label_of(bazaar, row)
    assert asked["shipment_id"] == str(told.id)
    with db.workspace(bazaar.workspace.id):
        nine = datetime(2026, 12, 1, 9, tzinfo=UTC)
        ways = [
            Handover("2026-12-01", "pickup", "The courier comes", nine, nine + timedelta(hours=3)),
            Handover("some day", "pickup", "Collected at night", nine + timedelta(days=1)),
            Handover("drop", "drop_off", "At a counter"),
        ]
        mine = db.get(ChannelShipment, told.id)
        mine.state, mine.ways = "choosing", [msgspec.to_builtins(one) for one in ways]
    shown = words_of(desk.get(f"/orders/{order}"))
    assert "The courier comes Tue 1 Dec, 09:00 UTC – 12:00 UTC" in shown
    assert "Collected at night Wed 2 Dec At a counter You bring it there" in shown
    desk.post(f"/shipments/{told.id}/handover", 422, handover="by pigeon")
    assert jobs("channels.fetch_label") == []
    for _ in range(2):
        desk.post(f"/shipments/{told.id}/handover", handover="drop")
    assert [one["shipment_id"] for one in jobs("channels.fetch_label")] == [str(told.id)]
    assert label_of(bazaar, row).handover["id"] == "drop"


def test_a_refused_label_is_asked_for_again_in_the_way_that_was_chosen(desk: Desk, bazaar: Bazaar) -> None:
    row = of_platform(bazaar, "P-1")
    chosen = msgspec.to_builtins(Handover("drop", "drop_off", "At a counter"))
    told = shipment(bazaar, row, package_ref="P-1", state="failed", error="The counter is closed")
    with db.workspace(bazaar.workspace.id):
        db.get(ChannelShipment, told).handover = chosen
    assert "The counter is closed" in desk.get(f"/orders/{number(bazaar, row)}")
    desk.post(f"/shipments/{told}/retries")
    assert [one["shipment_id"] for one in jobs("channels.fetch_label")] == [str(told)]
    assert label_of(bazaar, row).state == "intended" and label_of(bazaar, row).handover == chosen
    desk.post(f"/shipments/{told}/retries", 422)
    assert len(jobs("channels.fetch_label")) == 1


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


def test_a_return_is_refused_only_with_what_its_platform_wants_to_know(desk: Desk, world: Any, run_jobs: Any) -> None:
    shop = Bazaar(world, run_jobs, "shopee")
    shop.offer(PRINT, shop.print.id)
    row = shop.say(facts(item(PRINT)))
    order, page = number(shop, row), f"{desk.base}/{shop.connection_id}#details"
    with db.workspace(shop.workspace.id):
        back = returning.keep(shop.connection, ReturnFacts("R-2", row.remote_id, "asked", "REQUESTED", "Bent")).id
    shown = desk.get(f"/orders/{order}")
    assert f'href="{page}"' in shown and 'value="refuse"' not in shown and 'value="accept"' in shown
    refused = desk.post(f"/returns/{back}/answer", 422, do="refuse", words="It was fine")
    assert "E-mail address for disputes" in refused.text and "Nothing was asked" in refused.text
    assert requests(shop) == [] and jobs("channels.ask") == []
    with db.workspace(shop.workspace.id):
        version = shop.connection.version
    desk.post(f"/{shop.connection_id}/details", email="returns@north.test", version=version)
    shown = desk.get(f"/orders/{order}")
    assert 'value="refuse"' in shown and page not in shown
    desk.post(f"/returns/{back}/answer", do="refuse", words="It was fine")
    (request,) = requests(shop)
    assert request.args == {"return_id": "R-2", "accept": False, "words": "It was fine"}


def test_what_a_platform_sent_by_itself_was_not_told_it(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    parcel = PackageFacts("P-1", "in_transit", tracking_number="TT-7")
    order = number(bazaar, bazaar.say(facts(item(PRINT), state="in_transit", packages=(parcel,))))
    shown = words_of(desk.get(f"/orders/{order}"))
    assert "TT-7" in shown and "Told TikTok Shop" not in shown


def test_buyers_whose_address_is_not_told_are_not_one_buyer(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    first = bazaar.say(facts(item(PRINT)))
    bazaar.say(facts(item(PRINT), id="another"))
    shown = words_of(desk.get(f"{desk.home}/orders/{number(bazaar, first)}"))
    assert "1 paid order here, £28.00 in all" in shown and "Show them" not in shown


def test_the_panel_is_drawn_anew_by_itself_and_left_alone_by_its_page(desk: Desk, bazaar: Bazaar) -> None:
    bazaar.offer(PRINT, bazaar.print.id)
    order = number(bazaar, bazaar.say(facts(item(PRINT))))
    asked = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for target, begins in (("div#channel-panel", '<div id="channel-panel"'), ("section#channel-live", "<section")):
        answer = desk.client.get(f"{desk.base}/orders/{order}", headers={**asked, "HX-Target": target})
        root = answer.text.lstrip()
        assert root.startswith(begins) and ("hx-morph-skip" in root.partition(">")[0]) == begins.startswith("<div")
    assert re.search(r'<div id="channel-panel"[^>]* hx-morph-skip', desk.get(f"{desk.home}/orders/{order}"))
