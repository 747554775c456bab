"""ShipStation's answers in our words: a rate is the sum of its parts, a void is what `approved` says."""

import re
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

import requests

from app.core.errors import ProviderError
from app.core.http import Explained
from app.core.wire import body_of, decimal, mapping, mark, minor, moment, rows, text
from app.shipping.carrier import (
    Address,
    AddressCheck,
    Bought,
    ManifestFacts,
    Rate,
    Seen,
    Tracking,
    Voided,
    without_carrier,
)
from app.shipping.carriers.units import words

NAME = "ShipStation"
PARTS = {
    "shipping_amount": "postage",
    "insurance_amount": "insurance",
    "confirmation_amount": "signature",
    "other_amount": "other",
    "tax_amount": "tax",
}
STATUSES = {
    "UN": "unknown",
    "NY": "pre_transit",
    "AC": "in_transit",
    "IT": "in_transit",
    "AT": "in_transit",
    "SP": "available_for_pickup",
    "DE": "delivered",
    "EX": "failure",
}
FINER = (
    ("DELIVERED_TO_COLLECTION", "available_for_pickup"),
    ("COLLECTION_LOCATION", "available_for_pickup"),
    ("AVAILABLE_FOR_PICKUP", "available_for_pickup"),
    ("READY_FOR_COLLECTION", "available_for_pickup"),
    ("AWAITING_COLLECTION", "available_for_pickup"),
    ("OUT_FOR_DELIVERY", "out_for_delivery"),
    ("RETURN", "return_to_sender"),
    ("CANCEL", "cancelled"),
    ("LOST", "failure"),
    ("DAMAGED", "failure"),
    ("DESTROYED", "failure"),
    ("REFUSED", "failure"),
    ("UNDELIVERABLE", "failure"),
    ("NOT_YET", "pre_transit"),
    ("LABEL_CREATED", "pre_transit"),
    ("INFORMATION_RECEIVED", "pre_transit"),
    ("DELIVERED", "delivered"),
)
"""About 75 detail codes say more than the two letters; the first that is found in one decides."""
MARKETPLACE_NAMES = {"stamps_com": "USPS", "ups": "UPS", "fedex": "FedEx", "dhl_express": "DHL Express"}


# --- errors
def explain(response: requests.Response) -> Explained | None:
    """`{"request_id", "errors": [{"error_code", "message", "field_name"}]}`, and one deviant shape of 500."""
    body = mapping(body_of(response))
    listed = rows(body.get("errors"))
    code = next((text(one.get("error_code")) for one in listed), "")
    if response.status_code in (401, 403):
        return Explained("refused the API key. Check it in your ShipStation account", code or "key")
    said = sentences(listed) or text(mapping(body.get("error")).get("message"))
    return Explained(said, code) if said or code else None


def sentences(listed: list[Mapping[str, Any]]) -> str:
    """The messages of a list of errors, each with the field that it is about."""
    parts = (
        " ".join(filter(None, (text(one.get("field_name")), text(one.get("message")) or text(one.get("error_code")))))
        for one in listed
    )
    return "; ".join(dict.fromkeys(part.rstrip(".") for part in parts if part))


# --- rates
def money(found: Any) -> tuple[Decimal, str]:
    value = mapping(found)
    return decimal(value.get("amount") or 0), text(value.get("currency")).upper()


def rate(found: Mapping[str, Any]) -> Rate:
    """The total is postage, insurance, signature, other and tax; comparing postage alone is the classic mistake (A5)."""
    parts = {name: money(found.get(key)) for key, name in PARTS.items()}
    currency = next((one for value, one in parts.values() if one), "USD")
    exact = {name: value for name, (value, _) in parts.items()}
    days = found.get("delivery_days") or found.get("carrier_delivery_days")
    return Rate(
        id=text(found.get("rate_id")),
        carrier=carrier_name(found),
        service=text(found["service_code"]),
        service_name=service_name(found),
        total_minor=minor(sum(exact.values(), Decimal(0)), currency),
        currency=currency,
        days=int(text(days)) if text(days).isdigit() else None,
        guaranteed=bool(found.get("guaranteed_service")),
        parts={name: minor(value, currency) for name, value in exact.items() if value or name == "postage"},
    )


def rates(listed: list[Mapping[str, Any]]) -> list[Rate]:
    """Those that can be bought, cheapest first."""
    found = [rate(one) for one in listed if text(one.get("validation_status")) != "invalid"]
    return sorted(found, key=lambda one: (one.total_minor, one.days if one.days is not None else 99))


def carrier_name(found: Mapping[str, Any]) -> str:
    """The carrier as people know it; `carrier_code` is what tracking is asked with, see `code`."""
    token = text(found.get("carrier_code"))
    return MARKETPLACE_NAMES.get(token) or text(found.get("carrier_friendly_name")) or words(token)


def code(carrier: str) -> str:
    """The token of a carrier's name; the reverse of `carrier_name` for those whose names differ."""
    known = {name.lower(): token for token, name in MARKETPLACE_NAMES.items()}
    return known.get(carrier.lower()) or re.sub(r"[^a-z0-9]+", "_", carrier.lower()).strip("_")


def service_name(found: Mapping[str, Any]) -> str:
    said = text(found.get("service_type"))
    return without_carrier(said if " " in said else words(text(found.get("service_code"))), carrier_name(found))


def notes(response: Mapping[str, Any]) -> list[str]:
    """Why some carriers gave no price."""
    refused = [
        f"{carrier_name(one)}: {text(words_)}"
        for one in rows(response.get("invalid_rates"))
        for words_ in one.get("error_messages") or []
    ]
    return list(dict.fromkeys([*refused, *filter(None, [sentences(rows(response.get("errors")))])]))


