"""Files for sale in the product editor."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import unwrap
from typing import Any
from uuid import UUID

from flask import request

from app.catalogue import actions, forms, queries, seen
from app.catalogue.actions.files import clean_name
from app.catalogue.models import File, Product
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import expect
from app.catalogue.routes.product import HERE, WRITE, locked, mine, product, saved
from app.core import db, scanning
from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import actor, requires
from app.core.web.intake import uploads
from app.core.web.limits import limit

CHECKED = "{name} is here. It is on sale once the virus scanner has looked at it, which takes a minute or so."
TRIED = "{name} is here. It takes the place of {old} once we know that it can be stamped, which takes a minute or so."


def again(product_id: UUID, file_id: UUID | None = None) -> object:
    """A refused upload: its form alone for the script that shows progress, else the whole editor."""
    if not render.is_htmx():
        return unwrap(product)(product_id=product_id)
    shown = {"product": db.get(Product, product_id), "largest": actions.LARGEST_FILE}
    if file_id is None:
        return render.fragment("catalogue/_upload.html", **shown)
    return render.fragment("catalogue/_replace.html", file=mine(File, file_id, product_id), **shown)


@blueprint.post(f"{HERE}/files")
@limit("60/minute")
@requires(WRITE, again=again)
@uploads(actions.LARGEST_FILE)
def add_file(product_id: UUID) -> object:
    """One file; `size` is what the browser says it is, so a cut upload is noticed."""
    sent, said = _sent("file")
    row = queries.product_by_id(product_id)
    with _beside("file"):
        if scanning.configured():
            actions.whole(actor(), row, sent.stream, sent.filename, size=_length(sent))
            return saved(product_id, CHECKED.format(name=clean_name(sent.filename)), "files")
        actions.add_file(actor(), row, sent.stream, sent.filename, expected_size=said)
    return saved(product_id, f"{clean_name(sent.filename)} is stored.", "files")


@blueprint.post(f"{HERE}/files/<uuid:file_id>/releases")
@limit("60/minute")
@requires(WRITE, again=again)
@uploads(actions.LARGEST_FILE)
def replace_file(product_id: UUID, file_id: UUID) -> object:
    """A new release in the old one's place; those who bought the old one keep it and get this one too."""
    sent, said = _sent(f"release-{file_id}")
    row, old = queries.product_by_id(product_id), mine(File, file_id, product_id)
    with _beside(f"release-{file_id}"):
        notes = request.form.get("notes", "")
        if scanning.configured() or old.stamped:
            words = CHECKED if scanning.configured() else TRIED
            actions.whole(actor(), row, sent.stream, sent.filename, replaces=old, notes=notes, size=_length(sent))
            return saved(product_id, words.format(name=clean_name(sent.filename), old=old.name), "files")
        new = actions.replace_file(actor(), row, old, sent.stream, sent.filename, notes, said)
    return saved(product_id, f"Release {new.release} of {new.name} is out. Earlier buyers get it too.", "files")


def _length(sent: Any) -> int:
    """Bytes of an upload that has arrived."""
    size: int = sent.stream.seek(0, os.SEEK_END)
    sent.stream.seek(0)
    return size


@contextmanager
def _beside(field: str) -> Iterator[None]:
    """Whatever is refused about the bytes is said beside the field they came from."""
    try:
        yield
    except Refused as refusal:
        refusal.field = field
        raise


def _sent(field: str) -> tuple[Any, int | None]:
    """The upload and its announced size in bytes. Raises Refused."""
    found, said = request.files.get(field), request.form.get("size", "")
    if found is None or not found.filename:
        raise Refused("Choose a file first.", field=field)
    return found, int(said) if said.isdecimal() and len(said) < 16 else None


@blueprint.post(f"{HERE}/files/<uuid:file_id>")
@requires(WRITE, again=product)
def change_file(product_id: UUID, file_id: UUID) -> object:
    """Rename and limit, move a step, or stop offering it."""
    locked(product_id)
    file = mine(File, file_id, product_id)
    if request.form.get("do") == "remove":
        actions.remove_file(actor(), file)
        return saved(product_id, f"{file.name} is no longer offered. Those who bought it keep it.", "files")
    if request.form.get("do") in ("earlier", "later"):
        actions.move_file(actor(), file, -1 if request.form["do"] == "earlier" else 1)
        return saved(product_id, f"{file.name} is moved.", "files")
    expect(f"file-{file.id}", seen.file(file), file.id)
    raw = request.form.get("limit", "").strip()
    actions.set_download_limit(actor(), file, forms.whole(raw, f"limit-{file.id}") if raw else None)
    if "stream-shown" in request.form:
        actions.set_stream_only(actor(), file, "stream_only" in request.form)
    if "name" in request.form:
        actions.rename_file(actor(), file, request.form["name"])
    return saved(product_id, f"{file.name} is saved.", "files")
