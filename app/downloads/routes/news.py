"""Mail about updates: one click ends it for one shop, with or without an account (RFC 8058)."""

from typing import Any

from flask import Response, request

from app.core.web import render
from app.core.web.access import public
from app.core.web.csrf import csrf
from app.core.web.limits import address, limit
from app.downloads import actions
from app.downloads.routes import blueprint


@blueprint.get("/unsubscribe/updates/<token>")
@public
def news_page(token: str) -> str:
    """From the letter: a button does it, so that a scanner that follows links does not."""
    return render.page("downloads/news.html", token=token, news=actions.NEWS.standing(token))


@blueprint.post("/unsubscribe/updates/<token>")
@csrf.exempt
@limit("600/minute", key_func=address)
@public
def stop_news(token: str) -> Any:
    """At once, with or without a session: mail programs press this button themselves and need no page."""
    if request.form.get("again") == "y":
        actions.NEWS.resume(token)
    else:
        actions.NEWS.stop(token)
    told = actions.NEWS.standing(token)
    if "List-Unsubscribe" in request.form:
        return Response(f"No more mail about updates of {told.shop}.\n", mimetype="text/plain")
    return render.page("downloads/news.html", token=token, news=told)
