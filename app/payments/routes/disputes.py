"""A dispute: what the bank asks, what the seller answers, and until when."""

import io
from typing import Any
from uuid import UUID

from flask import flash, request, send_file

from app.core import db, storage
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.payments import actions, evidence, queries, words
from app.payments.models import DisputeFile
from app.payments.routes import blueprint
from app.payments.routes.account import READ, base, numbers

ANSWER = Permission.ORDERS_ORDER_REFUND
"""Answering decides about money like a refund does."""
HERE = "/w/<workspace>/payouts/disputes/<uuid:dispute_id>"


@blueprint.get(HERE)
@requires(READ)
def dispute(dispute_id: UUID, **_: Any) -> str:
    """What happened, what it means for the money, and the seller's answer."""
    row = queries.dispute(dispute_id)
    return render.page(
        "payments/dispute.html",
        dispute=row,
        number=numbers([row.order_id]).get(row.order_id),
        files=queries.dispute_files(dispute_id),
        state=queries.evidence_state(row),
        text=request.form.get("text", row.evidence_text),
        room=actions.text_room(row),
        kinds=list(evidence.KINDS.items()),
        w=words,
        base=base(),
        here=_here(dispute_id),
        live_topics=f"workspace:{member().workspace_id}:payouts",
    )


def _here(dispute_id: UUID) -> str:
    return f"{base()}/disputes/{dispute_id}"


@blueprint.post(f"{HERE}/evidence")
@limit("60/minute")
@requires(ANSWER, again=dispute)
@uploads(evidence.MOST_BYTES)
def answer(dispute_id: UUID) -> Any:
    """The text and, if one was chosen, a file; `do` is save or hand-in."""
    row = queries.dispute(dispute_id)
    actions.write_evidence(actor(), row, request.form.get("text", ""))
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        actions.attach(actor(), row, sent.stream, sent.filename, request.form.get("kind", ""))
    if request.form.get("do") == "hand-in":
        actions.hand_in(actor(), row)
        flash("Your evidence is handed in. You see below when the bank has it.", "success")
    else:
        flash("Saved. Nothing was sent to the bank yet.", "success")
    return back(_here(dispute_id))


@blueprint.post(f"{HERE}/files/<uuid:file_id>/remove")
@requires(ANSWER, again=dispute)
def remove_file(dispute_id: UUID, file_id: UUID) -> Any:
    file = _file(dispute_id, file_id)
    actions.detach(actor(), file)
    flash(f"{file.name} was removed.", "success")
    return back(_here(dispute_id))


@blueprint.get(f"{HERE}/files/<uuid:file_id>")
@requires(READ)
def file(dispute_id: UUID, file_id: UUID) -> Any:
    """The paper itself, as a download: it is a stranger's file, so no browser shows it as a page of ours."""
    row = _file(dispute_id, file_id)
    data = io.BytesIO(storage.read(row.storage_key))
    return send_file(data, row.content_type, as_attachment=True, download_name=row.name)


def _file(dispute_id: UUID, file_id: UUID) -> DisputeFile:
    row = db.get(DisputeFile, file_id)
    if row.dispute_id != dispute_id:
        raise NotFound
    return row
