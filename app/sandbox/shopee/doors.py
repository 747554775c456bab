"""Doors to Shopee's own ways: `/_sandbox/shopee/…`."""

from flask import Blueprint, Response, jsonify, request

from app.sandbox.market.calls import scope

from . import config, tokens
from .styles import NAME

blueprint = Blueprint("shopee_doors", __name__, url_prefix="/_sandbox/shopee")


@blueprint.errorhandler(ValueError)
def _nonsense(error: ValueError) -> tuple[Response, int]:
    return jsonify({"error": {"message": str(error)}}), 400


@blueprint.post("/options")
def choose() -> Response:
    """polls, paper_polls (looks that find nothing), test_push, push_key, push_key_is_hex, suspend_after. Answers all."""
    here = scope(NAME)
    with here.state.transaction():
        return jsonify(config.choose(here, request.get_json()))


@blueprint.post("/consents")
def consent() -> Response:
    """What a seller does on the consent page: `shops` [ids], and `main_account` for several. Answers the code."""
    here, given = scope(NAME), request.get_json()
    with here.state.transaction():
        code = tokens.consent(here, [str(one) for one in given["shops"]], str(given.get("main_account") or ""))
    return jsonify({"code": code})


@blueprint.get("/config")
def show() -> Response:
    """The push configuration as it is kept."""
    return jsonify(config.get(scope(NAME)))
