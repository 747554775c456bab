"""Every answer of every carrier is lost once, in every way: what happened is found, never repeated (TRAPS.md A1-A4)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import func, select, update

from app.catalogue.models import Variant
from app.core import db, http, settings, storage
from app.core.errors import ProviderError
from app.core.outbox import OutboxJob, later
from app.orders.models import Order
from app.payments import ledger
from app.shipping import carrier
from app.shipping.actions import accounts, batching, buying, manifests, parcels, quoting, returning, voiding
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
from tests.shipping.parceling import ALICE, Shipping, speak_to

KEYS = {"easypost": "EZTK_lost", "shippo": "shippo_test_lost", "shipstation": "TEST_lost"}
LOSSES: dict[str, dict[str, Any]] = {
    "answer dropped": {"kind": "drop_answer"},
    "500 after the effect": {"kind": "500", "when": "after"},
    "invalid JSON": {"kind": "invalid_json"},
    "time-out": {"kind": "slow", "seconds": 0.7},
}
PATIENCE = 0.3
"""Seconds that these tests wait for an answer, instead of half a minute."""
every_carrier = pytest.mark.parametrize("kind", KEYS)
every_loss = pytest.mark.parametrize("loss", LOSSES)


@pytest.fixture
def shipping(world: Any, stripe_sandbox: Any, run_jobs: Any) -> Iterator[Shipping]:
    speak_to(stripe_sandbox)
    stripe_sandbox.post("reset")
    made = Shipping(world, stripe_sandbox, run_jobs)
    with db.workspace(made.workspace.id):
        variant = db.lock(db.get(Variant, world.variant(made.product).id))
        variant.length_mm, variant.width_mm, variant.height_mm = 200, 150, 40
    yield made
    stripe_sandbox.http.delete(f"{stripe_sandbox.url}/_sandbox/faults", timeout=20)
    for name in KEYS:
        http.breaker(carrier.profiles()[name].name).success()


@dataclass
class Way:
    """One account of one carrier, on which answers get lost."""

    shipping: Shipping
    kind: str
    loss: str
    monkeypatch: pytest.MonkeyPatch
    account_id: UUID
    parcel: Parcel = field(init=False)

    def lose(self, method: str) -> None:
        """The next answer to this method is lost; jobs that are due run into it."""
        self.shipping.fault(path=f"/{self.kind}/*", method=method, **LOSSES[self.loss])
        with self.monkeypatch.context() as patched:
            if self.loss == "time-out":
                patched.setattr(http, "call", impatient(http.call))
            self.shipping.run()

    def again(self) -> None:
        """The same jobs, when their next turn comes."""
        with db.system("jobs") as session:
            waiting = (OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.name.like("shipping.%"))
            session.execute(update(OutboxJob).where(*waiting).values(due_at=func.now()))
        self.shipping.run()

    def effects(self, kind: str, count: int) -> list[dict[str, Any]]:
        """The sandbox's ledger, once it is as long as it must be; a slow request may still be on its way."""
        wait_until(lambda: len(self.shipping.effects(kind)) >= count, f"{count} {kind} in the ledger")
        found = self.shipping.effects(kind)
        assert len(found) == count, found
        return found

    def label(self) -> Label:
        return self.shipping.label(self.parcel)

    def one(self, model: Any) -> Any:
        with db.workspace(self.shipping.workspace.id) as session:
            return session.scalars(select(model).execution_options(populate_existing=True)).one()


