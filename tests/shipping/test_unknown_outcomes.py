"""Every answer of every carrier is lost once, in every way: what happened is found, never repeated (TRAPS.md A1-A4)."""

from collections.abc import Iterator
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from app.core import db, storage
from app.core.outbox import later
from app.orders.models import Order
from app.payments import ledger
from app.shipping import carrier
from app.shipping.actions import accounts, batching, manifests, parcels, quoting, returning, voiding
from app.shipping.models import (
    BatchItem,
    CarrierAccount,
    Label,
    LabelBatch,
    Manifest,
    Parcel,
    ParcelQuote,
    TrackingEvent,
)
from tests.sandbox.carriers.conftest import Inbox
from tests.sandbox.conftest import wait_until
from tests.shipping.losing import KEYS, Way, every_carrier, every_loss, measured
from tests.shipping.parceling import ALICE, Shipping


@pytest.fixture
def shipping(shipping: Shipping) -> Iterator[Shipping]:
    with measured(shipping):
        yield shipping


@pytest.fixture
def way(shipping: Shipping, kind: str, loss: str, monkeypatch: pytest.MonkeyPatch) -> Way:
    one = Way(shipping, kind, loss, monkeypatch, shipping.connect(kind, KEYS[kind]))
    one.parcel = shipping.packed(shipping.paid())
    return one


@every_carrier
@every_loss
def test_from_rates_to_a_paid_label_on_paper(way: Way) -> None:
    rates_are_asked_for_again(way)
    the_label_is_found(way)
    the_file_is_fetched_again(way)


@every_carrier
@every_loss
def test_from_a_void_to_a_list_for_the_driver(way: Way) -> None:
    way.shipping.order_label(way.parcel)
    way.shipping.run()
    the_void_is_found(way)
    way.shipping.order_label(way.shipping.packed_again(way.parcel))
    way.shipping.run()
    the_scan_is_heard_once(way)
    the_manifest_is_found(way)


@every_carrier
@every_loss
def test_from_a_wish_to_return_to_a_label_for_the_way_back(way: Way) -> None:
    way.shipping.order_label(way.parcel)
    way.shipping.run()
    with db.workspace(way.shipping.workspace.id):
        parcels.hand_over(ALICE, db.get(Parcel, way.parcel.id))
        order = db.get(Order, way.parcel.order_id)
        row = returning.ask(ALICE, order, {line.id: (1, "wrong") for line in order.lines})
        returning.accept(ALICE, row)
        way.parcel = db.get(Parcel, row.parcel_id)
        quoting.ask(way.parcel)
    way.lose("POST")
    way.again()
    way.shipping.order_label(way.parcel)
    way.lose("POST")
    asked = way.label()
    assert asked.state == "sent" and asked.tracking_number == "" and "it is paid once" in asked.error
    out, sold = bought_by_now(way, 2)
    way.again()
    way.again()
    label = way.label()
    assert (label.state, label.error) == ("bought", "")
    assert (label.tracking_number, label.total_minor) == (sold["tracking_number"], sold["amount"])
    bought_by_now(way, 2)
    with db.workspace(way.shipping.workspace.id):
        assert [cost.minor for cost in ledger.balances()["label_costs"]] == [out["amount"] + sold["amount"]]


