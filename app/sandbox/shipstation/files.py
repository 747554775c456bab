"""Label files: as addresses nobody can guess, or inside the answer."""

import base64
import hashlib

from flask import Blueprint, Response, abort, current_app

from app.sandbox.carriers import label as drawing
from app.sandbox.carriers import label_pdf, parcels, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call
from app.sandbox.stripe.scope import Scope

from .dialect import PREFIX, kind_of

blueprint = Blueprint("shipstation_files", __name__, url_prefix=f"{PREFIX}/downloads")
KINDS = ("pdf", "png", "zpl")


def address(call: Call, identifier: str, what: str, kind: str) -> str:
    """Where a file can be fetched; `what` is label, form or manifest."""
    secret = _secret(call.scope.account, identifier)
    return f"{call.base}{blueprint.url_prefix}/10/{secret}/{what}-{identifier[3:]}.{kind}"


def _secret(account: str, identifier: str) -> str:
    return hashlib.sha256(f"{account} {identifier} file".encode()).hexdigest()[:22]


def downloads(call: Call, label: Doc, parcel: Doc, inline: bool) -> Doc:
    """All formats of a label; `href` is the one that was asked for."""
    if inline:
        kind = label["label_format"]
        content = base64.b64encode(_drawn(parcel, kind, label["label_layout"])).decode()
        return {"href": f"data:{drawing.MIME[kind]};base64,{content}"}
    urls = {kind: address(call, label["label_id"], "label", kind) for kind in KINDS}
    return {**urls, "href": urls[label["label_format"]]}


def _drawn(parcel: Doc, kind: str, layout: str) -> bytes:
    return drawing.render(drawing.of_parcel(parcel), kind, layout)


@blueprint.get("/10/<secret>/<what>-<number>.<kind>")
def serve(secret: str, what: str, number: str, kind: str) -> Response:
    """A label, a customs form or a manifest."""
    scope = Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"])
    row = scope.state.row("SELECT account, kind FROM objects WHERE id = ?", f"se-{number}")
    if row is None or secret != _secret(row["account"], f"se-{number}"):
        abort(404)
    content = _content(scope.on(row["account"]), what, f"se-{number}", kind)
    if content is None:
        abort(404)
    return Response(content, content_type=drawing.MIME[kind])


def _content(scope: Scope, what: str, identifier: str, kind: str) -> bytes | None:
    if what == "manifest":
        manifest = store.find(scope, kind_of("manifest"), identifier)
        return (
            label_pdf.listing("SCAN form (sample)", manifest["_numbers"], manifest["_numbers"][0]) if manifest else None
        )
    label, parcel = store.find(scope, kind_of("label"), identifier), parcels.by_label(scope, identifier)
    if label is None or parcel is None or kind not in KINDS:
        return None
    if what == "form":
        return label_pdf.listing("Customs form (sample)", [*drawing.lines(parcel["to"]), parcel["number"]])
    return _drawn(parcel, kind, label["label_layout"])
