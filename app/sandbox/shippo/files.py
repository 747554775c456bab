"""Label files behind addresses that are signed and expire after a day, as files in S3 do."""

import hashlib
import hmac

from flask import Blueprint, Response, abort, current_app, request

from app.sandbox.carriers import label, label_pdf, parcels, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call
from app.sandbox.stripe.scope import Scope

from .dialect import NAME, kind_of

DAY = 86400
KINDS = {"PNG": "png", "ZPLII": "zpl"}
blueprint = Blueprint("shippo_files", __name__, url_prefix=f"/{NAME}-delivery")


def label_url(call: Call, transaction: Doc) -> str:
    """The signed address of a label."""
    return _signed(call, f"/{transaction['object_id']}.{KINDS.get(transaction['label_file_type'], 'pdf')}")


def invoice_url(call: Call, transaction: Doc) -> str:
    """The signed address of a commercial invoice."""
    return _signed(call, f"/{transaction['object_id']}-invoice.pdf")


def keep_document(call: Call, identifier: str, lines: list[str]) -> str:
    """Remember what stands in a manifest; returns its signed address."""
    store.add(call.scope, kind_of("file"), f"{identifier}-manifest", {"lines": lines})
    return _signed(call, f"/{identifier}-manifest.pdf")


def _signed(call: Call, path: str) -> str:
    expires = call.scope.now() + DAY
    return f"{call.base}{blueprint.url_prefix}{path}?Expires={expires}&Signature={_signature(path, expires)}"


def _signature(path: str, expires: int) -> str:
    return hmac.new(b"sandbox-files", f"{path} {expires}".encode(), hashlib.sha256).hexdigest()


def _denied(words: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>{words}</Message></Error>'
    return Response(body, 403, content_type="application/xml")


@blueprint.get("/<name>.<kind>")
def serve(name: str, kind: str) -> Response:
    """A label, an invoice or a manifest, while its address is valid."""
    scope = Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"])
    expires = request.args.get("Expires", 0, type=int)
    if not hmac.compare_digest(_signature(f"/{name}.{kind}", expires), request.args.get("Signature", "")):
        return _denied("Access denied")
    if scope.now() > expires:
        return _denied("Request has expired")
    content = _content(scope, name, kind)
    if content is None:
        abort(404)
    return Response(content, content_type=label.MIME[kind])


def _content(scope: Scope, name: str, kind: str) -> bytes | None:
    if name.endswith("-manifest"):
        document = store.find_anywhere(scope, kind_of("file"), name)
        return label_pdf.listing("Manifest (sample)", document["lines"]) if document else None
    identifier = name.removesuffix("-invoice")
    row = scope.state.row(
        "SELECT id FROM objects WHERE kind = ? AND json_extract(body, '$.label') = ?", parcels.KIND, identifier
    )
    parcel = store.find_anywhere(scope, parcels.KIND, row["id"]) if row else None
    if parcel is None:
        return None
    if name.endswith("-invoice"):
        return label_pdf.listing("Commercial invoice (sample)", [*label.lines(parcel["to"]), parcel["number"]])
    transaction = store.find_anywhere(scope, kind_of("transaction"), identifier) or {}
    layout = "letter" if transaction.get("label_file_type") in ("PDF", "PDF_A4") else "4x6"
    return label.render(label.of_parcel(parcel), kind, layout)
