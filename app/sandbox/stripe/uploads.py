"""`/v1/files`: the one door that takes `multipart/form-data`."""

from flask import Blueprint, Response, current_app, jsonify, request

from . import files, objects
from .api import require_key
from .errors import StripeError, refused
from .ids import new_id
from .scope import Scope

blueprint = Blueprint("stripe_files", __name__)


@blueprint.errorhandler(StripeError)
def _refused(error: StripeError) -> tuple[Response, int]:
    return jsonify(error.body), error.status


def _scope() -> Scope:
    require_key(request, current_app.config["SANDBOX"])
    return Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"], request_id=new_id("req"))


@blueprint.post("/v1/files")
def upload() -> Response:
    """Take a file: `purpose` and `file`."""
    scope, sent = _scope(), request.files.get("file")
    if sent is None:
        raise refused("Missing required param: file.", "file", "parameter_missing")
    if request.form.get("purpose") != files.PURPOSE:
        raise refused(f"The sandbox takes files with the purpose {files.PURPOSE} only.", "purpose")
    with scope.state.transaction():
        return jsonify(files.create(scope, sent.filename or "", sent.stream.read(files.LARGEST + 1)))


@blueprint.get("/v1/files/<identifier>")
def retrieve(identifier: str) -> Response:
    """What is known of an uploaded file."""
    return jsonify(objects.get(_scope(), "file", identifier))
