"""Rates of a shipment, with what single carriers said instead of one; and rates for nobody's shipment (beta)."""

import hashlib

from app.sandbox.carriers import rating, store
from app.sandbox.carriers.geography import zone
from app.sandbox.carriers.rating import Journey, Offer
from app.sandbox.carriers.services import CARRIERS
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import addresses, contents
from .dialect import NAME, api, dollars, get, invalid, new, refusal

SIGNATURES = {"SIGNATURE": "standard", "INDIRECT_SIGNATURE": "standard", "ADULT_SIGNATURE": "adult"}
LIST_SHARE, RETAIL_SHARE = 1.08, 1.34


def carrier_account(account: str, carrier: str) -> str:
    """The id of an account's carrier account: always the same."""
    return f"ca_{hashlib.sha256(f'{account} {carrier}'.encode()).hexdigest()[:32]}"


def journey(shipment: Doc, insured: int = 0) -> Journey:
    """The shipment in rating's words."""
    parcel = shipment["parcel"]
    return Journey(
        origin=addresses.place_of(shipment["from_address"]),
        destination=addresses.place_of(shipment["to_address"]),
        ounces=parcel["weight"],
        inches=tuple(parcel[name] or 0 for name in contents.SIZES),  # type: ignore[arg-type]
        signature=SIGNATURES.get(shipment["options"].get("delivery_confirmation", ""), ""),
        insured=insured,
        customs=contents.rated(shipment["customs_info"]),
        is_return=shipment["is_return"],
    )


def rate(call: Call, shipment: Doc, accounts: list[object]) -> None:
    """Fill in `rates`, `messages` and `usps_zone`; `accounts` narrows it to some carrier accounts."""
    wanted = _carriers(call, accounts) if accounts else None
    way = journey(shipment)
    offers, complaints = rating.offers(way, wanted)
    mine = call.scope.account
    shipment["rates"] = [_rate(call, shipment["id"], offer) for offer in reversed(offers)]
    shipment["messages"] = [
        {
            "carrier": complaint.carrier,
            "carrier_account_id": carrier_account(mine, complaint.carrier),
            "type": "rate_error",
            "message": complaint.message,
        }
        for complaint in complaints
    ]
    away = zone(way.origin, way.destination)
    shipment["usps_zone"] = away if not way.abroad and way.origin.country == "US" else None


def _carriers(call: Call, accounts: list[object]) -> list[str]:
    ids = {carrier_account(call.scope.account, name): name for name in CARRIERS}
    wanted = [str(one.get("id") if isinstance(one, dict) else one) for one in accounts]
    unknown = [one for one in wanted if one not in ids]
    if unknown:
        raise invalid("carrier_accounts", f"unknown carrier account {unknown[0]}")
    return [ids[one] for one in wanted]


def _rate(call: Call, shipment: str, offer: Offer) -> Doc:
    price = offer.postage + offer.signature
    return new(
        call,
        "rate",
        "Rate",
        mode="test",
        service=offer.service.names[NAME][0],
        carrier=CARRIERS[offer.service.carrier].codes[NAME],
        rate=dollars(price),
        currency="USD",
        retail_rate=dollars(round(price * RETAIL_SHARE)),
        retail_currency="USD",
        list_rate=dollars(round(price * LIST_SHARE)),
        list_currency="USD",
        billing_type="easypost",
        delivery_days=offer.days,
        delivery_date=None,
        delivery_date_guaranteed=offer.service.guaranteed,
        est_delivery_days=offer.days,
        shipment_id=shipment,
        carrier_account_id=carrier_account(call.scope.account, offer.service.carrier),
    )


@api.on("POST", "/shipments/<identifier>/rerate")
def rerate(call: Call, identifier: str) -> Reply:
    """New rates with new ids for a shipment that is not bought yet."""
    shipment = get(call, "shipment", identifier)
    if shipment["postage_label"]:
        raise refusal(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
    rate(call, shipment, [])
    store.save(call.scope, shipment["id"], shipment)
    return Reply({"rates": shipment["rates"]})
