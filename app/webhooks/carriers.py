"""`POST /webhooks/<carrier>?account=<id>`: news of sellers' own carrier accounts."""

from uuid import UUID

from flask import Response, request

from app.core import db, inbox
from app.core.errors import NotFound
from app.core.web.access import public
from app.shipping.actions import hearing
from app.webhooks.routes import _body, blueprint


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


def _receive(kind: str) -> Response:
    raw = _body()
    try:
        account_id = UUID(request.args.get("account", ""))
    except ValueError as error:
        raise NotFound from error
    heard = hearing.hear(kind, account_id, request.headers, raw, request.args)
    with db.system("receive webhook"):
        for one in heard:
            inbox.receive(kind, one.remote_id, one.kind, dict(one.body), raw)
    return Response(status=200)
