"""What EasyPost is asked for. Ounces and inches; customs values and weights are LINE totals (TRAPS.md C24)."""

from typing import Any

from app.core.errors import ProviderError
from app.core.wire import major, present
from app.shipping.carrier import Address, Box, CustomsLine, Shipment
from app.shipping.carriers import exports
from app.shipping.carriers.units import inches, ounces

NAME = "EasyPost"
SIGNATURES = {"standard": "SIGNATURE", "adult": "ADULT_SIGNATURE"}


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


def dollars(wanted: Shipment) -> str:
    """The insured value as EasyPost takes it. Raises ProviderError for other currencies: the number would mean dollars."""
    if wanted.currency != "USD":
        raise ProviderError(NAME, "insures in US dollars only; take the insurance off this parcel", permanent=True)
    return major(wanted.insured_minor, wanted.currency)
