"""Stamping in the product editor: the switch, the text, and what it looks like."""

from uuid import UUID

from flask import request

from app.catalogue import actions, seen
from app.catalogue.models import File
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import expect
from app.catalogue.routes.product import HERE, READ, WRITE, locked, mine, product, saved
from app.core.web import render
from app.core.web.access import actor, requires


@blueprint.post(f"{HERE}/files/<uuid:file_id>/stamps")
@requires(WRITE, again=product)
def set_stamping(product_id: UUID, file_id: UUID) -> object:
    """Every buyer gets a marked copy, or no longer."""
    locked(product_id)
    file = mine(File, file_id, product_id)
    expect(f"stamp-{file.id}", seen.stamping(file), file.id)
    on = "stamped" in request.form
    actions.set_stamping(actor(), file, on, request.form.get("text", ""))
    said = "is stamped for each buyer from now on." if on else "is handed out as it is."
    return saved(product_id, f"{file.name} {said}", "files")


@blueprint.get(f"{HERE}/files/<uuid:file_id>/stamps")
@requires(READ)
def preview_stamp(product_id: UUID, file_id: UUID) -> str:
    """How the typed text looks on somebody's copy."""
    file = mine(File, file_id, product_id)
    text = request.args.get("text", "")[:400]
    return render.fragment("catalogue/_stamp_preview.html", file=file, text=text, stamp_sample=actions.sampled)
