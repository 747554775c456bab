"""Batches of labels: a dry run, the purchase row by row, the documents."""

from functools import partial
from typing import Any

from flask import Response, request

from app.core import storage
from app.core.csv import lines as csv_lines
from app.core.errors import NotFound, Refused
from app.core.money import Money
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.core.web.blocking import in_thread
from app.core.web.forms import identifier
from app.orders.queries import selection
from app.shipping import batches as reading
from app.shipping import imposing, words
from app.shipping.actions import batching, buying, documents, files, parcels, presets
from app.shipping.models import LabelBatch
from app.shipping.routes import blueprint
from app.shipping.routes.orders import READ, WRITE, base

DOCUMENTS = {"labels": "Labels", "slips": "Packing slips", "picks": "Pick list"}


@blueprint.get("/w/<workspace>/shipping/batches")
@requires(READ)
def batches() -> str:
    """Every batch, the newest first."""
    return render.page("shipping/batches.html", batches=reading.recent(), words=words, base=base())


@blueprint.post("/w/<workspace>/shipping/batches")
@requires(WRITE)
def prepare() -> Any:
    """Look the chosen orders over: the ticked ones, or everything that the list's filters match. Nothing is bought."""
    chosen = selection.selected(request.form, batching.MOST)
    if not chosen:
        raise Refused("Tick at least one order first. Nothing was bought.")
    batch = batching.prepare(actor(), [order.id for order in chosen])
    return back(f"{base()}/batches/{batch.number}")


@blueprint.get("/w/<workspace>/shipping/batches/<int:number>")
@requires(READ)
def batch(number: int) -> str:
    """What will happen, what cannot and why; then how far it is, row by row."""
    found = reading.by_number(number)
    items = reading.rows(found)
    return render.page(
        "shipping/batch.html",
        batch=found,
        items=items,
        counts=reading.counts(items),
        due=reading.totals(items, "ready"),
        paid=reading.totals(items, "bought"),
        documents=DOCUMENTS,
        sheets=imposing.SHEETS,
        sheet=parcels.settings_of().label_sheet,
        words=words,
        base=base(),
        here=f"{base()}/batches/{number}",
        orders_url=f"{base().removesuffix('/shipping')}/orders",
        live_topics=f"run:{found.id}",
    )


def _batch(number: int) -> LabelBatch:
    return reading.by_number(number)


@blueprint.post("/w/<workspace>/shipping/batches/<int:number>/start")
@requires(WRITE, again=batch)
def start(number: int) -> Any:
    """Buy what is ready, at the total that the page showed."""
    batching.start(actor(), _batch(number), request.form.get("total", type=int, default=-1))
    return back(f"{base()}/batches/{number}")


@blueprint.post("/w/<workspace>/shipping/batches/<int:number>/cancellation")
@requires(WRITE, again=batch)
def cancel(number: int) -> Any:
    batching.cancel(actor(), _batch(number))
    return back(f"{base()}/batches/{number}")


@blueprint.post("/w/<workspace>/shipping/batches/<int:number>/retry")
@requires(WRITE, again=batch)
def retry(number: int) -> Any:
    """Look again at every failed row, or at the one that was pressed."""
    raw = request.form.get("item", "")
    batching.retry(actor(), _batch(number), [identifier(raw, "item")] if raw else None)
    return back(f"{base()}/batches/{number}")


@blueprint.post("/w/<workspace>/shipping/batches/<int:number>/handover")
@requires(WRITE, again=batch)
def hand_over_batch(number: int) -> Any:
    """Everything in the batch left the house."""
    batching.hand_over(actor(), _batch(number))
    return back(f"{base()}/batches/{number}")


@blueprint.get("/w/<workspace>/shipping/batches/<int:number>/<document>.pdf")
@requires(READ)
def document(number: int, document: str) -> Response:
    """Labels, slips or picks of the batch, in its order. Drawn once, printed as often as wanted."""
    if document not in DOCUMENTS:
        raise NotFound
    data = storage.read(documents.of_batch(_batch(number), document))
    sheet = request.args.get("sheet", type=int, default=1)
    if document == "labels" and sheet in (2, 4):
        data = in_thread(partial(imposing.on_a4, data, sheet))
    answer = Response(data, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="batch-{number}-{document}.pdf"'
    return answer


@blueprint.get("/w/<workspace>/shipping/batches/<int:number>/labels.zpl")
@requires(READ)
def plotted(number: int) -> Response:
    """The labels that were bought for a label printer, one after the other, in the batch's order."""
    data = storage.read(documents.of_batch(_batch(number), "zpl"))
    answer = Response(data, content_type=files.TYPES["zpl"])
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{number}-labels.zpl"'
    return answer


@blueprint.post("/w/<workspace>/shipping/batches/<int:number>/printing")
@requires(WRITE, again=batch)
def print_batch(number: int) -> Any:
    """Note who printed the labels and how they go on paper, then show them."""
    sheet = presets.choose_sheet(actor(), request.form.get("sheet", type=int, default=0))
    found = _batch(number)
    documents.of_batch(found, "labels")
    labels = [row.label for row in reading.rows(found) if row.label and buying.printable(row.label)]
    buying.printed(actor(), [label for label in labels if label.printed_at is None and label.format != "zpl"])
    return back(f"{base()}/batches/{number}/labels.pdf" + (f"?sheet={sheet}" if sheet > 1 else ""))


@blueprint.get("/w/<workspace>/shipping/batches/<int:number>/result.csv")
@requires(Permission.ORDERS_ORDER_EXPORT)
def result(number: int) -> Response:
    """The result file: a row per order with what became of it."""
    head = ("position", "order", "state", "service", "price", "currency", "tracking_number", "reason")
    rows = [
        (
            row.item.position,
            row.order.number,
            words.ITEMS[row.item.state],
            row.item.service_name,
            Money(row.item.quoted_minor, row.item.currency).decimal if row.item.currency else "",
            row.item.currency,
            row.label.tracking_number if row.label else "",
            row.item.reason,
        )
        for row in reading.rows(_batch(number))
    ]
    answer = Response("".join(csv_lines(head, rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{number}.csv"'
    return answer
