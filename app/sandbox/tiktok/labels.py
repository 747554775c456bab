"""Shipping documents: an address that is good for a day, and the file behind it (TIKTOK.md §7)."""

import hashlib
import hmac
from urllib.parse import urlencode

from flask import Response, request

from app.sandbox.carriers import label, label_pdf
from app.sandbox.market import orders as book
from app.sandbox.market import packing, shops
from app.sandbox.market.calls import Call, Reply, scope
from app.sandbox.market.store import Doc

from .dialect import APP_SECRET, NAME, bad, refusal, told
from .door import api, blueprint, shop_of
from .packages import BASE, WRONG_WAY, found

LIFE = 24 * 3600
TYPES = ("SHIPPING_LABEL", "PACKING_SLIP", "SHIPPING_LABEL_AND_PACKING_SLIP", "SHIPPING_LABEL_PICTURE")
FORMATS = {"PDF": "pdf", "ZPL": "zpl"}
TOO_SOON = (21011025, "The shipping document is not available: ship the package first.")
TOO_LATE = (21011026, "The shipping document is not available any more: the package has been collected.")
FILES = "/wsos_v2/oec_fulfillment_doc_tts/object"


@api.on("GET", f"{BASE}/packages/<package_id>/shipping_documents")
def address(call: Call, package_id: str) -> Reply:
    """Where the document lies. There is none before shipping and after collection; for a while it may be under way."""
    kind, layout = call.query.get("document_type", ""), call.query.get("document_format", "PDF")
    if kind not in TYPES or layout not in FORMATS or call.query.get("document_size", "A6") not in ("A5", "A6"):
        raise bad("Invalid `document_type`, `document_size` or `document_format` query parameter.")
    order, parcel = found(call, package_id)
    if not order["platform_ships"]:
        raise refusal(*WRONG_WAY)
    if parcel["state"] != "arranged":
        raise refusal(*(TOO_SOON if parcel["state"] == "to_ship" else TOO_LATE))
    number = packing.tracking_of(call.scope, shop_of(call), order, package_id)
    if not number:
        return told({})
    url = f"{call.base}/{NAME}{FILES}/wsos{package_id}?{_query(call.scope.now(), shop_of(call), package_id, kind, layout)}"
    return told({"doc_url": url, "tracking_number": number})


def _query(now: int, shop: Doc, package_id: str, kind: str, layout: str) -> str:
    told = {"expire": str(now + LIFE), "timeStamp": str(now), "shop": shop["id"], "kind": kind, "layout": layout}
    return urlencode({**told, "skipCookie": "true", "sign": _mark(package_id, told)})


def _mark(package_id: str, told: dict[str, str]) -> str:
    text = "|".join([package_id, told["shop"], told["kind"], told["layout"], told["expire"]])
    return hmac.new(f"file:{APP_SECRET}".encode(), text.encode(), hashlib.sha256).hexdigest()


@blueprint.get(f"{FILES}/wsos<package_id>")
def serve(package_id: str) -> Response:
    """The file, for a day by the sandbox's clock; no token, no cookie."""
    here, told = scope(), request.args.to_dict()
    members = ("shop", "kind", "layout", "expire")
    if any(name not in told for name in members) or not hmac.compare_digest(
        _mark(package_id, told), told.get("sign", "")
    ):
        return Response("Forbidden", 403)
    shop = shops.get(here, NAME, told["shop"])
    pair = packing.find(here, shop, package_id) if shop else None
    if shop is None or pair is None or int(told["expire"]) <= here.now():
        return Response("The link has expired", 403)
    together = book.of_ids(here, shop, pair[1]["orders"])
    return _file(shop, pair[0], pair[1], together, told["kind"], told["layout"])


def _file(shop: Doc, order: Doc, parcel: Doc, together: list[Doc], kind: str, layout: str) -> Response:
    if kind == "PACKING_SLIP":
        rows = [f"{line['quantity']} x {line['title']}  {line['variant_title']}  {line['sku']}" for one in together for line in one["lines"] if parcel["lines"].get(line["id"]) or one is not order]  # fmt: skip
        heads = [f"Order {one['number']}" for one in together]
        plain = [label.plain(text) for text in [*heads, "", *rows]]
        return Response(label_pdf.listing("Packing slip", plain, parcel["id"]), content_type="application/pdf")
    form = "png" if kind == "SHIPPING_LABEL_PICTURE" else FORMATS[layout]
    return Response(label.render(_label(shop, order, parcel), form), content_type=label.MIME[form])


def _label(shop: Doc, order: Doc, parcel: Doc) -> label.Label:
    place = order["recipient"]
    region = " ".join(part for part in (place["city"], place["region"], place["postcode"]) if part)
    to = (place["name"], place["line1"], place["line2"], region, place["country"])
    return label.Label(
        service=label.plain(parcel["carrier"] or "TikTok Shipping"),
        sender=(label.plain(shop["name"]).upper(),),
        recipient=tuple(label.plain(part).upper() for part in to if part),
        number=parcel["tracking"],
        about=(parcel["method"].replace("_", " ").upper(),),
        references=tuple(parcel["orders"][:2]),
    )
