"""Transactions: labels that are bought, or that could not be (status ERROR in a 201)."""

from dataclasses import replace

from app.sandbox.carriers import ledger, parcels, rating
from app.sandbox.carriers.rating import Journey, Offer
from app.sandbox.carriers.services import CARRIERS, service_named
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import files, hooks, shipments, tracks
from .dialect import NAME, REQUIRED, api, fields, get, keep, metadata, named, new, page, stamp

WEEK = 7 * 86400
SORTS = ("PNG", "PNG_2.3x7.5", "PDF", "PDF_2.3x7.5", "PDF_4x6", "PDF_4x8", "PDF_A4", "PDF_A5", "PDF_A6", "ZPLII")
MADE = {"PNG_2.3x7.5": "PNG", "PDF_2.3x7.5": "PDF_4x6", "PDF_4x8": "PDF_4x6", "PDF_A5": "PDF_4x6", "PDF_A6": "PDF_4x6"}
WEBSITES = {
    "USPS": "https://tools.usps.com/go/TrackConfirmAction_input?origTrackNum=",
    "UPS": "https://www.ups.com/track?tracknum=",
    "DHLExpress": "https://www.dhl.com/en/express/tracking.html?AWB=",
}


@api.on("POST", "/transactions")
def create(call: Call) -> Reply:
    """Buy a label for a `rate`, or for a `shipment` of inline objects; `async` (the default) answers QUEUED."""
    sort = str(call.body.get("label_file_type") or "PDF")
    if sort not in SORTS:
        raise fields(label_file_type=f'"{sort}" is not a valid choice.')
    rate = _rate(call)
    doc = _buy(call, rate, get(call, "shipment", rate["shipment"]), MADE.get(sort, sort))
    hooks.announce(call.scope, "transaction_created", shown(call, doc))
    if call.body.get("async", True):
        empty = dict.fromkeys(("tracking_number", "tracking_url_provider", "label_url"), "")
        return Reply({**shown(call, doc), **empty, "status": "QUEUED", "messages": [], "tracking_status": None}, 201)
    return Reply(_answer(call, shown(call, doc), rate), 201)


def _answer(call: Call, transaction: Doc, rate: Doc) -> Doc:
    """A label bought without a rate is answered with the whole rate."""
    if "rate" in call.body:
        return transaction
    brief = ("object_id", "amount", "currency", "amount_local", "currency_local", "provider", "carrier_account")
    level = rate["servicelevel"]
    parts = {"servicelevel_name": level["name"], "servicelevel_token": level["token"]}
    return {**transaction, "rate": {**{name: rate[name] for name in brief}, **parts}}


def _rate(call: Call) -> Doc:
    if call.body.get("rate"):
        return named(call, "rate", call.body["rate"], "rate")
    if not call.body.get("shipment"):
        raise fields(rate=REQUIRED)
    for name in ("carrier_account", "servicelevel_token"):
        if not call.body.get(name):
            raise fields(**{name: REQUIRED})
    wish = {"metadata": call.body.get("metadata"), **call.body["shipment"]}
    shipment = shipments.make(call, wish)
    found = shipments.rates_of_service(
        shipment, str(call.body["carrier_account"]), str(call.body["servicelevel_token"])
    )
    if not found:
        said = [message["text"] for message in shipment["messages"]] or ["No rate for this service was found."]
        raise fields(servicelevel_token=said)
    return found[0]


def _buy(call: Call, rate: Doc, shipment: Doc, sort: str) -> Doc:
    doc = new(
        call,
        object_state="VALID",
        status="SUCCESS",
        rate=rate["object_id"],
        tracking_number="",
        tracking_url_provider="",
        label_file_type=sort,
        commercial_invoice_url=None,
        qr_code_url=None,
        messages=[],
        metadata=metadata(call.body),
        parcel=shipment["parcels"][0]["object_id"],
        order=call.body.get("order"),
        billing={"payments": []},
        created_by={"first_name": "Sandbox", "last_name": "Seller", "username": "sandbox@example.com"},
        eta=None,
    )
    wrong = _wrong(call, rate)
    if wrong:
        doc.update(status="ERROR", messages=[wrong])
    else:
        _ship(call, doc, rate, shipment)
    return keep(call, "transaction", doc)


def _wrong(call: Call, rate: Doc) -> Doc | None:
    if call.fault == "carrier_refuses":
        text = f"{rate['provider']} API did not respond. Please try again in a few minutes."
        return {"source": rate["provider"], "code": "carrier_timeout", "text": text}
    if rate["object_created"] < stamp(call.scope.now() - WEEK):
        return {"source": "Shippo", "code": "", "text": "The rate is older than 7 days. Please create a new shipment."}
    return None


def _ship(call: Call, doc: Doc, rate: Doc, shipment: Doc) -> None:
    offer, way = _offer(call, rate, shipment)
    extra = shipment["extra"]
    parcel = parcels.send(
        call.scope,
        NAME,
        offer,
        way,
        label=doc["object_id"],
        reference=doc["metadata"] or shipment["metadata"],
        printed=[str(extra[name]) for name in ("reference_1", "reference_2") if extra.get(name)],
    )
    doc.update(
        tracking_number=parcel["number"],
        tracking_url_provider=WEBSITES[parcel["carrier"]] + parcel["number"],
        eta=stamp(parcel["plan"]["delivered"]),
    )
    tracks.follow(call.scope, CARRIERS[parcel["carrier"]].codes[NAME], parcel["number"], doc["metadata"])
    ledger.bought(call.scope, parcel)


def _offer(call: Call, rate: Doc, shipment: Doc) -> tuple[Offer, Journey]:
    """The offer behind the rate, at the rate's own price."""
    service = service_named(NAME, rate["servicelevel"]["token"])
    assert service is not None
    way = shipments.journey_of(call, shipment)
    offers, _ = rating.offers(way, [service.carrier])
    offer = next(one for one in offers if one.service is service)
    price = round(float(rate["amount"]) * 100)
    return replace(offer, postage=price - offer.signature - offer.insurance), way


def shown(call: Call, doc: Doc) -> Doc:
    """The transaction as it is now: its parcel moves without it, and its address is signed anew for a day."""
    parcel = parcels.by_label(call.scope, doc["object_id"])
    if parcel is None:
        return {**doc, "tracking_status": None, "label_url": ""}
    urls: Doc = {"label_url": files.label_url(call, doc)}
    if parcel["from"]["country"] != parcel["to"]["country"]:
        urls["commercial_invoice_url"] = files.invoice_url(call, doc)
    return {**doc, **urls, "tracking_status": tracks.STATUS[parcel["status"]]}


@api.on("GET", "/transactions/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One transaction with a fresh label address."""
    return Reply(shown(call, get(call, "transaction", identifier)))


@api.on("GET", "/transactions")
def search(call: Call) -> Reply:
    """Transactions, newest first; `rate`, `object_status` and `tracking_status` narrow it."""
    wanted = [
        (name, call.query[given])
        for given, name in (("rate", "rate"), ("object_status", "status"), ("tracking_status", "tracking_status"))
        if given in call.query
    ]
    return page(call, "transaction", lambda doc: shown(call, doc), lambda doc: all(doc[n] == v for n, v in wanted))
