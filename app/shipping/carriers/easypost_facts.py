"""EasyPost's answers in our words: rates, labels, scans, errors."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

import requests

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
)
from app.shipping.carriers.units import words

NAME = "EasyPost"
STATUSES = {
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "available_for_pickup",
    "delivered",
    "return_to_sender",
    "failure",
    "cancelled",
}
REFUNDS = {"submitted": "requested", "refunded": "refunded", "rejected": "refused", "not_applicable": "not_needed"}
LOST = {"SHIPMENT.PURCHASE.IN_PROGRESS", "SHIPMENT.POSTAGE.TIMED_OUT", "SHIPMENT.POSTAGE.NO_RESPONSE"}
EXISTS = "SHIPMENT.POSTAGE.EXISTS"
FEE, LEAST_FEE = Decimal("0.01"), Decimal(1)
"""What insuring costs when the account does not say: the published share of the value, in dollars."""


# --- errors
def explain(response: requests.Response) -> Explained | None:
    """`{"error": {"code", "message", "errors"}}`, where message and errors come in several shapes."""
    error = mapping(mapping(body_of(response)).get("error"))
    if response.status_code in (401, 403):
        return Explained("refused the API key. Check it in your EasyPost account", text(error.get("code")) or "key")
    if not error:
        return None
    code, details = text(error.get("code")), flat(error.get("errors"))
    said = flat(error.get("message")) or code
    message = f"{said.rstrip('.')}: {details}" if details else said
    if code in LOST:
        return Explained(message, code, permanent=False, unknown=True, retry_after=3.0)
    return Explained(message, code)


def flat(value: Any) -> str:
    """Words from a string, an object with field and message, or lists and objects of those."""
    if isinstance(value, Mapping):
        if "message" in value:
            field, said = text(value.get("field")), flat(value["message"])
            return said if said.casefold().startswith(field.casefold()) else f"{field} {said}".strip()
        return "; ".join(f"{name} {flat(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(dict.fromkeys(filter(None, (flat(one) for one in value))))
    return text(value)


# --- what is answered
def rate(found: Mapping[str, Any], insurance: int = 0) -> Rate:
    """`rate` is what is charged; list and retail prices are for comparison. `insurance` is the fee in the same currency."""
    currency = text(found.get("currency")).upper() or "USD"
    postage = minor(decimal(found["rate"]), currency)
    days = found.get("delivery_days") or found.get("est_delivery_days")
    return Rate(
        id=text(found.get("id")),
        carrier=text(found["carrier"]),
        service=text(found["service"]),
        service_name=words(text(found["service"])),
        total_minor=postage + insurance,
        currency=currency,
        days=int(days) if days is not None else None,
        guaranteed=bool(found.get("delivery_date_guaranteed")),
        parts={"postage": postage, **({"insurance": insurance} if insurance else {})},
    )


def notes(found: Mapping[str, Any]) -> list[str]:
    """What single carriers said instead of a price."""
    said = (
        f"{text(one.get('carrier'))}: {flat(one.get('message'))}".strip(": ") for one in rows(found.get("messages"))
    )
    return list(dict.fromkeys(filter(None, said)))


def insurance_fee(account: Mapping[str, Any] | None, insured: Decimal) -> Decimal:
    """What insuring this many dollars costs: the account's own share and least fee."""
    share = decimal(account["insurance_fee_rate"]) if account and account.get("insurance_fee_rate") else FEE
    least = decimal(account["insurance_fee_minimum"]) if account and account.get("insurance_fee_minimum") else LEAST_FEE
    return max(insured * share, least)


def is_bought(found: Mapping[str, Any]) -> bool:
    return bool(mapping(found.get("postage_label")) and mapping(found.get("selected_rate")))


def bought(found: Mapping[str, Any]) -> Bought:
    chosen, label = mapping(found["selected_rate"]), mapping(found["postage_label"])
    currency = text(chosen.get("currency")).upper() or "USD"
    return Bought(
        id=text(found["id"]),
        shipment_id=text(found["id"]),
        carrier=text(chosen.get("carrier")),
        service=text(chosen.get("service")),
        service_name=words(text(chosen.get("service"))),
        tracking_number=text(found.get("tracking_code")),
        total_minor=minor(paid(found), currency),
        currency=currency,
        files=files(label),
        tracking_url=text(mapping(found.get("tracker")).get("public_url")),
        test=text(found.get("mode")) == "test",
        raw=found,
    )


