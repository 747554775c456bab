"""TikTok's addresses: `/tiktok` stands for its three hosts, and what is not there says so in the envelope."""

from flask import Blueprint, Response, current_app, request

from app.sandbox.market import shops
from app.sandbox.market.calls import Call, Door
from app.sandbox.market.store import Doc

from . import keys
from .dialect import NAME, plain

blueprint = Blueprint(NAME, __name__, url_prefix=f"/{NAME}")
api = Door(blueprint, keys.signed)
exchange = Door(blueprint, keys.unsigned)


def shop_of(call: Call) -> Doc:
    """The shop that a call's cipher named."""
    return shops.of_scope(call.scope)


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@blueprint.route("/<path:anything>", methods=METHODS)
def nowhere(anything: str) -> Response:
    """404, or 405 where another method would find something."""
    known = any(_endpoint(method) != f"{NAME}.nowhere" for method in METHODS)
    return api._written(plain(405 if known else 404).reply)


def _endpoint(method: str) -> object:
    """What would answer this path if it came with another method."""
    return current_app.url_map.bind("").match(request.path, method=method)[0]
