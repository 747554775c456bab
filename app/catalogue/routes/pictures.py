"""Pictures in the product editor."""

from uuid import UUID

from flask import request

from app.catalogue import actions, forms, queries, seen
from app.catalogue.models import Media
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import expect
from app.catalogue.routes.product import HERE, WRITE, locked, mine, product, saved
from app.core.errors import Refused
from app.core.web.access import actor, requires
from app.core.web.forms import parse
from app.core.web.intake import uploads
from app.core.web.limits import limit


@blueprint.post(f"{HERE}/pictures")
@limit("60/minute")
@requires(WRITE, again=product)
@uploads(actions.LARGEST_PICTURE * actions.MOST_PICTURES)
def add_pictures(product_id: UUID) -> object:
    row, sent = queries.product_by_id(product_id), [one for one in request.files.getlist("picture") if one.filename]
    if not sent:
        raise Refused("Choose a picture first.", field="picture")
    for one in sent:
        actions.add_picture(actor(), row, one.stream, one.filename or "", request.form.get("alt", ""))
    return saved(product_id, "Uploaded. Sizes are being made; they appear by themselves.", "pictures")


@blueprint.post(f"{HERE}/pictures/order")
@requires(WRITE, again=product)
def arrange_pictures(product_id: UUID) -> object:
    """The order after dragging, as ids; refused when another tab added, removed or moved one."""
    row = locked(product_id)
    expect("picture-order", seen.order(row.pictures), row.id)
    actions.arrange_pictures(actor(), row, forms.ids(request.form.get("ids", "")))
    return saved(product_id, "The pictures are in their new order.", "pictures")


@blueprint.post(f"{HERE}/pictures/<uuid:media_id>")
@requires(WRITE, again=product)
def change_picture(product_id: UUID, media_id: UUID) -> object:
    """Describe, move a step, or remove."""
    locked(product_id)
    media = mine(Media, media_id, product_id)
    if request.form.get("do") == "remove":
        actions.remove_picture(actor(), media)
        return saved(product_id, "The picture is removed.", "pictures")
    if request.form.get("do") in ("earlier", "later"):
        actions.move_picture(actor(), media, -1 if request.form["do"] == "earlier" else 1)
        return saved(product_id, "The picture is moved.", "pictures")
    form = parse(forms.PictureForm)
    expect(f"picture-{media.id}", seen.picture(media), media.id)
    actions.describe_picture(actor(), media, form.alt.data or "", bool(form.decorative.data))
    return saved(product_id, "The description is saved.", "pictures")