def paid(found: Mapping[str, Any]) -> Decimal:
    """All fees that were charged; without a list of them the postage and the insurance's published fee."""
    fees = [decimal(fee["amount"]) for fee in rows(found.get("fees")) if fee.get("charged", True)]
    if any(fees):
        return sum(fees, Decimal(0))
    insured = decimal(found["insurance"]) if found.get("insurance") else Decimal(0)
    return decimal(mapping(found["selected_rate"])["rate"]) + (insurance_fee(None, insured) if insured else 0)


def files(label: Mapping[str, Any]) -> dict[str, str]:
    """Format → address, for those that exist already; PDF and ZPL of other labels are made on request."""
    found = {kind: text(label.get(f"label_{kind}_url")) for kind in ("pdf", "zpl")}
    made = text(label.get("label_file_type")).rpartition("/")[2].lower()
    found[made if made in ("pdf", "png", "zpl") else "png"] = text(label.get("label_url"))
    return {kind: url for kind, url in found.items() if url}


def voided(status: Any) -> Voided:
    """From `refund_status`; null means that nobody asked."""
    said = text(status)
    return Voided(REFUNDS.get(said, "requested") if said else "")


def tracking(found: Mapping[str, Any]) -> Tracking:
    scans = [one for one in (scan(detail) for detail in rows(found.get("tracking_details"))) if one]
    return Tracking(
        carrier=text(found.get("carrier")),
        number=text(found["tracking_code"]),
        status=status(found.get("status")),
        seen=sorted(scans, key=lambda one: one.at),
        expected_at=moment(found.get("est_delivery_date")),
        remote_id=text(found.get("shipment_id")) or text(found.get("id")),
    )


def scan(detail: Mapping[str, Any]) -> Seen | None:
    """A scan without a moment says nothing about the order of things and is left out."""
    at = moment(detail.get("datetime"))
    if at is None:
        return None
    where = mapping(detail.get("tracking_location"))
    place = ", ".join(filter(None, (text(where.get(name)) for name in ("city", "state", "country"))))
    said = text(detail.get("message")) or text(detail.get("description"))
    local = text(detail.get("datetime"))
    return Seen(
        mark(local, detail.get("status"), said, place),
        at.astimezone(UTC),
        status(detail.get("status")),
        said,
        place,
        local,
    )


def status(said: Any) -> str:
    word = text(said)
    return word if word in STATUSES else "failure" if word == "error" else "unknown"


def address_check(found: Mapping[str, Any], asked: Address) -> AddressCheck:
    """Valid means success AND no errors: with some carriers success comes with errors (TRAPS.md C26)."""
    result = mapping(mapping(found.get("verifications")).get("delivery"))
    said = [flat(one) for one in result.get("errors") or []]
    good = bool(result.get("success")) and not said
    corrected = read_address(found, asked) if good else None
    return AddressCheck(good, corrected if corrected != asked else None, list(dict.fromkeys(filter(None, said))))


def read_address(found: Mapping[str, Any], asked: Address) -> Address:
    """The verified copy. Name, phone and e-mail stay as they were asked: a check of the place does not change a person."""
    residential = found.get("residential")
    return Address(
        name=asked.name,
        company=asked.company,
        line1=text(found.get("street1")),
        line2=text(found.get("street2")),
        city=text(found.get("city")),
        region=text(found.get("state")),
        postcode=text(found.get("zip")),
        country=text(found.get("country")) or asked.country,
        phone=asked.phone,
        email=asked.email,
        residential=residential if isinstance(residential, bool) else asked.residential,
    )


def manifest(found: Mapping[str, Any]) -> ManifestFacts:
    said = text(found.get("status"))
    state = said if said in ("created", "failed") else "creating"
    url = text(found.get("form_url"))
    return ManifestFacts(text(found["id"]), state, url if state == "created" else "", flat(found.get("message")))


def best(found: Sequence[Rate]) -> list[Rate]:
    return sorted(found, key=lambda one: (one.total_minor, one.days if one.days is not None else 99))
