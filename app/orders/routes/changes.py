"""What a seller does to one order."""

from uuid import UUID

from flask import flash, request

from app.core import db
from app.core.permissions import Permission
from app.core.web.access import actor, back, changed_elsewhere, requires
from app.core.web.forms import parse
from app.orders import actions, forms, queries
from app.orders.models import OrderNote
from app.orders.routes import blueprint
from app.orders.routes.seller import base, order

WRITE, REFUND = Permission.ORDERS_ORDER_WRITE, Permission.ORDERS_ORDER_REFUND


def _here(number: int) -> str:
    """The order's page, with the list that it was opened from."""
    came = request.query_string.decode("ascii", "ignore")
    return f"{base()}/{number}" + (f"?{came}" if came else "")


@blueprint.post("/w/<workspace>/orders/<int:number>/fulfilments")
@requires(WRITE, again=order)
def fulfil(number: int) -> object:
    row, form = queries.order_by_number(number), parse(forms.FulfilForm)
    actions.fulfil(
        actor(),
        row,
        forms.quantities(row, request.form),
        form.carrier.data or "",
        form.tracking_number.data or "",
        form.tracking_url.data or "",
    )
    flash("Marked as sent. The buyer gets a mail.", "good")
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/notes")
@requires(WRITE, again=order)
def note(number: int) -> object:
    actions.add_note(actor(), queries.order_by_number(number), parse(forms.NoteForm).body.data or "")
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/notes/<uuid:note_id>")
@requires(WRITE, again=order)
def edit_note(number: int, note_id: UUID) -> object:
    row, body = queries.order_by_number(number), parse(forms.NoteForm).body.data or ""
    actions.edit_note(actor(), row, db.get(OrderNote, note_id), body)
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/notes/<uuid:note_id>/removal")
@requires(WRITE, again=order)
def delete_note(number: int, note_id: UUID) -> object:
    actions.delete_note(actor(), queries.order_by_number(number), db.get(OrderNote, note_id))
    flash("The note is gone.", "good")
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/hold")
@requires(WRITE, again=order)
def hold(number: int) -> object:
    actions.hold(actor(), queries.order_by_number(number), parse(forms.HoldForm).reason.data or "")
    flash("On hold. It is out of the shipping list until you release it.", "good")
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/release")
@requires(WRITE, again=order)
def release(number: int) -> object:
    actions.release(actor(), queries.order_by_number(number))
    flash("Released. It is back in the shipping list.", "good")
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/tags")
@requires(WRITE, again=order)
def tag(number: int) -> object:
    row, word = queries.order_by_number(number), parse(forms.TagForm).tag.data or ""
    actions.tag(actor(), row, add=word.split(","))
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/tags/removal")
@requires(WRITE, again=order)
def untag(number: int) -> object:
    actions.tag(actor(), queries.order_by_number(number), remove=[request.form.get("tag", "")[:30]])
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/address")
@requires(WRITE, again=order)
def change_address(number: int) -> object:
    row, form = queries.order_by_number(number), parse(forms.AddressForm)
    changed_elsewhere(row.version, form.version.data)
    actions.change_address(actor(), row, form.address())
    flash("The address is changed, and the buyer gets a mail about it.", "good")
    return back(_here(number))


@blueprint.post("/w/<workspace>/orders/<int:number>/cancellation")
@requires(REFUND, again=order)
def cancel(number: int) -> object:
    actions.cancel(actor(), queries.order_by_number(number), request.form.get("reason", "").strip()[:300])
    flash("The order is cancelled. If it was paid, the money is on its way back.", "good")
    return back(_here(number))
