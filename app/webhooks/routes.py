"""`POST /webhooks/<source>`: verify the signature on raw bytes, keep the receipt, answer. No session, no CSRF, no effect here."""

import json
from uuid import UUID

import stripe
from flask import Blueprint, Response, request

from app.channels.actions import hearing as pushes
from app.core import db, inbox, settings
from app.core.errors import NotFound
from app.core.inbox import Message, NotGenuine
from app.core.web.access import public
from app.core.web.csrf import csrf
from app.core.web.limits import limiter
from app.shipping.actions import hearing

blueprint = Blueprint("webhooks", __name__)
csrf.exempt(blueprint)
limiter.exempt(blueprint)
LARGEST = 1024 * 1024
FUTURE = 300


@blueprint.post("/webhooks/stripe")
@public
def stripe_account() -> Response:
    """Events of the platform's own Stripe account."""
    return _stripe("stripe", settings.current().stripe_webhook_secret)


@blueprint.post("/webhooks/stripe-connect")
@public
def stripe_connect() -> Response:
    """Events of the sellers' connected accounts."""
    return _stripe("stripe-connect", settings.current().stripe_connect_webhook_secret)


def _stripe(source: str, secrets: str) -> Response:
    raw = _body()
    _verify(raw, request.headers.get("Stripe-Signature", ""), secrets)
    try:
        event = json.loads(raw)
        remote_id, kind = event["id"], event["type"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotGenuine("The body is not an event we can read. Nothing was stored.") from error
    inbox.keep(source, [Message(str(remote_id), str(kind), event)], raw)
    return Response(status=200)


def _body() -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise NotGenuine("The body is too large.")
    return request.get_data(cache=True)


def _verify(raw: bytes, header: str, secrets: str) -> None:
    """Any of the comma-separated secrets may fit, so one can be rolled. Raises NotGenuine (STRIPE.md §5, TRAPS T45-T47)."""
    for secret in filter(None, (part.strip() for part in secrets.split(","))):
        try:
            stripe.WebhookSignature.verify_header(raw.decode(), header, secret, 300)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        if _timestamp(header) <= db.now().timestamp() + FUTURE:
            return
    raise NotGenuine


def _timestamp(header: str) -> float:
    stamps = [part[2:] for part in header.split(",") if part.startswith("t=")]
    return float(stamps[0]) if stamps and stamps[0].isdecimal() else float("inf")


@blueprint.post("/webhooks/easypost")
@public
def easypost() -> Response:
    """Trackers, refunds and SCAN forms of an EasyPost account."""
    return _receive("easypost")


@blueprint.post("/webhooks/shippo")
@public
def shippo() -> Response:
    """Tracks and transactions of a Shippo account."""
    return _receive("shippo")


@blueprint.post("/webhooks/shipstation")
@public
def shipstation() -> Response:
    """Tracks of a ShipStation account."""
    return _receive("shipstation")


@blueprint.post("/webhooks/tiktok")
@public
def tiktok() -> Response:
    """Pushes of TikTok Shop, for every shop that said yes to us."""
    return _heard("tiktok")


@blueprint.post("/webhooks/shopee")
@public
def shopee() -> Response:
    """Pushes of Shopee; it wants an empty answer within three seconds (SHOPEE.md §8)."""
    return _heard("shopee")


@blueprint.post("/webhooks/woocommerce/<uuid:connection_id>")
@public
def woocommerce(connection_id: UUID) -> Response:
    """Pushes of one WooCommerce shop."""
    return _heard("woocommerce", connection_id)


def _heard(kind: str, connection_id: UUID | None = None) -> Response:
    raw = _body()
    inbox.keep(kind, pushes.hear(kind, request.headers, raw, connection_id), raw)
    return Response(status=200)


def _receive(kind: str) -> Response:
    raw = _body()
    try:
        account_id = UUID(request.args.get("account", ""))
    except ValueError as error:
        raise NotFound from error
    inbox.keep(kind, hearing.hear(kind, account_id, request.headers, raw, request.args), raw)
    return Response(status=200)
