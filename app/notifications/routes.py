"""The inbox, its tray on every page, what somebody wants to hear, and the links in mails that end them."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_date
from flask import Blueprint, Response, flash, redirect, request

from app.core import db, webpush
from app.core.errors import NotFound
from app.core.web import render
from app.core.web.access import Viewer, back, public, signed_in, viewer
from app.core.web.csrf import csrf
from app.core.web.forms import F, FormRefused, parse, show_refused
from app.core.web.limits import address, limit
from app.notifications import actions, forms, queries
from app.notifications.kinds import BUNDLED_FOR, KINDS
from app.notifications.queries import Entry, Filters

blueprint = Blueprint("notifications", __name__)
PAGE = 30
TRAY = 10


def _person() -> Viewer:
    person = viewer()
    if person is None:
        raise NotFound
    return person


@blueprint.get("/inbox")
@signed_in
def inbox() -> str:
    person, filters = _person().id, _filters()
    after = forms.place(request.args.get("after"))
    found = queries.entries(person, filters, after, PAGE + 1)
    more = forms.place_words(queries.position(found[PAGE - 1])) if len(found) > PAGE else ""
    return render.page(
        "notifications/inbox.html",
        days=_days(found[:PAGE]),
        filters=filters,
        kinds=KINDS.values(),
        unread=queries.unread(person),
        here=_address(filters),
        address=_address,
        first=after is None,
        next_url=_address(filters, after=more) if more else "",
        drawn=forms.micros(db.now()),
    )


def _filters() -> Filters:
    """Out of the address; a kind that does not exist is no filter."""
    kind = request.args.get("kind", "")
    return Filters(request.args.get("unread") == "1", kind if kind in KINDS else "")


def _address(filters: Filters, *, after: str = "", **changed: Any) -> str:
    """The list with these filters, some of them changed."""
    chosen = {"unread": "1" if filters.unread else "", "kind": filters.kind} | changed | {"after": after}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"/inbox?{query}" if query else "/inbox"


def _days(found: list[Entry]) -> list[tuple[str, list[Entry]]]:
    """Under the name of each day (UTC), newest first."""
    today = db.now().date()
    near = {0: "Today", 1: "Yesterday"}
    return [
        (near.get((today - day).days) or format_date(day, "EEEE, d MMMM yyyy", locale="en_GB"), list(rows))
        for day, rows in groupby(found, lambda one: one.item.updated_at.date())
    ]


@blueprint.get("/inbox/count")
@signed_in
def count() -> str:
    """For the bell of every open page: the number alone, as a partial for wherever it stands."""
    return render.fragment("notifications/_counted.html", unread=queries.unread(_person().id))


@blueprint.get("/inbox/tray")
@signed_in
def tray() -> Any:
    """The newest few in a dialog; a browser that asks for the page itself gets the whole inbox."""
    if not render.is_htmx():
        return back("/inbox")
    person = _person().id
    newest = queries.entries(person, Filters(), None, TRAY)
    return render.fragment(
        "notifications/_tray.html", entries=newest, unread=queries.unread(person), drawn=forms.micros(db.now())
    )


@blueprint.get("/inbox/<uuid:item_id>")
@signed_in
def follow(item_id: UUID) -> Any:
    """Mark it read and go where it leads."""
    return redirect(actions.read(_person().id, item_id).path, 303)


@blueprint.post("/inbox/<uuid:item_id>/reads")
@signed_in
def read(item_id: UUID) -> Any:
    item = actions.read(_person().id, item_id)
    if not render.is_htmx():
        return back(_address(_filters()))
    return render.fragment(
        "notifications/_read.html", entry=queries.entry_of(item), unread=queries.unread(_person().id)
    )


@blueprint.post("/inbox/reads")
@signed_in
def read_all() -> Response:
    """All that had come when the page was drawn, so that nothing goes unseen."""
    try:
        until = forms.moment_of(request.form.get("until"))
    except ValueError as error:
        raise FormRefused({"until": "Reload the page and try again."}) from error
    found = actions.read_all(_person().id, until, _filters().kind)
    flash(f"{found} marked as read." if found else "There was nothing new.", "success")
    return back(_address(_filters()))


@blueprint.get("/me/notifications")
@signed_in
def choices() -> str:
    person = _person()
    return render.page(
        "notifications/choices.html",
        form=_shown(forms.Choices, **forms.filled(queries.wishes(person.id))),
        quiet_form=_shown(forms.Quiet, **forms.filled_quiet(queries.quiet_hours(person.id))),
        kinds=KINDS.values(),
        minutes=int(BUNDLED_FOR.total_seconds() // 60),
        pushes=webpush.enabled(),
        push_key=webpush.public_key() if webpush.enabled() else "",
        devices=queries.devices(person.id),
    )


def _shown(kind: type[F], **data: Any) -> F:
    """Of the page's forms the one that was sent shows what was typed; the others show what holds."""
    sent = {"notifications.choose": forms.Choices, "notifications.keep_still": forms.Quiet}.get(request.endpoint or "")
    return show_refused(kind, **data) if kind is sent else kind(data=data)


