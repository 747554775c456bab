"""For sellers: news of a product to those who bought it, and how its files reach buyers."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.catalogue import actions as catalogue
from app.catalogue import queries as catalogue_queries
from app.catalogue.models import File, Product, Variant
from app.core import db
from app.core.errors import NotFound, Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.limits import limit
from app.downloads import actions, queries
from app.downloads.actions import letters
from app.downloads.community import doors
from app.downloads.models import Update
from app.downloads.routes import blueprint

PRODUCT = "/w/<workspace>/products/<uuid:product_id>"
UPDATE = "/w/<workspace>/updates/<uuid:update_id>"
READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_PRODUCT_WRITE


@blueprint.get(f"{PRODUCT}/updates")
@requires(READ)
def updates(product_id: UUID) -> str:
    """What was sent, a form for the next one, and who gets which release."""
    product = catalogue_queries.product_by_id(product_id)
    files = queries.files_now(product_id)
    return render.page(
        "downloads/updates.html",
        product=product,
        updates=queries.updates_of(product_id),
        files=files,
        fresh={file.id for file in queries.fresh(product_id)},
        variants=[one for one in product.variants if one.archived_at is None],
        draft=None,
        **_words(product),
    )


def _words(product: Product) -> dict[str, Any]:
    return {"audiences": queries.AUDIENCES, "community": doors.posts(product), "today": db.now().date()}


@blueprint.post(f"{PRODUCT}/updates")
@limit("60/hour")
@requires(WRITE, again=updates)
def write_update(product_id: UUID) -> Response:
    """Keep it and show who would hear of it, and the letter."""
    made = actions.draft(actor(), db.get(Product, product_id), _choice())
    return back(f"/w/{member().slug}/updates/{made.id}")


def _choice() -> actions.Choice:
    form = request.form
    return actions.Choice(
        notes=form.get("notes", "").replace("\r\n", "\n"),
        audience=form.get("audience", "all"),
        files=[_id(one, "files") for one in form.getlist("files")],
        variant_id=_id(form["variant"], "variant") if form.get("variant") else None,
        bought_after=_day(form.get("bought_after", "")),
        forum=form.get("forum") == "y",
    )


def _id(typed: str, field: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Refused("Choose from the list. Nothing was sent.", field=field) from None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed.strip() else None
    except ValueError:
        raise Refused("Write the day like 2026-03-31. Nothing was sent.", field="bought_after") from None


@blueprint.get(UPDATE)
@requires(READ)
def update(update_id: UUID) -> str:
    """Before it is sent: who hears of it and what they read. After: how many were told."""
    row = queries.update_of(update_id)
    product = catalogue_queries.product_by_id(row.product_id)
    return render.page(
        "downloads/update.html",
        update=row,
        draft=row,
        product=product,
        preview=queries.preview(row) if row.state == "draft" else None,
        progress=queries.progress_of(row),
        letter=letters.context(row, "Fay"),
        files=queries.files_now(product.id),
        fresh=set(row.files),
        variants=[one for one in product.variants if one.archived_at is None],
        **_words(product),
    )


@blueprint.post(UPDATE)
@requires(WRITE, again=update)
def change_update(update_id: UUID) -> Response:
    actions.redraft(actor(), queries.update_of(update_id), _choice())
    return back(f"/w/{member().slug}/updates/{update_id}")


@blueprint.post(f"{UPDATE}/sendings")
@limit("20/hour")
@requires(WRITE, again=update)
def send_update(update_id: UUID) -> Response:
    """Tell them. Sending it a second time is refused, so nobody hears twice."""
    count = actions.send_update(actor(), queries.update_of(update_id))
    flash(f"On its way to {count} {'buyer' if count == 1 else 'buyers'}.", "good")
    return back(f"/w/{member().slug}/updates/{update_id}")


@blueprint.post(f"{UPDATE}/removals")
@requires(WRITE, again=update)
def discard_update(update_id: UUID) -> Response:
    row: Update = queries.update_of(update_id)
    actions.discard(actor(), row)
    flash("The draft is thrown away. Nobody heard of it.", "good")
    return back(f"/w/{member().slug}/products/{row.product_id}/updates")


@blueprint.post(f"{PRODUCT}/delivery")
@requires(WRITE, again=updates)
def set_delivery(product_id: UUID) -> Response:
    """Who gets releases that were replaced, and when a purchase looks shared."""
    product = db.get(Product, product_id)
    catalogue.set_older(actor(), product, request.form.get("older_for_all") == "y")
    watched = request.form.get("watch") == "y"
    places = _whole("sharing_places") if watched else None
    days = _whole("sharing_days") if watched else product.sharing_days
    catalogue.set_sharing(actor(), product, places, days)
    flash("Saved.", "good")
    return back(f"/w/{member().slug}/products/{product_id}/updates#delivery")


def _whole(name: str) -> int:
    typed = request.form.get(name, "").strip()
    if not typed.isdecimal() or len(typed) > 6:
        raise Refused("Type a whole number. Nothing was changed.", field=name)
    return int(typed)


@blueprint.post(f"{PRODUCT}/files/<uuid:file_id>/variants")
@requires(WRITE, again=updates)
def set_variant(product_id: UUID, file_id: UUID) -> Response:
    """Which variant's buyers get a file from now on."""
    file, wanted = db.get(File, file_id), request.form.get("variant", "")
    if file.product_id != product_id:
        raise NotFound
    catalogue.set_variant(actor(), file, db.get(Variant, _id(wanted, f"variant-{file_id}")) if wanted else None)
    flash(f"{file.name} is saved. Whoever bought before keeps what they had.", "good")
    return back(f"/w/{member().slug}/products/{product_id}/updates#files")
