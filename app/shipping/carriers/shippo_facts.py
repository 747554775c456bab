"""Shippo's answers in our words. Two API versions are read alike: recordings of 2017 spell some things otherwise (SHIPPO.md)."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import requests

from app.core.errors import ProviderError
from app.core.http import Explained
from app.core.wire import body_of, decimal, mapping, mark, minor, moment, rows, text
from app.shipping.carrier import Address, AddressCheck, Bought, ManifestFacts, Rate, Seen, Tracking, Voided

NAME = "Shippo"
STATUSES = {
    "PRE_TRANSIT": "pre_transit",
    "TRANSIT": "in_transit",
    "DELIVERED": "delivered",
    "RETURNED": "return_to_sender",
    "FAILURE": "failure",
}
FINER = {
    "out_for_delivery": "out_for_delivery",
    "pickup_available": "available_for_pickup",
    "information_received": "pre_transit",
    "return_to_sender": "return_to_sender",
}
"""What a substatus says that the status does not."""
WAITING = ("QUEUED", "WAITING")
VOIDS = {"REFUNDED": "refunded", "REFUNDPENDING": "requested", "REFUNDREJECTED": "refused"}
REFUNDS = {"SUCCESS": "refunded", "QUEUED": "requested", "PENDING": "requested", "ERROR": "refused"}
TEMPORARY = ("carrier_timeout", "carrier_unavailable")


# --- errors
def explain(response: requests.Response) -> Explained | None:
    """A map of fields, `{"detail": …}`, or a page of HTML; there are no codes."""
    if response.status_code in (401, 403):
        return Explained("refused the API token. Check it in your Shippo account", "key")
    if response.status_code == 409:
        return Explained("is busy with another request of this account", "busy", permanent=False, retry_after=3.0)
    found = body_of(response)
    return Explained(flat(found)) if found else None


def flat(value: Any, name: str = "") -> str:
    """The sentences of an error body, each with the field that it is about."""
    if isinstance(value, Mapping):
        parts = [
            flat(one, "" if key in ("detail", "__all__", "non_field_errors") else key) for key, one in value.items()
        ]
        return "; ".join(dict.fromkeys(filter(None, (f"{name} {part}".strip() for part in parts))))
    if isinstance(value, list):
        return "; ".join(dict.fromkeys(filter(None, (flat(one, name) for one in value))))
    said = text(value)
    return f"{name}: {said}" if name and said else said


def said(found: Mapping[str, Any]) -> str:
    """The messages of an object: what carriers and Shippo said about it."""
    listed = found.get("messages")
    if isinstance(listed, str):
        return listed
    return "; ".join(dict.fromkeys(filter(None, (text(one.get("text")) for one in rows(listed)))))


def notes(found: Mapping[str, Any]) -> list[str]:
    parts = (f"{text(one.get('source'))}: {text(one.get('text'))}".strip(": ") for one in rows(found.get("messages")))
    return list(dict.fromkeys(filter(None, parts)))


# --- rates
def rate(found: Mapping[str, Any]) -> Rate:
    """`amount` is what is charged; the insurance, when there is one, is a part of it."""
    level = mapping(found.get("servicelevel"))
    currency = text(found.get("currency")).upper() or "USD"
    total = minor(decimal(found["amount"]), currency)
    insurance = minor(decimal(found.get("included_insurance_price") or 0), currency)
    days = found.get("estimated_days", found.get("days"))
    return Rate(
        id=text(found.get("object_id")),
        carrier=text(found["provider"]),
        service=text(level.get("token")),
        service_name=text(level.get("name")) or text(level.get("token")),
        total_minor=total,
        currency=currency,
        days=int(days) if days is not None else None,
        parts={"postage": total - insurance, **({"insurance": insurance} if insurance else {})},
    )


def rates(found: Mapping[str, Any]) -> list[Rate]:
    """Cheapest first; the same service of two carrier accounts stays twice, since both can be bought."""
    listed = [rate(one) for one in rows(found.get("rates"))]
    return sorted(listed, key=lambda one: (one.total_minor, one.days if one.days is not None else 99))


# --- labels
def bought(found: Mapping[str, Any], price: Mapping[str, Any]) -> Bought:
    """From a transaction and its rate. Raises ProviderError when it is not bought: 201 may mean no (TRAPS.md A4)."""
    state = text(found.get("status")).upper()
    if state in WAITING:
        raise ProviderError(NAME, "is still buying this label", permanent=False, unknown=True, retry_after=3.0)
    if state != "SUCCESS":
        raise refusal(found)
    paid = rate(price)
    return Bought(
        id=text(found["object_id"]),
        shipment_id=text(price.get("shipment")),
        carrier=paid.carrier,
        service=paid.service,
        service_name=paid.service_name,
        tracking_number=text(found.get("tracking_number")),
        total_minor=paid.total_minor,
        currency=paid.currency,
        files=files(found),
        tracking_url=text(found.get("tracking_url_provider")),
        test=bool(found.get("test")),
        raw=found,
    )


def refusal(found: Mapping[str, Any]) -> ProviderError:
    """A transaction that failed bought nothing; a carrier that did not answer may be asked again."""
    codes = [text(one.get("code")) for one in rows(found.get("messages"))]
    code = next(filter(None, codes), "") or "transaction_error"
    temporary = any(one in TEMPORARY for one in codes)
    words = said(found) or "did not sell this label"
    return ProviderError(
        NAME, f"{words.rstrip('.')}. Nothing was bought", permanent=not temporary, remote_code=code, retry_after=None
    )


def files(found: Mapping[str, Any]) -> dict[str, str]:
    """The one file there is, under the format it was made in."""
    url = text(found.get("label_url"))
    made = text(found.get("label_file_type")).lower() or urlsplit(url).path.rpartition(".")[2].lower()
    kind = "zpl" if made.startswith("zpl") else made[:3] if made[:3] in ("pdf", "png") else "pdf"
    return {kind: url} if url else {}


def rate_of(found: Mapping[str, Any]) -> str:
    """A transaction's rate: its id, or the object when it was bought in one call."""
    value = found.get("rate")
    return text(mapping(value).get("object_id")) if isinstance(value, Mapping) else text(value)


