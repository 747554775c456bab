"""Label files and forms as anybody with the address can fetch them."""

from flask import Blueprint, Response, abort, current_app

from app.sandbox.carriers import label, label_pdf, parcels, store
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call
from app.sandbox.stripe.scope import Scope

from .dialect import NAME, kind_of

blueprint = Blueprint("easypost_files", __name__, url_prefix=f"/{NAME}/files")


def label_url(call: Call, parcel: Doc, kind: str) -> str:
    """The address of a label's file, which nobody can guess."""
    return f"{call.base}{blueprint.url_prefix}/postage_label/{parcel['id']}.{kind}"


def keep_form(call: Call, identifier: str, title: str, lines: list[str], barcode: str = "") -> str:
    """Remember what stands in a form; returns the address of its PDF, which nobody can guess."""
    file = token()
    doc: Doc = {"of": identifier, "title": title, "lines": lines, "barcode": barcode}
    store.add(call.scope, kind_of("file"), file, doc)
    return f"{call.base}{blueprint.url_prefix}/form/{file}.pdf"


def _anywhere() -> Scope:
    return Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"])


@blueprint.get("/postage_label/<identifier>.<kind>")
def serve_label(identifier: str, kind: str) -> Response:
    """A label as PNG, PDF or ZPL."""
    parcel = store.find_anywhere(_anywhere(), parcels.KIND, identifier)
    if parcel is None or kind not in label.MIME:
        abort(404)
    return Response(label.render(label.of_parcel(parcel), kind), content_type=label.MIME[kind])


@blueprint.get("/form/<identifier>.pdf")
def serve_form(identifier: str) -> Response:
    """A form as PDF."""
    form = store.find_anywhere(_anywhere(), kind_of("file"), identifier)
    if form is None:
        abort(404)
    return Response(label_pdf.listing(form["title"], form["lines"], form["barcode"]), content_type=label.MIME["pdf"])
