"""Connecting: to the platform and back. The consent's nonce is what comes back, and it works once (actions/connecting.py)."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.catalogue import queries as catalogue
from app.catalogue.models import Shop
from app.channels import channel
from app.channels.actions import connecting
from app.channels.channel_facts import Profile
from app.channels.models import ChannelConnection, ChannelConsent
from app.channels.queries import connections as queries
from app.channels.routes import blueprint
from app.channels.routes.place import WRITE, base, shown
from app.core import db, outside, settings
from app.core.errors import NotFound, Refused
from app.core.web import render
from app.core.web.access import actor, back, public, requires, signed_in, viewer
from app.core.web.csrf import csrf
from app.core.web.forms import identifier
from app.core.web.limits import address, limit

BACK = {
    "tiktok": ("code", "locale", "shop_region"),
    "shopee": ("code", "shop_id", "main_account_id"),
    "woocommerce": (),
}
"""What each platform sends back with the browser; Woo posts its keys from its server instead."""
LARGEST = 16 * 1024


class Lost(Refused):
    status = 404
    title = "This answer came too late"
    message = (
        "The link back from the platform was used already, is older than an hour, or belongs to somebody else."
        " Open Channels and connect the shop again; nothing was changed."
    )


@blueprint.get("/w/<workspace>/channels/new")
@requires(WRITE)
def new() -> Any:
    """Choose a platform; then the shop of ours that its orders go to."""
    kind = request.form.get("kind") or request.args.get("kind", "")
    profile = channel.profiles().get(kind)
    shops = catalogue.shops()
    chosen = {"kind": kind if profile else "", "profile": profile, "shops": shops}
    return render.page(
        "channels/new.html",
        **shown(**chosen, registered=connecting.registered, demo=_demo(profile) if profile else None),
    )


def _demo(profile: Profile) -> dict[str, str] | None:
    """What to type for the sandbox's demo shop, where this platform is the sandbox; None where it is the real one."""
    app, typed = channel.app_of(profile.kind), [box.name for box in profile.fields]
    if app.consent or app.api:
        return {} if outside.is_sandbox(app.consent or app.api) else None
    address = f"{settings.current().sandbox_url}/{profile.kind}/deep-field"
    return dict.fromkeys(typed, address) if typed and outside.is_sandbox(address) else None


@blueprint.post("/w/<workspace>/channels/consents")
@requires(WRITE, again=new)
def begin() -> Any:
    """Remember what was chosen, and send the browser to the platform."""
    kind = request.form.get("kind", "")
    shop = db.find(Shop, identifier(request.form.get("shop_id"), "shop_id"))
    if shop is None:
        raise Refused("Choose the shop that its orders go to. Nothing was changed.", field="shop_id")
    return _leave(connecting.begin(actor(), kind, shop, _typed(kind)))


def _leave(row: ChannelConsent) -> Any:
    return back(f"{base()}/consents/{row.id}/leaving")


@blueprint.get("/w/<workspace>/channels/consents/<uuid:consent_id>/leaving")
@requires(WRITE)
def leaving(consent_id: UUID) -> Any:
    """Leads on to the platform by itself; not by redirect, because browsers hold those of forms against our policy."""
    row = db.get(ChannelConsent, consent_id)
    if row.state != "asked" or row.user_id != actor().user_id:
        return back(f"{base()}/consents/{consent_id}")
    profile = channel.profiles()[row.kind]
    return render.page("channels/leaving.html", **shown(row=row, profile=profile, address=connecting.address(row)))


def _typed(kind: str) -> dict[str, str]:
    profile = channel.profiles().get(kind)
    return {box.name: request.form.get(box.name, "")[:400] for box in (profile.fields if profile else ())}


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/consents")
@requires(WRITE)
def begin_again(connection_id: UUID) -> Any:
    """The seller's yes once more, for the same shop there; what is typed is known from the first time."""
    row = db.get(ChannelConnection, connection_id)
    typed = {"address": row.url, "region": row.region}
    return _leave(connecting.begin(actor(), row.kind, db.get(Shop, row.shop_id), typed, row))


@blueprint.get("/w/<workspace>/channels/consents/<uuid:consent_id>")
@requires(WRITE)
def consent(consent_id: UUID) -> str:
    """Waits until the answer is exchanged; then leads on."""
    row = db.get(ChannelConsent, consent_id)
    done = row.connection_id if row.state == "done" else None
    return render.page(
        "channels/consent.html",
        **shown(
            row=row,
            profile=channel.profiles()[row.kind],
            here=f"{base()}/consents/{consent_id}",
            connection=queries.connection(done) if done else None,
        ),
    )


@blueprint.get("/channels/<kind>/return")
@signed_in
def returned(kind: str) -> Any:
    """Back from the platform with its answer, which is kept for a job; only who left for it may bring it."""
    if kind not in channel.profiles():
        raise NotFound
    person, query = viewer(), request.args
    nonce = query.get("user_id" if kind == "woocommerce" else "state", "")
    if person is None or not 0 < len(nonce) <= 100:
        raise Lost
    with db.system("channel consent"):
        return back(_take(kind, nonce, person.id))


def _take(kind: str, nonce: str, person_id: UUID) -> str:
    """Hand the answer on. Returns the address of the waiting page."""
    try:
        asked = queries.consent(nonce)
        if asked.row.kind != kind:
            raise Lost
        if _said_no(kind):
            connecting.declined(nonce, person_id)
        elif BACK.get(kind, ("code",)):
            names = BACK.get(kind, ("code",))
            answer = {name: request.args[name][:2000] for name in names if name in request.args}
            connecting.answered(nonce, answer, person_id)
        elif asked.row.user_id != person_id:
            raise Lost
    except NotFound as error:
        raise Lost from error
    return f"/w/{asked.slug}/channels/consents/{asked.row.id}"


def _said_no(kind: str) -> bool:
    if kind == "woocommerce":
        return request.args.get("success") == "0"
    return "code" not in request.args


class NoKeys(Refused):
    status = 400
    message = "These are not keys of a shop that was asked for. Nothing was stored."


@blueprint.post("/channels/woocommerce/keys")
@csrf.exempt
@limit("60/minute", key_func=address)
@public
def keys() -> Response:
    """A WooCommerce shop's server posts its keys. The nonce in `user_id` was told to that shop's page of consent alone."""
    if not 0 < (request.content_length or 0) <= LARGEST:
        raise NoKeys
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise NoKeys
    nonce = str(body.get("user_id") or "")
    told = {str(name)[:40]: str(value)[:400] for name, value in list(body.items())[:20]}
    try:
        with db.system("channel consent"):
            asked = queries.consent(nonce[:100])
            if asked.row.kind != "woocommerce":
                raise NoKeys
            connecting.answered(nonce, {**told, **asked.row.typed}, None)
    except NotFound as error:
        raise NoKeys from error
    return Response(status=200)