def voided(found: Mapping[str, Any]) -> Voided:
    """From a transaction's status; "" when nobody asked."""
    return Voided(VOIDS.get(text(found.get("status")).upper(), ""), said(found))


def refunded(found: Mapping[str, Any]) -> Voided:
    """From a refund's status."""
    return Voided(REFUNDS.get(text(found.get("status")).upper(), "requested"), said(found))


def manifest(found: Mapping[str, Any]) -> ManifestFacts:
    state = {"SUCCESS": "created", "ERROR": "failed"}.get(text(found.get("status")).upper(), "creating")
    documents = [text(one) for one in found.get("documents") or []]
    words = said(found) or flat(found.get("errors"))
    return ManifestFacts(text(found["object_id"]), state, documents[0] if documents else "", words)


# --- tracking
def token(carrier: str) -> str:
    """The name under which tracks are asked for: USPS → usps, FedEx → fedex, DHL Express and DHLExpress → dhl_express."""
    apart = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "_", carrier.strip())
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def tracking(found: Mapping[str, Any], remote_id: str = "") -> Tracking:
    """From a track. Unknown numbers are no error: they have no status yet."""
    now = mapping(found.get("tracking_status"))
    listed = [*rows(found.get("tracking_history")), *([now] if now else [])]
    scans = {one.key: one for one in (scan(detail) for detail in listed) if one}
    return Tracking(
        carrier=text(found.get("carrier")),
        number=text(found["tracking_number"]),
        status=status(now),
        seen=sorted(scans.values(), key=lambda one: one.at),
        expected_at=moment(found.get("eta")),
        remote_id=text(found.get("transaction")) or remote_id,
    )


def scan(found: Mapping[str, Any]) -> Seen | None:
    """One entry of the history. `object_id` differs between the history and the newest status of the same scan."""
    at = moment(found.get("status_date"))
    if at is None:
        return None
    where = mapping(found.get("location"))
    place = ", ".join(filter(None, (text(where.get(name)) for name in ("city", "state", "country"))))
    words, local = text(found.get("status_details")), text(found.get("status_date"))
    return Seen(
        mark(at.isoformat(), status(found), words, place), at.astimezone(UTC), status(found), words, place, local
    )


def status(found: Mapping[str, Any]) -> str:
    substatus = found.get("substatus")
    finer = text(mapping(substatus).get("code") if isinstance(substatus, Mapping) else substatus).lower()
    return FINER.get(finer) or STATUSES.get(text(found.get("status")).upper(), "unknown")


# --- addresses
def address_check(found: Mapping[str, Any], asked: Address) -> AddressCheck:
    result = mapping(found.get("validation_results"))
    messages = [text(one.get("text")) or text(one.get("code")) for one in rows(result.get("messages"))]
    good = bool(result.get("is_valid")) and bool(found.get("is_complete", True))
    corrected = read_address(found, asked) if good else None
    return AddressCheck(good, corrected if corrected != asked else None, list(dict.fromkeys(filter(None, messages))))


def read_address(found: Mapping[str, Any], asked: Address) -> Address:
    """The checked copy of the place; the person stays as asked."""
    street = " ".join(filter(None, (text(found.get("street_no")), text(found.get("street1")))))
    residential = found.get("is_residential")
    return Address(
        name=asked.name,
        company=asked.company,
        line1=street,
        line2=text(found.get("street2")),
        city=text(found.get("city")),
        region=text(found.get("state")),
        postcode=text(found.get("zip")),
        country=text(found.get("country")) or asked.country,
        phone=asked.phone,
        email=asked.email,
        residential=residential if isinstance(residential, bool) else asked.residential,
    )


def living(found: Sequence[Mapping[str, Any]], rate_id: str, reference: str) -> Mapping[str, Any] | None:
    """The transaction of an attempt of ours: of this rate, with our reference, neither failed nor given back."""
    for one in found:
        mine = rate_of(one) == rate_id and text(one.get("metadata")) == reference
        if mine and text(one.get("status")).upper() in ("SUCCESS", *WAITING):
            return one
    return None
