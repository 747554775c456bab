"""What Shippo is asked for: whole grams and millimetres as text; customs values and weights are LINE totals."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from app.core.errors import ProviderError
from app.core.wire import major, present
from app.shipping.carrier import Address, Box, CustomsLine, Shipment
from app.shipping.carriers import exports

NAME = "Shippo"
FORMATS = {"pdf": "PDF_4x6", "png": "PNG", "zpl": "ZPLII"}
SIGNATURES = {"standard": "STANDARD", "adult": "ADULT"}
CONTENTS = {"returned_goods": "RETURN_MERCHANDISE"}
METADATA = 100
"""Letters that Shippo keeps of a reference of ours."""


def address(found: Address) -> dict[str, Any]:
    return present(
        {
            "name": found.name or found.company,
            "company": found.company,
            "street1": found.line1,
            "street2": found.line2,
            "city": found.city,
            "state": found.region,
            "zip": found.postcode,
            "country": found.country,
            "phone": found.phone,
            "email": found.email,
            "is_residential": found.residential,
        }
    )


def parcel(box: Box) -> dict[str, Any]:
    """Raises ProviderError (permanent) without sizes: Shippo prices no parcel of unknown size."""
    if not (box.length_mm and box.width_mm and box.height_mm):
        raise ProviderError(
            NAME, "needs the parcel's length, width and height; enter them or choose a package", permanent=True
        )
    return {
        "length": str(box.length_mm),
        "width": str(box.width_mm),
        "height": str(box.height_mm),
        "distance_unit": "mm",
        "weight": str(box.weight_g),
        "mass_unit": "g",
    }


def shipment(wanted: Shipment) -> dict[str, Any]:
    """A return is an ordinary shipment from the buyer to the seller: paid now, by the seller, whether used or not.

    Shippo's own `is_return` would be charged on scan, weeks after the books say that the label was paid.
    """
    return present(
        {
            "address_from": address(wanted.sender),
            "address_to": address(wanted.recipient),
            "parcels": [parcel(wanted.box)],
            "customs_declaration": customs(wanted),
            "extra": extra(wanted),
            "metadata": wanted.reference[:METADATA],
            "shipment_date": midday(wanted.ship_on) if wanted.ship_on else None,
            "async": False,
        }
    )


def midday(day: date) -> str:
    return datetime.combine(day, time(12), UTC).isoformat()


def extra(wanted: Shipment) -> dict[str, Any]:
    insurance: Mapping[str, Any] = {
        "amount": major(wanted.insured_minor, wanted.currency),
        "currency": wanted.currency,
        "content": "merchandise",
    }
    return present(
        {
            "signature_confirmation": SIGNATURES.get(wanted.signature),
            "insurance": dict(insurance) if wanted.insured_minor else None,
            "reference_1": wanted.note[:50],
        }
    )


def customs(wanted: Shipment) -> dict[str, Any] | None:
    declared = wanted.customs
    if declared is None:
        return None
    filed = exports.filing(NAME, wanted, canada="NOEEI_30_36", elsewhere="NOEEI_30_37_a")
    own = bool(declared.filing)
    return present(
        {
            "certify": True,
            "certify_signer": declared.signer,
            "contents_type": CONTENTS.get(declared.contents, declared.contents.upper()),
            "contents_explanation": declared.explanation,
            "non_delivery_option": declared.undeliverable.upper(),
            "eel_pfc": "AES_ITN" if own else filed,
            "aes_itn": filed if own else None,
            "invoice": wanted.note,
            "items": [customs_item(line) for line in declared.lines],
        }
    )


def customs_item(line: CustomsLine) -> dict[str, Any]:
    """Weight and value are those of all units together."""
    return present(
        {
            "description": line.description,
            "quantity": line.quantity,
            "net_weight": str(line.weight_g * line.quantity),
            "mass_unit": "g",
            "value_amount": major(line.value_minor * line.quantity, line.currency),
            "value_currency": line.currency,
            "origin_country": line.origin,
            "tariff_number": line.hs_code,
            "sku_code": line.sku,
        }
    )
