"""A purchase that looked shared: the link from the mail that opens it again, and asking for that link."""

from uuid import UUID

from flask import flash
from werkzeug.wrappers import Response

from app.core.masking import masked
from app.core.web import render, visitor
from app.core.web.access import back, public, viewer
from app.core.web.limits import limit
from app.downloads import actions, queries
from app.downloads.routes import blueprint
from app.downloads.routes.library import purchase
from app.orders import actions as orders


@blueprint.post("/library/<uuid:grant_id>/unlock-links")
@limit("5/hour")
@public(again=purchase)
def send_unlock_link(grant_id: UUID) -> Response:
    """Mail the link once more, to the address of the purchase alone."""
    grant = queries.own_grant(grant_id)
    if actions.send_unlock_link(grant):
        flash(f"The link is on its way to {masked(queries.email_of(grant))}. It works for 14 days.", "good")
    return back(f"/library/{grant_id}")


@blueprint.get("/unlock/<token>")
@public
def unlock_page(token: str) -> str:
    """Asks once more, because programs that look at mail follow links; only a person presses the button."""
    return render.page("downloads/unlock.html", token=token, wanted=actions.unlocking(token))


@blueprint.post("/unlock/<token>")
@limit("20/hour")
@public(again=unlock_page)
def unlock(token: str) -> Response:
    """Open again. Whoever reads the mail of a guest's purchase is that guest, so this browser is from now on."""
    grant_id, purchase_token = actions.unlock(token)
    link = orders.opened(purchase_token)
    if viewer() is None and link is not None and not link.owned:
        visitor.become(link.buyer_id)
    flash("Thank you: your downloads are open again. Old links and devices were forgotten.", "good")
    if viewer() is None and link is not None and link.owned:
        return back(f"/sign-in?next=/library/{grant_id}")
    return back(f"/library/{grant_id}")
