"""`/admin/webhooks`: what providers sent, and having it applied again."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, flash, request

from app.admin import forms, redaction, words
from app.admin.actions import receipts as acting
from app.admin.queries import jobs as jobs_reading
from app.admin.queries import receipts as reading
from app.admin.routes import blueprint
from app.core import db
from app.core.inbox import InboundEvent
from app.core.web import render
from app.core.web.access import actor, back, operators

BASE = "/admin/webhooks"


@blueprint.get(BASE)
@operators
def receipts() -> Any:
    wanted = forms.Receipts(request.args).wanted()
    rows, following = reading.listed(wanted, forms.place(request.args.get("before")))
    sources, kinds = reading.choices()
    return render.page(
        "admin/receipts.html",
        rows=[(row, reading.state_of(row), words.explain(row.error)) for row in rows],
        wanted=wanted,
        filters=forms.filters(wanted),
        counts=reading.counts(),
        sources=sources,
        kinds=kinds,
        next_url=f"?{urlencode(forms.filters(wanted) | {'before': str(following)})}" if following else "",
        w=words,
        urlencode=urlencode,
    )


@blueprint.get(f"{BASE}/<uuid:receipt_id>")
@operators
def receipt(receipt_id: UUID) -> Any:
    """Nobody is named in it; the whole message is one press further, and that press is written down."""
    found = acting.find(receipt_id)
    return _shown(found, redaction.pretty(redaction.masked(found.body)), whole=False)


@blueprint.post(f"{BASE}/<uuid:receipt_id>/readings")
@operators
def read_receipt(receipt_id: UUID) -> Any:
    """The answer to this press is the page itself: its address shows nothing to whoever gets it."""
    found = acting.find(receipt_id)
    acting.look(actor(), found)
    return _shown(found, redaction.raw(found.raw), whole=True)


def _shown(found: InboundEvent, body: str, whole: bool) -> Any:
    return render.page(
        "admin/receipt.html",
        receipt=found,
        state=reading.state_of(found),
        failure=words.explain(found.error),
        body=body,
        whole=whole,
        jobs=jobs_reading.about_receipt(found.id),
        history=jobs_reading.history(found.id),
        asked=found.asked_at.isoformat(),
        here=f"{BASE}/{found.id}",
        w=words,
    )


@blueprint.post(f"{BASE}/<uuid:receipt_id>/replays")
@operators
def replay(receipt_id: UUID) -> Response:
    found = acting.find(receipt_id)
    if acting.replay(actor(), found, forms.moment(request.form.get("asked"))):
        flash("It is being applied again.", "success")
    else:
        flash("That was asked for already; nothing was done twice.", "info")
    return back(f"{BASE}/{receipt_id}")


@blueprint.get(f"{BASE}/replays")
@operators
def replays() -> Any:
    """What would happen: how many match, and how many of them one press applies."""
    wanted, until = forms.Receipts(request.args).wanted(), db.clock()
    ids, count = reading.replayable(wanted, until, acting.MOST)
    return render.page(
        "admin/replays.html",
        wanted=wanted,
        filters=forms.filters(wanted),
        count=count,
        at_once=len(ids),
        until=until.isoformat(),
        back_url=f"{BASE}?{urlencode(forms.filters(wanted))}",
        w=words,
    )


@blueprint.post(f"{BASE}/replays")
@operators
def replay_all() -> Response:
    wanted = forms.Receipts(request.form).wanted()
    count = acting.replay_all(actor(), wanted, forms.moment(request.form.get("until")))
    if count:
        flash(f"{count} message{'s are' if count > 1 else ' is'} being applied again.", "success")
    else:
        flash("They were asked for already, or none is left; nothing was done twice.", "info")
    return back(f"{BASE}?{urlencode(forms.filters(wanted))}")
