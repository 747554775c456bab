"""TikTok's addresses: `/tiktok` stands for its three hosts, and what is not there says so in the envelope."""

from flask import Blueprint, Response

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


@blueprint.route("/<path:anything>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def nowhere(anything: str) -> Response:
    return api._written(plain(404).reply)
