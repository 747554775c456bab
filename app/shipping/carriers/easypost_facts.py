"""EasyPost's objects in our words and ours in theirs. Ounces and inches; customs values and weights are LINE totals."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

import requests

from app.core.errors import ProviderError
from app.core.http import Explained
from app.shipping.carrier import (
    Address,
    AddressCheck,
    Bought,
    Box,
    CustomsLine,
    ManifestFacts,
    Rate,
    Seen,
    Shipment,
    Tracking,
    Voided,
)
from app.shipping.carriers import exports
from app.shipping.carriers.units import decimal, inches, major, mark, minor, moment, ounces, words
from app.shipping.carriers.wire import body_of, mapping, present, rows, text

NAME = "EasyPost"
SIGNATURES = {"standard": "SIGNATURE", "adult": "ADULT_SIGNATURE"}
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
            return " ".join(part for part in (text(value.get("field")), flat(value["message"])) if part)
        return "; ".join(f"{name} {flat(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(dict.fromkeys(filter(None, (flat(one) for one in value))))
    return text(value)


# --- what is asked
def address(found: Address) -> dict[str, Any]:
    return present(
        {
            "name": found.name,
            "company": found.company,
            "street1": found.line1,
            "street2": found.line2,
            "city": found.city,
            "state": found.region,
            "zip": found.postcode,
            "country": found.country,
            "phone": found.phone,
            "email": found.email,
            "residential": found.residential,
        }
    )


def parcel(box: Box) -> dict[str, Any]:
    """Weight in tenths of an ounce, sizes in tenths of an inch, both rounded up."""
    sizes = {"length": box.length_mm, "width": box.width_mm, "height": box.height_mm}
    known = {name: inches(size) for name, size in sizes.items()} if all(sizes.values()) else {}
    return {**known, "weight": ounces(box.weight_g)}


def shipment(wanted: Shipment, label_format: str) -> dict[str, Any]:
    """The shipment to be created. A return is asked for in the way out; EasyPost turns the addresses round itself."""
    sender, recipient = address(wanted.sender), address(wanted.recipient)
    if wanted.is_return:
        sender, recipient = recipient, sender
    return present(
        {
            "from_address": sender,
            "to_address": recipient,
            "parcel": parcel(wanted.box),
            "customs_info": customs(wanted) if wanted.customs else None,
            "options": options(wanted, label_format),
            "reference": wanted.reference,
            "is_return": True if wanted.is_return else None,
        }
    )


def options(wanted: Shipment, label_format: str) -> dict[str, Any]:
    return present(
        {
            "label_format": label_format.upper(),
            "label_size": "4x6",
            "delivery_confirmation": SIGNATURES.get(wanted.signature),
            "print_custom_1": wanted.note,
            "invoice_number": wanted.note if wanted.customs else None,
            "label_date": f"{wanted.ship_on.isoformat()}T12:00:00Z" if wanted.ship_on else None,
        }
    )


def customs(wanted: Shipment) -> dict[str, Any]:
    declared = wanted.customs
    assert declared is not None
    return present(
        {
            "customs_certify": True,
            "customs_signer": declared.signer,
            "contents_type": declared.contents,
            "contents_explanation": declared.explanation,
            "restriction_type": "none",
            "non_delivery_option": declared.undeliverable,
            "eel_pfc": exports.filing(NAME, wanted, canada="NOEEI 30.36", elsewhere="NOEEI 30.37(a)"),
            "customs_items": [customs_item(line) for line in declared.lines],
        }
    )


def customs_item(line: CustomsLine) -> dict[str, Any]:
    """Weight and value are those of all units together (TRAPS.md C24)."""
    return present(
        {
            "description": line.description,
            "quantity": line.quantity,
            "weight": ounces(line.weight_g * line.quantity, "0.001"),
            "value": major(line.value_minor * line.quantity, line.currency),
            "currency": line.currency,
            "hs_tariff_number": line.hs_code,
            "origin_country": line.origin,
            "code": line.sku,
        }
    )


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


def dollars(wanted: Shipment) -> str:
    """The insured value as EasyPost takes it. Raises ProviderError for other currencies: the number would mean dollars."""
    if wanted.currency != "USD":
        raise ProviderError(NAME, "insures in US dollars only; take the insurance off this parcel", permanent=True)
    return major(wanted.insured_minor, wanted.currency)


def best(found: Sequence[Rate]) -> list[Rate]:
    return sorted(found, key=lambda one: (one.total_minor, one.days if one.days is not None else 99))