# --- labels
def bought(found: Mapping[str, Any], name: str = "") -> Bought:
    """Raises ProviderError for a label that is still being made or was refused by the carrier."""
    state = text(found.get("status"))
    if state == "processing":
        raise ProviderError(NAME, "is still making this label", permanent=False, unknown=True, retry_after=3.0)
    if state != "completed" or found.get("voided"):
        raise ProviderError(NAME, "did not make this label. Nothing was bought", permanent=True, remote_code=state)
    postage, currency = money(found.get("shipment_cost"))
    insurance, _ = money(found.get("insurance_cost"))
    currency = currency or "USD"
    return Bought(
        id=text(found["label_id"]),
        shipment_id=text(found.get("shipment_id")),
        carrier=carrier_name(found),
        service=text(found.get("service_code")),
        service_name=name or service_name(found),
        tracking_number=text(found.get("tracking_number")),
        total_minor=minor(postage + insurance, currency),
        currency=currency,
        files=files(found),
        tracking_url=text(found.get("tracking_url")),
        test=bool(found.get("test_label") or found.get("is_test")),
        raw=found,
    )


def files(found: Mapping[str, Any]) -> dict[str, str]:
    """Every format at once."""
    listed = mapping(found.get("label_download"))
    return {kind: text(listed[kind]) for kind in ("pdf", "png", "zpl") if listed.get(kind)}


def voided(found: Mapping[str, Any]) -> Voided:
    """`approved: false` with HTTP 200 means no, except when it had been voided before."""
    if found.get("approved") is True or text(found.get("reason_code")) == "label_already_voided":
        return Voided("refunded", text(found.get("message")))
    return Voided("refused", text(found.get("message")) or words(text(found.get("reason_code"))))


def manifest(found: Mapping[str, Any]) -> ManifestFacts:
    """From the answer to a request, a list of one, or the manifest itself."""
    inner = next(iter(rows(found.get("manifests"))), found)
    url = text(mapping(inner.get("manifest_download")).get("href"))
    known = text(inner.get("manifest_id"))
    waiting = text(found.get("status")) == "in_progress" and not url
    words_ = sentences(rows(found.get("errors")))
    state = "creating" if waiting else "created" if known and url else "failed" if words_ else "creating"
    return ManifestFacts(known or text(found.get("manifest_request_id")), state, url, words_)


# --- tracking
def tracking(found: Mapping[str, Any], remote_id: str = "") -> Tracking:
    now = status(found)
    oldest_first = rows(found.get("events"))[::-1]
    scans = [one for one in map(scan, oldest_first) if one]
    scans.sort(key=lambda one: one.at)
    if not scans and now == "delivered" and (at := moment(found.get("actual_delivery_date"))):
        words_ = text(found.get("status_description"))
        scans = [Seen(mark(at.isoformat(), now), at.astimezone(UTC), now, words_)]
    return Tracking(
        carrier=carrier_name(found),
        number=text(found["tracking_number"]),
        status=now,
        seen=scans,
        expected_at=moment(found.get("estimated_delivery_date")),
        remote_id=remote_id,
    )


def scan(found: Mapping[str, Any]) -> Seen | None:
    """`occurred_at` is UTC, `carrier_occurred_at` the clock where it happened (TRAPS.md B16)."""
    at = moment(found.get("occurred_at"))
    if at is None:
        return None
    where = (text(found.get(name)) for name in ("city_locality", "state_province", "country_code"))
    place, said = ", ".join(filter(None, where)), text(found.get("description"))
    local = text(found.get("carrier_occurred_at")) or text(found.get("occurred_at"))
    key = mark(at.isoformat(), found.get("event_code"), said, place)
    return Seen(key, at.astimezone(UTC), status(found, said), said, place, local)


def status(found: Mapping[str, Any], said: str = "") -> str:
    """From the detail code, the two letters, or, when an event carries neither, from its words."""
    for name in ("status_detail_code", "status_code"):
        value = text(found.get(name)).upper()
        if value in STATUSES:
            return STATUSES[value]
        if value:
            return next((ours for part, ours in FINER if part in value), "in_transit")
    spoken = re.sub(r"[^A-Z]+", "_", said.upper())
    return next((ours for part, ours in FINER if part in spoken), "in_transit" if said else "unknown")


# --- addresses
def address_check(found: Mapping[str, Any], asked: Address) -> AddressCheck:
    good = text(found.get("status")) in ("verified", "warning")
    messages = [text(one.get("message")) for one in rows(found.get("messages"))]
    matched = mapping(found.get("matched_address"))
    corrected = read_address(matched, asked) if good and matched else None
    return AddressCheck(good, corrected if corrected != asked else None, list(dict.fromkeys(filter(None, messages))))


def read_address(found: Mapping[str, Any], asked: Address) -> Address:
    """The matched place; the person stays as asked."""
    lines = [text(found.get(f"address_line{number}")) for number in (1, 2, 3)]
    residential = {"yes": True, "no": False}.get(text(found.get("address_residential_indicator")))
    return Address(
        name=asked.name,
        company=asked.company,
        line1=lines[0],
        line2=", ".join(filter(None, lines[1:])),
        city=text(found.get("city_locality")),
        region=text(found.get("state_province")),
        postcode=text(found.get("postal_code")),
        country=text(found.get("country_code")) or asked.country,
        phone=asked.phone,
        email=asked.email,
        residential=residential if residential is not None else asked.residential,
    )
