"""The page on which a seller allows the application to work for their shops."""

from urllib.parse import urlencode, urlsplit

from flask import current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from app.sandbox.market import apps, demo, shops
from app.sandbox.market.calls import scope
from app.sandbox.market.store import Doc

from . import grants
from .dialect import NAME, SERVICE
from .door import blueprint

GONE = "This link belongs to no application that TikTok Shop knows. Go back and start again."


@blueprint.get("/open/authorize")
def ask() -> tuple[str, int]:
    """Which shops, and what may be done there. The address to come back to is registered, never a parameter."""
    if request.args.get("service_id") != SERVICE:
        return _page([], GONE), 400
    return _page(shops.all_of(scope(), NAME)), 200


@blueprint.post("/open/authorize")
def answer() -> Response | tuple[str, int]:
    """Back with a code; without one when the seller denies."""
    here = scope()
    if request.args.get("service_id") != SERVICE:
        return _page([], GONE), 400
    if "demo" in request.form:
        with here.state.transaction():
            demo.fill(here, NAME)
        return redirect(request.full_path, 303)
    if request.form.get("decision") == "deny":
        return _back(error="access_denied")
    chosen = [one for one in shops.all_of(here, NAME) if one["id"] in request.form.getlist("shop")]
    if not chosen:
        return _page(shops.all_of(here, NAME), wrong="Choose at least one shop, or deny access."), 422
    asked = request.form.getlist("scope") if "scope" in request.form or "some" in request.form else list(grants.SCOPES)
    with here.state.transaction():
        code = grants.allow(here, chosen, [one for one in asked if one in grants.SCOPES])
    return _back(code=code)


def _back(**members: str) -> Response:
    """To the registered address, with the `state` that came."""
    address = apps.get(scope(), NAME)["redirect"]
    state = {"state": request.args["state"]} if "state" in request.args else {}
    return redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode({**members, **state})}", 303)


def _page(known: list[Doc], refused: str = "", wrong: str = "") -> str:
    chosen = request.form.getlist("shop")
    if not chosen and len(known) == 1:
        chosen = [known[0]["id"]]
    allowed = request.form.getlist("scope") if "some" in request.form else list(grants.SCOPES)
    return render_template(
        "tiktok/consent.html",
        shops=known,
        chosen=chosen,
        scopes=grants.SCOPES,
        allowed=allowed,
        refused=refused,
        wrong=wrong,
        config=current_app.config["SANDBOX"],
    )
