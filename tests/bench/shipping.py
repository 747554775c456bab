"""Labels a minute through real workers, the papers of a large batch, and what news of a parcel costs among 100,000 labels."""

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pikepdf
import requests
from sqlalchemy import select

from app.core import db, storage
from app.core.ids import new_id
from app.orders.models import Order
from app.sandbox.carriers.label import Label as Printed
from app.sandbox.carriers.label_pdf import render
from app.shipping import sheets
from app.shipping.actions import documents, hearing
from app.shipping.carrier import News, Seen, Tracking
from app.shipping.models import BatchItem, Label, LabelBatch
from tests.chaos.crew import Crew
from tests.chaos.despatch import KEYS, Despatch, open_jobs
from tests.cli.test_run import soon
from tests.shipping.parceling import BEACH, HOME

LABELS, WORKERS, PAPERS, ROUNDS = 100, 2, 500, 3
PATIENCE = 600


@dataclass(frozen=True)
class Timed:
    """Seconds of ours and of the floor."""

    ours: float
    floor: float

    @property
    def ratio(self) -> float:
        return self.ours / self.floor


def report(world: Any) -> None:
    paper, whole = papers(world.north.id)
    print(
        f"labels of {PAPERS} orders as one PDF: {paper.ours * 1000:.0f} ms, a bare merge {paper.floor * 1000:.0f} ms,"
        f" ratio {paper.ratio:.2f}; with slips and pick list {whole * 1000:.0f} ms"
    )
    print(f"news of a parcel among 100,000 labels: {news(world.north.id) * 1000:.1f} ms")
    bought = labels(world)
    print(
        f"{LABELS} labels from dry run to one PDF, {WORKERS} workers: {LABELS * 60 / bought.ours:.0f} a minute,"
        f" bare calls {LABELS * 60 / bought.floor:.0f}, ratio {bought.ratio:.2f}"
    )


# --- papers
def papers(workspace_id: UUID) -> tuple[Timed, float]:
    """The labels' PDF against a bare merge of the same files, in turn; and seconds for all papers of the batch."""
    batch_id, keys = _batch(workspace_id)
    files = [storage.read(key) for key in keys]
    ours, floor = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: sheets.joined([storage.read(key) for key in keys])))
        floor.append(_seconds(lambda: _merged(files)))
    whole = statistics.median(_seconds(lambda: documents.draw_batch(workspace_id, batch_id)) for _ in range(ROUNDS))
    return Timed(statistics.median(ours), statistics.median(floor)), whole


def _batch(workspace_id: UUID) -> tuple[UUID, list[str]]:
    """A bought batch of shipped orders, with a file per label."""
    with db.workspace(workspace_id) as session:
        batch = db.add(LabelBatch(id=new_id(), number=1, state="done", actor_name="Bench"))
        found = session.scalars(select(Label).order_by(Label.id).limit(PAPERS)).all()
        keys = [_file(label) for label in found]
        for place, label in enumerate(found, 1):
            label.files = {"pdf": keys[place - 1]}
            row = BatchItem(batch_id=batch.id, position=place, order_id=label.parcel.order_id, state="bought")
            row.parcel_id, row.label_id = label.parcel_id, label.id
            db.add(row)
        return batch.id, keys


def _file(label: Label) -> str:
    lines = ("NORTHLIGHT", "388 TOWNSEND ST", "SAN FRANCISCO CA 94107")
    key = f"workspaces/{label.workspace_id}/labels/{label.id}.pdf"
    storage.put_bytes(key, render(Printed("USPS Ground Advantage", lines, lines, label.tracking_number, ("7 OZ",))))
    return key


def _merged(files: list[bytes]) -> bytes:
    whole, out = pikepdf.new(), io.BytesIO()
    for data in files:
        with pikepdf.open(io.BytesIO(data)) as part:
            whole.pages.extend(part.pages)
    whole.save(out)
    return out.getvalue()


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


# --- news
def news(workspace_id: UUID, count: int = 50) -> float:
    """Median seconds to apply one scan by its number, as a webhook's job does."""
    with db.workspace(workspace_id) as session:
        wanted = select(Label.account_id, Label.tracking_number).order_by(Label.id.desc()).limit(count)
        told = session.execute(wanted).all()
    times = []
    for account_id, number in told:
        seen = Seen(f"bench-{number}", db.now(), "delivered", "Delivered", "Oakland")
        way = Tracking("USPS", number, "delivered", (seen,))
        scan = News(f"bench-{number}", "tracking", carrier="USPS", number=number, tracking=way)
        owner = {"workspace_id": str(workspace_id), "account_id": str(account_id)}
        body = {**owner, "news": msgspec.to_builtins(scan)}
        times.append(_seconds(lambda body=body: hearing.apply(body)))  # type: ignore[misc]
    return statistics.median(times)


# --- labels
def labels(world: Any) -> Timed:
    """From the dry run to the printed batch, through the relay and workers as processes; then bare calls to the sandbox."""
    with tempfile.TemporaryDirectory(prefix="guildhall-bench-") as folder:
        crew = Crew(Path(folder))
        crew.hire()
        try:
            crew.tend()
            despatch = Despatch(world, crew.sandbox, _nobody)
            despatch.sell(LABELS, most=1)
            despatch.connect("easypost")
            _until(despatch.connected)
            _until(lambda: _paid(despatch) and not open_jobs("orders.", "payments.", "storefront."))
            ours = _seconds(lambda: _through_the_workers(despatch))
            return Timed(ours, _seconds(lambda: _bare(crew.sandbox)))
        finally:
            crew.close()


def _nobody(*_: Any, **__: Any) -> None:
    """Jobs are left to the workers."""


def _until(true: Callable[[], bool]) -> None:
    assert soon(true, PATIENCE), open_jobs("")


def _paid(despatch: Despatch) -> bool:
    with db.workspace(despatch.workspace_id) as session:
        wanted = select(Order.paid_at).where(Order.id.in_([order.id for order in despatch.orders]))
        return all(session.scalars(wanted))


def _through_the_workers(despatch: Despatch) -> None:
    batch_id = despatch.prepare(Random(1))
    _until(lambda: despatch.batch(batch_id).state == "ready")
    despatch.press(batch_id)
    _until(lambda: despatch.drawn(batch_id))
    assert despatch.bought(batch_id)


def _bare(url: str) -> None:
    """Create, buy and fetch as many labels with as many threads as there are workers."""
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda _: _bare_label(f"{url}/easypost/v2"), range(LABELS)))


def _bare_label(base: str) -> None:
    key = (KEYS["easypost"], "")
    sizes = {"length": 8, "width": 6, "height": 2, "weight": 7}
    wish = {"from_address": _place(HOME), "to_address": _place(BEACH), "parcel": sizes, "reference": str(new_id())}
    made = requests.post(f"{base}/shipments", json={"shipment": wish}, auth=key, timeout=30).json()
    rate = {"rate": {"id": made["rates"][0]["id"]}}
    bought = requests.post(f"{base}/shipments/{made['id']}/buy", json=rate, auth=key, timeout=30).json()
    assert requests.get(bought["postage_label"]["label_url"], timeout=30).ok


def _place(address: dict[str, str]) -> dict[str, str]:
    names = {
        "name": "name",
        "line1": "street1",
        "city": "city",
        "region": "state",
        "postcode": "zip",
        "country": "country",
    }
    return {theirs: address[ours] for ours, theirs in names.items()} | {"phone": "5555555555"}
