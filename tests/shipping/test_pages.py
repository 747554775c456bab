"""Shipping through its pages, as a seller with a browser does it."""

import re
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.orders import queries as order_queries
from app.orders.models import Order
from app.shipping.models import CarrierAccount, Label, LabelBatch, Parcel, Return
from tests.shipping.desk import Desk, number
from tests.shipping.parceling import BEACH, HOME, Shipping


def rate(page: str) -> str:
    found = re.search(r'name="rate" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_one_order_from_packing_to_the_printed_label(shipping: Shipping, desk: Desk, run_jobs: Any) -> None:
    desk.post("/accounts", kind="easypost", name="My EasyPost", **{"easypost-api_key": "EZTK_pages"})
    run_jobs(only="shipping.")
    assert "Working" in desk.get("/settings")
    order = shipping.paid(2)
    page = f"/orders/{number(shipping, order)}"
    assert "Pack and get rates" in desk.get(page)
    desk.post(f"{page}/parcels")
    assert "Asking the carriers" in desk.get(page)
    run_jobs(only="shipping.")
    shown = desk.get(page)
    assert "Cheapest" in shown and "Fastest" in shown
    with db.workspace(shipping.workspace.id) as session:
        parcel = session.scalars(select(Parcel)).one()
    refused = desk.post(f"/parcels/{parcel.id}/labels", status=422)
    assert "Choose one of the rates" in refused.text and shipping.effects() == []
    desk.post(f"/parcels/{parcel.id}/labels", rate=rate(shown))
    desk.post(f"/parcels/{parcel.id}/labels", rate=rate(shown))
    run_jobs(only="shipping.")
    shown = desk.get(page)
    label = shipping.label(parcel)
    assert "Print label" in shown and label.tracking_number in shown and len(shipping.effects()) == 1
    printed = desk.post(f"/labels/{label.id}/printing")
    pdf = desk.client.get(printed.headers["Location"])
    assert pdf.content_type == "application/pdf" and pdf.data.startswith(b"%PDF")
    assert "Printed" in desk.get(page)
    desk.post(f"/parcels/{parcel.id}/handover")
    assert "Sent" in desk.get(page) and "tracking page" in desk.get(page)
    for view in ("moving", "raised", "labelled", "delivered"):
        desk.get(f"?view={view}")


def test_weight_and_address_can_be_corrected_and_nothing_typed_is_lost(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    parcel = shipping.packed(shipping.paid(to={**BEACH, "postcode": "00001"}))
    wrong = desk.post(
        f"/parcels/{parcel.id}", status=422, weight_g="heavy", signature="standard", version=parcel.version
    )
    assert 'value="heavy"' in wrong.text
    desk.post(f"/parcels/{parcel.id}", weight_g="900", signature="standard", package_id="none", version=parcel.version)
    fresh = shipping.fresh(parcel)
    assert (fresh.weight_g, fresh.signature) == (900, "standard")
    stale = desk.post(f"/parcels/{parcel.id}", status=409, weight_g="100", signature="none", version=parcel.version)
    assert "Somebody else changed this" in stale.text and shipping.fresh(parcel).weight_g == 900
    desk.post(f"/parcels/{parcel.id}/address", version=fresh.version, **{**BEACH, "line1": "181 N Harbor Dr"})
    assert shipping.fresh(parcel).recipient["line1"] == "181 N Harbor Dr"


def test_the_panel_is_drawn_anew_by_itself_and_left_alone_by_the_orders_page(shipping: Shipping, desk: Desk) -> None:
    order = number(shipping, shipping.paid())
    asked = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for target, begins in (("div#shipping-panel", '<div id="shipping-panel"'), ("section#shipping-live", "<section")):
        answer = desk.client.get(f"{desk.base}/orders/{order}", headers={**asked, "HX-Target": target})
        root = answer.text.lstrip()
        assert root.startswith(begins) and ("hx-morph-skip" in root.partition(">")[0]) == begins.startswith("<div")
    page = desk.get(f"{desk.base.removesuffix('/shipping')}/orders/{order}")
    assert re.search(r'<div id="shipping-panel"[^>]* hx-morph-skip', page)


def test_a_batch_through_its_pages(shipping: Shipping, desk: Desk, run_jobs: Any) -> None:
    shipping.connect()
    orders = [shipping.paid(), shipping.paid(to={**BEACH, "city": ""})]
    desk.post("/batches", status=422)
    numbers = [number(shipping, order) for order in orders]
    desk.post("/batches", numbers=numbers)
    assert "Looking over 2 orders" in desk.get("/batches/1")
    run_jobs(only="shipping.")
    shown = desk.get("/batches/1")
    assert "1 will get a label, 1 cannot" in shown and "no town" in shown
    total = re.search(r'name="total" value="(\d+)"', shown)
    assert total
    desk.post("/batches/1/start", total=total[1])
    run_jobs(only="shipping.")
    assert "1 of 2 labels bought" in desk.get("/batches/1")
    for document in ("labels", "slips", "picks"):
        answer = desk.client.get(f"{desk.base}/batches/1/{document}.pdf")
        assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    result = desk.get("/batches/1/result.csv")
    assert "Bought" in result and "Cannot" in result and str(numbers[0]) in result
    desk.post("/batches/1/handover")
    with db.workspace(shipping.workspace.id):
        assert db.get(Order, orders[0].id).fulfilment_state == "fulfilled"
    assert "Batch 1" in desk.get("/batches")


def test_a_manifest_lists_what_waits_and_hands_it_over(shipping: Shipping, desk: Desk, run_jobs: Any) -> None:
    account_id = shipping.connect()
    parcels = [shipping.labelled(), shipping.labelled()]
    desk.post(f"/accounts/{account_id}/manifests")
    run_jobs(only="shipping.")
    assert {shipping.fresh(parcel).state for parcel in parcels} == {"shipped"}
    [effect] = shipping.effects("manifest")
    assert len(effect["tracking_numbers"]) == 2
    page = desk.get("/manifests")
    link = re.search(r'href="([^"]+/manifests/[^"]+\.pdf)"', page)
    assert link and desk.client.get(link[1]).data.startswith(b"%PDF")
    assert "needs" not in desk.post(f"/accounts/{account_id}/manifests", status=409).text


def test_settings_packages_and_rules(shipping: Shipping, desk: Desk) -> None:
    desk.post("/packages", name="Small box", length_mm="20", width_mm="15", height_mm="10.5", tare_g="80")
    wrong = desk.post(
        "/packages", status=422, name="Odd box", length_mm="wide", width_mm="1", height_mm="1", tare_g="1"
    )
    assert 'value="wide"' in wrong.text
    desk.post("/rules", name="Letters", destination="domestic", upto_g="500", choose="cheapest")
    desk.post("/rules", name="Abroad", destination="international", choose="fastest")
    shown = desk.get("/settings")
    assert "Small box" in shown and shown.index("Letters") < shown.index("Abroad")
    rule = re.findall(r'action="[^"]+/rules/([0-9a-f-]{36})"', shown)[-1]
    desk.post(f"/rules/{rule}", act="up")
    shown = desk.get("/settings")
    assert shown.index("<strong>Abroad") < shown.index("<strong>Letters")
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version
    sender = {f"sender-{part}": value for part, value in HOME.items()}
    refused = desk.post(
        "/settings", status=422, version=version[1], **{**sender, "sender-line1": "", "sender-city": "Kept"}
    )
    assert "no street" in refused.text and 'value="Kept"' in refused.text


def test_keys_that_are_refused_say_so_and_can_be_replaced(shipping: Shipping, desk: Desk, run_jobs: Any) -> None:
    desk.post("/accounts", kind="easypost", name="Wrong", **{"easypost-api_key": "nonsense"})
    run_jobs(only="shipping.")
    shown = desk.get("/settings")
    assert "Keys refused" in shown and "nonsense" not in shown
    with db.workspace(shipping.workspace.id) as session:
        account = session.scalars(select(CarrierAccount)).one()
        assert "nonsense" not in account.credentials
    desk.post(f"/accounts/{account.id}/keys", api_key="EZTK_right")
    run_jobs(only="shipping.")
    assert "Working" in desk.get("/settings")


def test_viewers_look_and_strangers_see_nothing(shipping: Shipping, desk: Desk, client: Any, world: Any) -> None:
    shipping.connect()
    parcel = shipping.packed(shipping.paid())
    best = shipping.offers(parcel)[0]
    picked = f"{best.account_id}|{best.rate.total_minor}|{best.rate.id}"
    world.sign_in(client, world.vera)
    page = desk.get(f"/orders/{number(shipping, _order(shipping, parcel))}")
    assert "Buy this label" not in page
    desk.post(f"/parcels/{parcel.id}/labels", status=403, rate=picked)
    world.sign_in(client, world.charlie)
    desk.get("/settings", status=404)
    with db.workspace(shipping.workspace.id) as session:
        assert session.scalar(select(func.count()).select_from(Label)) == 0
    assert shipping.effects() == []


def _order(shipping: Shipping, parcel: Parcel) -> Order:
    with db.workspace(shipping.workspace.id):
        return db.get(Order, parcel.order_id)


def test_scanner_mode_counts_items_and_refuses_a_wrong_one(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    parcel = shipping.labelled(shipping.paid(2))
    with db.workspace(shipping.workspace.id):
        order = order_queries.order_by_number(_order(shipping, parcel).number)
        sku = order.lines[0].sku
    assert "Scan a packing slip" in desk.get("/scan")
    unknown = desk.post("/scan", status=422, code="NOPE")
    assert "no order" in unknown.text
    where = desk.post("/scan", code=f"P{parcel.tracking_code}").headers["Location"]
    shown = desk.client.get(where).text
    assert "2 to scan" in shown
    wrong = desk.client.get(desk.post("/scan", parcel=parcel.id, code="OTHER-1").headers["Location"]).text
    assert "does not belong" in wrong
    once = desk.client.get(desk.post("/scan", parcel=parcel.id, code=sku).headers["Location"]).text
    scanned = re.search(r'name="scanned" value="([^"]+)"', once)
    assert "1 of 2" in once and scanned
    last = desk.post("/scan", parcel=parcel.id, code=sku.lower(), scanned=scanned[1].replace("&#34;", '"'))
    done = desk.client.get(last.headers["Location"]).text
    assert "Complete" in done and "Print label" in done
    assert shipping.fresh(parcel).verified_at is not None
    again = desk.client.get(last.headers["Location"].replace("Complete", "")).text
    assert "Checked" in again


def _forget_file(shipping: Shipping, parcel_id: Any) -> dict[str, str]:
    """As if the carrier had not handed out the label's file yet."""
    with db.workspace(shipping.workspace.id) as session:
        label = session.scalars(select(Label).where(Label.parcel_id == parcel_id)).one()
        had, label.files = label.files, {}
    return had


def test_a_return_from_the_question_to_the_refund(
    shipping: Shipping, desk: Desk, world: Any, app: Any, run_jobs: Any
) -> None:
    shipping.connect()
    order = shipping.paid(2)
    parcel = shipping.labelled(order)
    from app.shipping.actions import parcels as acts
    from tests.shipping.parceling import ALICE

    with db.workspace(shipping.workspace.id):
        acts.hand_over(ALICE, db.get(Parcel, parcel.id))
        line = db.get(Order, order.id).lines[0]
    fay = world.sign_in(app.test_client(), world.fay)
    tracking = fay.get(f"/t/{parcel.tracking_code}").text
    assert "On its way" in tracking and "Harbor" not in tracking
    form = fay.get(f"/returns/new/{order.id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token and "Arrived damaged" in form
    typed = {"csrf_token": token[1], f"quantity-{line.id}": "1", "message": "A corner is bent."}
    refused = fay.post(f"/returns/new/{order.id}", data=typed)
    assert refused.status_code == 409 and "A corner is bent." in refused.text
    asked = fay.post(f"/returns/new/{order.id}", data={**typed, f"reason-{line.id}": "damaged"})
    assert asked.status_code == 303
    assert "answers soon" in fay.get(asked.headers["Location"]).text
    stranger = world.sign_in(app.test_client(), world.charlie)
    assert stranger.get(asked.headers["Location"]).status_code == 404
    assert "A corner is bent." in desk.get("/returns/1")
    desk.post("/returns/1/answer", status=422, answer="decline")
    desk.post("/returns/1/answer", answer="accept", words="Sorry about that.", pays="seller")
    assert "not bought yet" in desk.post("/returns/1/label", status=409).text
    run_jobs(only="shipping.")
    with db.workspace(shipping.workspace.id) as session:
        assert session.scalars(select(Return.state)).one() == "accepted"
        back = session.scalars(select(Parcel).where(Parcel.direction == "back")).one()
    shipping.order_label(back)
    run_jobs(only="shipping.")
    assert len(shipping.effects("return_label")) == 1
    desk.post("/returns/1/label")
    fetched = _forget_file(shipping, back.id)
    early = fay.get(asked.headers["Location"]).text
    assert "appears here as soon as it is there" in early and "Open the return label" not in early
    assert fay.get(f"{asked.headers['Location']}/label").status_code == 409
    assert shipping.run() == ["shipping.fetch_file"] and fetched
    assert "Open the return label" in fay.get(asked.headers["Location"]).text
    assert fay.get(f"{asked.headers['Location']}/label").data.startswith(b"%PDF")
    desk.post("/returns/1/receipt", status=422)
    desk.post("/returns/1/receipt", **{f"outcome-{line.id}": "restock"})
    desk.post("/returns/1/refund")
    with db.workspace(shipping.workspace.id) as session:
        row = session.scalars(select(Return)).one()
        assert row.state == "refunded" and row.refund_id
        assert session.scalar(select(func.count()).select_from(LabelBatch)) == 0
    assert "Refunded" in desk.get("/returns/1") and "Refunded" in desk.get("/returns?view=over")


def test_a_file_that_is_not_there_yet_is_fetched_for_the_next_look(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    label = shipping.label(shipping.labelled())
    assert "It is being fetched" in desk.get(f"/labels/{label.id}.zpl", 409)
    assert shipping.run() == ["shipping.fetch_file"]
    assert desk.client.get(f"{desk.base}/labels/{label.id}.zpl").data.startswith(b"^XA")


def test_a_file_that_never_comes_is_said_so(shipping: Shipping, desk: Desk) -> None:
    """EasyPost makes no PNG out of a PDF: asking again does not help, and the words say what does."""
    shipping.connect()
    label = shipping.label(shipping.labelled())
    assert "It is being fetched" in desk.get(f"/labels/{label.id}.png", 409)
    shipping.run()
    assert "No PNG of this label" in desk.get(f"/labels/{label.id}.png", 409)
    assert shipping.run() == []