def bought_by_now(way: Way, count: int) -> list[dict[str, Any]]:
    """What was paid for, in turn. Shippo sells the way back as a label like any other, the others as one for returns."""
    kinds = ("label",) if way.kind == "shippo" else ("label", "return_label")
    return [sold for kind in kinds for sold in way.effects(kind, count // len(kinds))]


@every_carrier
@every_loss
def test_a_row_of_a_batch_waits_for_its_label_and_gets_it(way: Way) -> None:
    """The seller sees the row as being bought until the label is found; then it is on the batch's paper, once."""
    with db.workspace(way.shipping.workspace.id):
        batch = batching.prepare(ALICE, [way.parcel.order_id])
    way.shipping.run()
    with db.workspace(way.shipping.workspace.id):
        item = way.one(BatchItem)
        batching.start(ALICE, db.get(LabelBatch, batch.id), item.quoted_minor)
    way.lose("POST")
    assert way.one(BatchItem).state == "buying" and way.one(LabelBatch).state == "running"
    [sold] = way.effects("label", 1)
    way.again()
    item = way.one(BatchItem)
    assert (item.state, item.quoted_minor) == ("bought", sold["amount"])
    assert sold["tracking_number"] in words(storage.read(way.one(LabelBatch).documents["labels"]))
    way.effects("label", 1)


def words(pdf: bytes) -> str:
    (page,) = pypdfium2.PdfDocument(pdf)
    return str(page.get_textpage().get_text_bounded())


@every_carrier
@every_loss
def test_an_account_is_told_of_news_by_one_subscription(
    shipping: Shipping, kind: str, loss: str, monkeypatch: pytest.MonkeyPatch, news: Inbox
) -> None:
    """The answer to the subscription is lost; the account is not active before it is found, and a scan comes once."""
    with db.workspace(shipping.workspace.id):
        account = accounts.connect(ALICE, kind, kind, {"api_key": KEYS[kind]})
    way = Way(shipping, kind, loss, monkeypatch, account.id)
    way.lose("POST")
    assert way.one(CarrierAccount).state == "checking"
    way.again()
    found = way.one(CarrierAccount)
    assert found.state == "active" and found.subscription_id
    parcel = shipping.labelled()
    shipping.sandbox.post(f"parcels/{shipping.label(parcel).tracking_number}/scans", step="accepted")
    wait_until(lambda: about_scans(news), "news of the scan")
    shipping.sandbox.post(f"parcels/{shipping.label(parcel).tracking_number}/scans", step="delivered")
    wait_until(lambda: any(b"elivered" in one.raw for one in news.found), "news of the delivery")
    assert len(about_scans(news)) == 1


def about_scans(news: Inbox) -> list[bytes]:
    """What told of the first scan; ShipStation calls a parcel that waits for it «Accepted» too."""
    return [one.raw for one in news.found if b"Accepted at origin" in one.raw and b"elivered, left" not in one.raw]


def rates_are_asked_for_again(way: Way) -> None:
    with db.workspace(way.shipping.workspace.id):
        db.session().delete(way.one(ParcelQuote))
        ids = {"parcel_id": way.parcel.id, "account_id": way.account_id}
        later("shipping.quote", workspace_id=way.shipping.workspace.id, **ids)
    way.lose("POST")
    said = way.one(ParcelQuote).error
    assert said.startswith(carrier.profiles()[way.kind].name) and len(said.split()) > 3, said
    assert way.shipping.offers(way.parcel) == []
    way.again()
    assert way.one(ParcelQuote).error == "" and way.shipping.offers(way.parcel)


def the_label_is_found(way: Way) -> None:
    way.shipping.order_label(way.parcel)
    way.lose("POST")
    asked = way.label()
    assert asked.state == "sent" and asked.tracking_number == "" and "it is paid once" in asked.error
    assert way.shipping.fresh(way.parcel).state == "draft"
    [sold] = way.effects("label", 1)
    way.again()
    label = way.label()
    assert (label.state, label.error) == ("bought", "")
    assert (label.tracking_number, label.total_minor) == (sold["tracking_number"], sold["amount"])
    way.again()
    way.effects("label", 1)
    with db.workspace(way.shipping.workspace.id):
        assert [cost.minor for cost in ledger.balances()["label_costs"]] == [sold["amount"]]


def the_file_is_fetched_again(way: Way) -> None:
    """The address has expired, so it is asked for anew; and that answer is lost."""
    with db.workspace(way.shipping.workspace.id):
        label = db.lock(db.get(Label, way.label().id))
        label.files, label.remote_files = {}, {}
        later("shipping.fetch_file", workspace_id=label.workspace_id, label_id=label.id, format="pdf")
    way.lose("GET")
    waiting = way.label()
    assert waiting.files == {} and waiting.error.startswith("No PDF of this label yet.")
    way.again()
    label = way.label()
    assert label.error == "" and storage.read(label.files["pdf"]).startswith(b"%PDF")
    way.effects("label", 1)


def the_void_is_found(way: Way) -> None:
    first = way.label()
    with db.workspace(way.shipping.workspace.id):
        voiding.void(ALICE, db.get(Label, first.id))
    way.lose("PUT" if way.kind == "shipstation" else "POST")
    asked = way.label()
    assert asked.state == "void_requested" and "it is asked for once" in asked.error
    [given_back] = way.effects("void", 1)
    way.again()
    label = way.label()
    assert label.state in ("void_requested", "voided") and given_back["tracking_number"] == first.tracking_number
    assert "it is asked for once" not in label.error
    assert way.shipping.fresh(way.parcel).state == "draft"
    way.effects("void", 1)


def the_scan_is_heard_once(way: Way) -> None:
    way.shipping.sandbox.post(f"parcels/{way.label().tracking_number}/scans", step="label_created")
    ids = {"workspace_id": way.shipping.workspace.id, "parcel_id": way.parcel.id}
    with db.workspace(way.shipping.workspace.id):
        later("shipping.poll", **ids)
    way.lose("GET")
    assert way.shipping.fresh(way.parcel).status == "unknown"
    way.again()
    with db.workspace(way.shipping.workspace.id):
        later("shipping.poll", **ids)
    way.again()
    assert way.shipping.fresh(way.parcel).status == "pre_transit"
    assert way.one(TrackingEvent).status == "pre_transit"


def the_manifest_is_found(way: Way) -> None:
    with db.workspace(way.shipping.workspace.id):
        manifests.order_manifest(ALICE, db.get(CarrierAccount, way.account_id))
    way.lose("POST")
    asked = way.one(Manifest)
    assert asked.state == "sent" and "before a new one is made" in asked.error
    assert way.shipping.fresh(way.parcel).state == "labelled"
    [made] = way.effects("manifest", 1)
    assert made["tracking_numbers"] == [way.label().tracking_number]
    way.again()
    row = way.one(Manifest)
    assert (row.state, row.remote_id, row.error) == ("created", made["id"], "")
    assert storage.read(row.file).startswith(b"%PDF")
    assert way.shipping.fresh(way.parcel).state == "shipped"
    way.effects("manifest", 1)
    with db.workspace(way.shipping.workspace.id) as session:
        assert session.scalars(select(Order.fulfilment_state)).one() == "fulfilled"
