"""Signing in on another device: a code shown here, a button pressed there."""

from typing import Any
from uuid import UUID

from flask import Response, request, session

from app.accounts import actions, queries
from app.accounts.routes import blueprint
from app.accounts.routes.browser import browser, somebody, welcome
from app.accounts.squares import square
from app.core.web import render
from app.core.web.access import back, public, signed_in, viewer
from app.core.web.limits import address, limit
from app.core.web.urls import absolute

GROUP = 4


@blueprint.post("/me/sessions/transfers")
@limit("60/hour")
@signed_in
def offer_session() -> Response:
    person = somebody()
    made = actions.offer(person.id, person.session_id)
    session["transfer"] = [str(made.id), made.code]
    return back(f"/me/sessions/transfers/{made.id}")


@blueprint.get("/me/sessions/transfers/<uuid:transfer_id>")
@signed_in
def offered_session(transfer_id: UUID) -> Any:
    """The code is shown in the browser that made it and nowhere else: only its session cookie holds it."""
    transfer = queries.transfer(transfer_id)
    known, code = session.get("transfer") or ("", "")
    link = absolute(f"/to/{_grouped(code)}") if known == str(transfer_id) and transfer.state == "waiting" else ""
    return render.page("accounts/transfer.html", transfer=transfer, link=link, square=square(link) if link else None)


def _grouped(code: str) -> str:
    """Easier to type: `k7pm-2xqd-9fhn`."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


@blueprint.get("/to/<token>")
@limit("30/5 minutes;200/day", key_func=address)
@public
def arriving(token: str) -> Any:
    """A question, not the sign-in itself: previews of links open them."""
    offer, person = actions.look(token), viewer()
    same = person is not None and person.id == offer.user_id
    return render.page("accounts/arriving.html", offer=offer, token=token, same=same)


@blueprint.post("/to/<token>")
@limit("30/5 minutes;200/day", key_func=address)
@public(again=arriving)
def arrive(token: str) -> Response:
    """Who is here already under this name stays so, and the code stays good for another device."""
    person = viewer()
    if person and person.id == actions.look(token).user_id:
        return back("/me#sessions")
    switch = request.form.get("switch") == "yes"
    entered = actions.take_over(token, person.id if person else None, switch, browser())
    return welcome(entered, f"You are signed in as {entered.name}.")
