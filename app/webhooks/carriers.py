"""News of carriers: the account is named in the address, its own secret signs the body (TRAPS.md B18-B20)."""

import json
from uuid import UUID

import msgspec
from flask import Response, request

from app.core import db, inbox
from app.core.web.access import public
from app.shipping import carrier
from app.shipping.actions import accounts
from app.shipping.models import CarrierAccount
from app.webhooks.routes import NotGenuine, _body, blueprint


@blueprint.post("/webhooks/easypost")
@public
def easypost() -> Response:
    """Trackers, refunds and SCAN forms of EasyPost accounts."""
    return _receive("easypost")


@blueprint.post("/webhooks/shippo")
@public
def shippo() -> Response:
    """Tracks and transactions of Shippo accounts."""
    return _receive("shippo")


@blueprint.post("/webhooks/shipstation")
@public
def shipstation() -> Response:
    """Tracks of ShipStation accounts."""
    return _receive("shipstation")


def _receive(kind: str) -> Response:
    raw = _body()
    with db.system("receive webhook"):
        account = _account(kind)
        if account is None:
            return Response(status=404)
        with db.workspace(account.workspace_id):
            connection = accounts.connection(account)
    try:
        heard = carrier.adapter(kind).read_news(connection, request.headers, raw)
        message = json.loads(raw)
    except (carrier.Forged, ValueError) as error:
        raise NotGenuine from error
    with db.system("receive webhook"):
        for news in heard:
            body = {
                "workspace_id": str(account.workspace_id),
                "account_id": str(account.id),
                "news": msgspec.to_builtins(news),
                "message": message,
            }
            inbox.receive(kind, f"{account.id}:{news.remote_id}", news.kind, body, raw)
    return Response(status=200)


def _account(kind: str) -> CarrierAccount | None:
    try:
        wanted = UUID(request.args.get("account", ""))
    except ValueError:
        return None
    found = db.session().query(CarrierAccount).filter(CarrierAccount.id == wanted, CarrierAccount.kind == kind)
    return found.filter(CarrierAccount.state != "removed").one_or_none()