def impatient(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **options: call(*args, **{**options, "timeout": (1, PATIENCE)})


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
    wait_until(lambda: any(b"elivered" in body for _, _, body in news.letters), "news of the delivery")
    assert len(about_scans(news)) == 1


def about_scans(news: Inbox) -> list[bytes]:
    return [body for _, _, body in news.letters if b"ccepted" in body and b"elivered, left" not in body]


@pytest.fixture
def news() -> Iterator[Inbox]:
    """The address that carriers are told to send news to."""
    chosen, inbox = settings.current(), Inbox()
    before = chosen.app_url
    object.__setattr__(chosen, "app_url", inbox.url)
    yield inbox
    object.__setattr__(chosen, "app_url", before)
    inbox.close()


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


# --- what is not known yet
@every_carrier
def test_while_a_request_may_be_on_its_way_no_second_one_leaves(shipping: Shipping, kind: str) -> None:
    """The request ended before anything was sold. Nobody knows, so GRACE passes before the carrier is asked afresh."""
    shipping.connect(kind, KEYS[kind])
    parcel = shipping.packed(shipping.paid())
    label_id = shipping.order_label(parcel)
    shipping.fault(kind="500", path=f"/{kind}/*", method="POST")
    shipping.run()
    for _ in range(2):
        with pytest.raises(ProviderError, match="no answer yet"):
            buying.buy_label(shipping.workspace.id, label_id)
    assert shipping.label(parcel).state == "sent" and shipping.effects() == []
    with db.at(db.now() + buying.GRACE + timedelta(seconds=1)):
        buying.buy_label(shipping.workspace.id, label_id)
    assert shipping.label(parcel).state == "bought" and len(shipping.effects()) == 1


@every_carrier
def test_of_two_attempts_that_found_nothing_one_asks(
    shipping: Shipping, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second attempt overtakes the first between its look-up and its question."""
    shipping.connect(kind, KEYS[kind])
    parcel = shipping.packed(shipping.paid())
    label_id = shipping.order_label(parcel)
    shipping.fault(kind="500", path=f"/{kind}/*", method="POST")
    shipping.run()
    adapter: Any = carrier.adapter(kind)
    find = adapter.find

    def overtaken(self: Any, *asked: str) -> Any:
        found = find(self, *asked)
        monkeypatch.setattr(adapter, "find", find)
        buying.buy_label(shipping.workspace.id, label_id)
        return found

    monkeypatch.setattr(adapter, "find", overtaken)
    with db.at(db.now() + buying.GRACE + timedelta(seconds=1)):
        with pytest.raises(ProviderError, match="asking already"):
            buying.buy_label(shipping.workspace.id, label_id)
        buying.buy_label(shipping.workspace.id, label_id)
    [sold] = shipping.effects()
    assert shipping.label(parcel).tracking_number == sold["tracking_number"]


@every_carrier
@pytest.mark.parametrize("what", ["void", "manifest"])
def test_a_no_that_echoes_our_own_lost_request_is_a_yes(
    shipping: Shipping, kind: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request arrives while the second looks: the carrier then refuses the second, and the effect stands."""
    account_id = shipping.connect(kind, KEYS[kind])
    parcel = shipping.labelled()
    label_id = shipping.label(parcel).id
    with db.workspace(shipping.workspace.id):
        if what == "void":
            voiding.void(ALICE, db.get(Label, label_id))
        else:
            manifests.order_manifest(ALICE, db.get(CarrierAccount, account_id))
    adapter: Any = carrier.adapter(kind)
    ask = getattr(adapter, what)

    def late(self: Any, *asked: Any) -> Any:
        ask(self, *asked)
        return ask(self, *asked)

    monkeypatch.setattr(adapter, what, late)
    shipping.run()
    assert len(shipping.effects(what)) == 1
    assert settled(shipping, what, label_id, parcel)


def settled(shipping: Shipping, what: str, label_id: UUID, parcel: Parcel) -> bool:
    with db.workspace(shipping.workspace.id) as session:
        if what == "void":
            state = session.scalars(select(Label.state).where(Label.id == label_id)).one()
            return state in ("void_requested", "voided") and shipping.fresh(parcel).state == "draft"
        row = session.scalars(select(Manifest)).one()
        return row.state == "created" and bool(row.file) and shipping.fresh(parcel).state == "shipped"