@blueprint.post("/me/notifications")
@signed_in(again=choices)
def choose() -> Response:
    actions.choose(_person().id, parse(forms.Choices).wishes(pushes=webpush.enabled()))
    flash("Saved. It holds from the next news on.", "success")
    return back("/me/notifications")


@blueprint.post("/me/notifications/devices")
@limit("20/hour")
@signed_in(again=choices)
def subscribe() -> Response:
    """This browser said yes: the script of the page sends its subscription."""
    person, told = _person(), parse(forms.Device).subscription()
    device = actions.subscribe(person.id, person.session_id, told, request.user_agent.string)
    flash(f"{device.name} rings from now on. Try it below.", "success")
    return back("/me/notifications#devices")


@blueprint.post("/me/notifications/devices/<uuid:device_id>/removal")
@signed_in
def remove(device_id: UUID) -> Response:
    flash(f"{actions.remove(_person().id, device_id)} does not ring any more.", "success")
    return back("/me/notifications#devices")


@blueprint.post("/me/notifications/devices/<uuid:device_id>/tries")
@limit("10/minute")
@signed_in(again=choices)
def try_out(device_id: UUID) -> Response:
    name = actions.try_out(_person().id, device_id)
    flash(
        f"On its way to {name}. If nothing shows within a minute, look whether the device lets this site notify.",
        "info",
    )
    return back("/me/notifications#devices")


@blueprint.post("/me/notifications/quiet")
@signed_in(again=choices)
def keep_still() -> Response:
    hours = parse(forms.Quiet).hours()
    actions.keep_still(_person().id, hours)
    flash(
        "Saved. What comes in that time rings when it is over." if hours else "Saved. Devices ring at any hour.",
        "success",
    )
    return back("/me/notifications#devices")


@blueprint.get("/unsubscribe/<token>")
@public
def unsubscribe_page(token: str) -> str:
    """From the mail: a button does it, so that a scanner that follows links does not."""
    return render.page("notifications/unsubscribe.html", token=token, about=actions.about(token), done="")


@blueprint.post("/unsubscribe/<token>")
@csrf.exempt
@limit("600/minute", key_func=address)
@public
def unsubscribe(token: str) -> Any:
    """At once, with or without a session: mail programs press this button themselves (RFC 8058) and need no page."""
    pressed_by_program = "List-Unsubscribe" in request.form
    told = actions.unsubscribe(token)
    if pressed_by_program:
        return Response(f"No more mail about {told.about}.\n", mimetype="text/plain")
    return render.page("notifications/unsubscribe.html", token=token, about=told, done="ended")


@blueprint.post("/resubscribe/<token>")
@public
def resubscribe(token: str) -> str:
    words = actions.resubscribe(token)
    return render.page("notifications/unsubscribe.html", about={"about": words}, done="undone")
