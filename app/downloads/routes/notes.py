"""For sellers: what everybody who bought a product reads."""

from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.access import actions as access
from app.access import queries as access_queries
from app.catalogue import queries as catalogue
from app.catalogue.models import Product
from app.core import db
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.downloads.routes import blueprint

HERE = "/w/<workspace>/products/<uuid:product_id>/note"


@blueprint.get(HERE)
@requires(Permission.CATALOGUE_PRODUCT_READ)
def note(product_id: UUID) -> str:
    """The words as they are, and how buyers see them."""
    product = catalogue.product_by_id(product_id)
    return render.page(
        "downloads/note.html", product=product, words=access_queries.note_of(product_id), longest=access.LONGEST_NOTE
    )


@blueprint.post(HERE)
@requires(Permission.CATALOGUE_PRODUCT_WRITE, again=note)
def set_note(product_id: UUID) -> Response:
    """Keep them, or take them away when they are empty."""
    product = db.lock(db.get(Product, product_id))
    words = request.form.get("words", "").replace("\r\n", "\n").strip()
    access.set_note(actor(), product, words)
    flash("Saved. Whoever has it reads this from now on." if words else "Buyers read no note any more.", "good")
    return back(f"/w/{member().slug}/products/{product_id}/note")
