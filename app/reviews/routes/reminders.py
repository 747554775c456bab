"""One click ends reminders of one shop, with or without an account (RFC 8058)."""

from typing import Any

from flask import Response, request

from app.core.web import render
from app.core.web.access import public
from app.core.web.csrf import csrf
from app.core.web.limits import address, limit
from app.reviews import actions
from app.reviews.routes import blueprint


@blueprint.get("/unsubscribe/reviews/<token>")
@public
def reminders_page(token: str) -> str:
    """From the letter: a button does it, so that a scanner that follows links does not."""
    return render.page("reviews/reminders.html", token=token, reminders=actions.REMINDERS.standing(token))


@blueprint.post("/unsubscribe/reviews/<token>")
@csrf.exempt
@limit("600/minute", key_func=address)
@public
def stop_reminders(token: str) -> Any:
    """At once, with or without a session: mail programs press this button themselves and need no page."""
    if request.form.get("again") == "y":
        actions.REMINDERS.resume(token)
    else:
        actions.REMINDERS.stop(token)
    told = actions.REMINDERS.standing(token)
    if "List-Unsubscribe" in request.form:
        return Response(f"No more reminders to review what you bought from {told.shop}.\n", mimetype="text/plain")
    return render.page("reviews/reminders.html", token=token, reminders=told)
