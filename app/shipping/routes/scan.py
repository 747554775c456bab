"""Scanner mode: an order's code, then its items one by one, then the label, then the next.

A scanner types and presses Enter, so one focused field and plain forms do all of it. What was scanned travels in the form.
"""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from app.core import db
from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.orders.models import Order
from app.shipping import queries, words
from app.shipping.actions import packing_check
from app.shipping.models import Parcel
from app.shipping.routes import blueprint
from app.shipping.routes.orders import READ, WRITE, base


@blueprint.get("/w/<workspace>/shipping/scan")
@requires(READ)
def scan() -> str:
    """The field that waits for an order, or the parcel that waits for its items."""
    raw = request.values.get("parcel", "")
    parcel = _parcel(raw) if raw else None
    scanned = _scanned(request.values.get("scanned", ""))
    contents = queries.contents([parcel])[parcel.id] if parcel else []
    label = queries.living_label(parcel.id) if parcel else None
    return render.page(
        "shipping/scan.html",
        parcel=parcel,
        order=db.get(Order, parcel.order_id) if parcel else None,
        contents=contents,
        scanned=scanned,
        left=sum(count - min(scanned.get(str(line.id), 0), count) for line, count in contents),
        label=label,
        said=request.args.get("said", ""),
        tone=request.args.get("tone", "good"),
        raw=json.dumps(scanned),
        words=words,
        base=base(),
    )


def _parcel(raw: str) -> Parcel:
    try:
        return db.get(Parcel, UUID(raw))
    except ValueError as error:
        raise Refused("Scan the order again.") from error


def _scanned(raw: str) -> dict[str, int]:
    """Units scanned so far per line, as the form carries them; anything else counts as none."""
    try:
        found = json.loads(raw or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(line): count for line, count in found.items() if isinstance(count, int) and 0 < count < 100_000}


@blueprint.post("/w/<workspace>/shipping/scan")
@requires(WRITE, again=scan)
def read() -> Any:
    """One scan: an item of the open parcel, or another order."""
    code = request.form.get("code", "").strip()[:120]
    raw = request.form.get("parcel", "")
    if raw:
        outcome = packing_check.item(actor(), _parcel(raw), code, _scanned(request.form.get("scanned", "")))
        if outcome is not None:
            return _shown(raw, outcome.scanned, outcome.words, outcome.tone)
    parcel = packing_check.open_order(actor(), code)
    return _shown(str(parcel.id), {}, "", "good")


def _shown(parcel: str, scanned: dict[str, int], said: str, tone: str) -> Any:
    from_ = {"parcel": parcel, "scanned": json.dumps(scanned), "said": said, "tone": tone}
    return back(f"{base()}/scan?{_query(from_)}")


def _query(values: dict[str, str]) -> str:
    return urlencode({name: value for name, value in values.items() if value})


@blueprint.post("/w/<workspace>/shipping/scan/confirmation")
@requires(WRITE, again=scan)
def confirm() -> Any:
    """Checked by eye instead of by scanner; written down with who did it."""
    raw = request.form.get("parcel", "")
    parcel = _parcel(raw)
    packing_check.by_eye(actor(), parcel)
    contents = queries.contents([parcel])[parcel.id]
    return _shown(raw, {str(line.id): count for line, count in contents}, "Checked by eye", "good")
