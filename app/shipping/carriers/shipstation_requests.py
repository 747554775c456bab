"""What ShipStation (API v2) is asked for: grams and centimetres; customs values and weights are those of ONE unit."""

from typing import Any

from app.core.wire import decimal, major, present
from app.shipping.carrier import Address, Box, CustomsLine, Shipment
from app.shipping.carriers import exports
from app.shipping.carriers.units import centimetres

NAME = "ShipStation"
SIGNATURES = {"none": "none", "standard": "signature", "adult": "adult_signature"}
UNDELIVERABLE = {"return": "return_to_sender", "abandon": "treat_as_abandoned"}
RESIDENTIAL = {True: "yes", False: "no", None: "unknown"}


def address(found: Address) -> dict[str, Any]:
    return present(
        {
            "name": found.name or found.company,
            "company_name": found.company,
            "phone": found.phone,
            "email": found.email,
            "address_line1": found.line1,
            "address_line2": found.line2,
            "city_locality": found.city,
            "state_province": found.region,
            "postal_code": found.postcode,
            "country_code": found.country,
            "address_residential_indicator": RESIDENTIAL[found.residential],
        }
    )


def amount(minor_units: int, currency: str) -> dict[str, Any]:
    """Money as ShipStation writes it: a JSON number and a currency in small letters."""
    return {"currency": currency.lower(), "amount": decimal(major(minor_units, currency))}


def weight(grams: int) -> dict[str, Any]:
    return {"value": grams, "unit": "gram"}


def package(wanted: Shipment) -> dict[str, Any]:
    return present(
        {
            "package_code": "package",
            "weight": weight(wanted.box.weight_g),
            "dimensions": dimensions(wanted.box),
            "insured_value": amount(wanted.insured_minor, wanted.currency) if wanted.insured_minor else None,
            "label_messages": {"reference1": wanted.note} if wanted.note else None,
            "products": [product(line) for line in wanted.customs.lines] if wanted.customs else None,
        }
    )


def dimensions(box: Box) -> dict[str, Any] | None:
    if not (box.length_mm and box.width_mm and box.height_mm):
        return None
    sizes = {"length": box.length_mm, "width": box.width_mm, "height": box.height_mm}
    return {"unit": "centimeter", **{name: centimetres(size) for name, size in sizes.items()}}


def product(line: CustomsLine) -> dict[str, Any]:
    """One unit's value and weight, unlike EasyPost's and Shippo's line totals (TRAPS.md C24)."""
    return present(
        {
            "description": line.description,
            "quantity": line.quantity,
            "value": amount(line.value_minor, line.currency),
            "weight": weight(line.weight_g),
            "harmonized_tariff_code": line.hs_code,
            "country_of_origin": line.origin,
            "sku": line.sku,
        }
    )


def shipment(wanted: Shipment) -> dict[str, Any]:
    """The parcel. Its reference is not made ShipStation's `external_shipment_id`: that is unique for ever, and a parcel
    is quoted as often as somebody looks."""
    return present(
        {
            "validate_address": "no_validation",
            "ship_from": address(wanted.sender),
            "ship_to": address(wanted.recipient),
            "ship_date": wanted.ship_on.isoformat() if wanted.ship_on else None,
            "confirmation": SIGNATURES[wanted.signature],
            "insurance_provider": "shipsurance" if wanted.insured_minor else "none",
            "is_return": True if wanted.is_return else None,
            "customs": customs(wanted),
            "packages": [package(wanted)],
        }
    )


def customs(wanted: Shipment) -> dict[str, Any] | None:
    declared = wanted.customs
    if declared is None:
        return None
    return present(
        {
            "contents": declared.contents,
            "contents_explanation": declared.explanation,
            "non_delivery": UNDELIVERABLE[declared.undeliverable],
            "declaration": exports.filing(NAME, wanted, canada="NOEEI 30.36", elsewhere="NOEEI 30.37(a)"),
            "invoice_additional_details": {"invoice_number": wanted.note} if wanted.note else None,
        }
    )


def estimate(wanted: Shipment, carrier_ids: list[str]) -> dict[str, Any]:
    """Prices by place and weight alone: nothing is stored, and they cannot be bought."""
    sender, recipient = wanted.sender, wanted.recipient
    return present(
        {
            "carrier_ids": carrier_ids,
            "from_country_code": sender.country,
            "from_postal_code": sender.postcode,
            "from_city_locality": sender.city,
            "from_state_province": sender.region,
            "to_country_code": recipient.country,
            "to_postal_code": recipient.postcode,
            "to_city_locality": recipient.city,
            "to_state_province": recipient.region,
            "weight": weight(wanted.box.weight_g),
            "dimensions": dimensions(wanted.box),
            "confirmation": SIGNATURES[wanted.signature],
            "address_residential_indicator": RESIDENTIAL[recipient.residential],
            "ship_date": wanted.ship_on.isoformat() if wanted.ship_on else None,
        }
    )
