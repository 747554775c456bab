"""From the pay button to the confirmation: waiting for the payment page, coming back from it, with or without money."""

from datetime import timedelta
from uuid import UUID

from flask import Response, make_response, redirect, request

from app.core import db
from app.core.outbox import later
from app.core.web import access, render
from app.core.web.access import public
from app.payments import actions as payments
from app.payments.models import Payment
from app.storefront.queries import checkout as queries
from app.storefront.queries.cards import first_picture
from app.storefront.routes import blueprint

ASK_AGAIN = timedelta(seconds=5)
OVER = ("expired", "failed", "cancelled")


@blueprint.get("/checkout/<uuid:group_id>")
@public
def wait(group_id: UUID) -> Response | str:
    """On to the payment page as soon as there is one; the page asks again by itself until then."""
    payment = queries.payment_of(group_id)
    if payment.state == "open" and payment.session_url:
        return _go(payment.session_url)
    if payment.state in OVER:
        return _go(f"/checkout/{group_id}/back")
    if payment.state != "pending":
        return _go(f"/checkout/{group_id}/done")
    return render.page("storefront/wait.html", payment=payment, group_id=group_id, live_topics=f"order:{group_id}")


@blueprint.get("/checkout/<uuid:group_id>/done")
@public
def done(group_id: UUID) -> Response | str:
    """The confirmation. The success address proves nothing, so Stripe is asked again; news arrives live."""
    found = queries.confirmation(group_id)
    if found.payment.state in OVER:
        return _go(f"/checkout/{group_id}/back")
    if found.payment.state in queries.WAITING:
        _ask_stripe(found.payment)
    return render.page(
        "storefront/done.html",
        found=found,
        group_id=group_id,
        picture_of=first_picture,
        swapped=render.is_htmx(),
        live_topics=f"order:{group_id}" if found.waiting or found.payment.state == "processing" else "",
    )


@blueprint.get("/checkout/<uuid:group_id>/back")
@public
def back(group_id: UUID) -> Response | str:
    """Without money: why, and how to go on. The cart is as it was."""
    payment = queries.payment_of(group_id)
    if payment.state in ("paid", "processing"):
        return _go(f"/checkout/{group_id}/done")
    ending = request.args.get("ending") == "1" and payment.state in queries.WAITING
    if ending:
        _ask_stripe(payment)
    return render.page(
        "storefront/back.html",
        payment=payment,
        group_id=group_id,
        ending=ending,
        live_topics=f"order:{group_id}" if payment.state in queries.WAITING else "",
    )


@blueprint.post("/checkout/<uuid:group_id>/cancellation")
@public
def cancel(group_id: UUID) -> Response:
    """The buyer does not want to pay any more: the page is closed, then the stock goes back. Nothing leaves the cart."""
    payments.cancel(queries.payment_of(group_id))
    return access.back(f"/checkout/{group_id}/back?ending=1")


def _ask_stripe(payment: Payment) -> None:
    """At most once in a few seconds, however often the page is loaded."""
    moment = int(db.now().timestamp() // ASK_AGAIN.total_seconds())
    later("payments.settle", dedupe_key=f"settle:{payment.id}:{moment}", payment_id=payment.id)


def _go(url: str) -> Response:
    """A redirect that also leaves this site, for browsers with htmx and without."""
    if render.is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)  # type: ignore[return-value]
