"""Who the key belongs to and which carriers it can use."""

from app.sandbox.carriers.services import CARRIERS, SERVICES, Carrier
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import events, rates
from .dialect import NAME, api, plain

BEGINNING = "2017-03-01T03:01:34Z"


@api.on("GET", "/users")
def retrieve_me(call: Call) -> Reply:
    """The user behind the key."""
    user: Doc = {
        "id": events.user_id(call.scope),
        "object": "User",
        "parent_id": None,
        "name": f"Sandbox {call.scope.account[:8]}…",
        "phone_number": "5555555555",
        "verified": True,
        "created_at": BEGINNING,
        "default_carbon_offset": False,
        "has_elevate_access": False,
        "balance": "0.00000",
        "price_per_shipment": "0.00000",
        "recharge_amount": "100.00",
        "secondary_recharge_amount": "100.00",
        "recharge_threshold": "0.00",
        "has_billing_method": False,
        "cc_fee_rate": "0.03",
        "default_insurance_amount": None,
        "insurance_fee_rate": "0.01",
        "insurance_fee_minimum": "1.00",
        "email": "sandbox@example.com",
        "children": [],
    }
    return Reply(user)


@api.on("GET", "/carrier_accounts")
def carrier_accounts(call: Call) -> Reply:
    """A bare list of carrier accounts."""
    return Reply([_account(call, carrier) for carrier in CARRIERS.values()])


@api.on("GET", "/carrier_accounts/<identifier>")
def carrier_account(call: Call, identifier: str) -> Reply:
    """One carrier account."""
    for carrier in CARRIERS.values():
        if rates.carrier_account(call.scope.account, carrier.name) == identifier:
            return Reply(_account(call, carrier))
    raise plain(404)


def _account(call: Call, carrier: Carrier) -> Doc:
    return {
        "id": rates.carrier_account(call.scope.account, carrier.name),
        "object": "CarrierAccount",
        "type": carrier.account_type,
        "clone": False,
        "created_at": BEGINNING,
        "updated_at": BEGINNING,
        "description": f"{carrier.codes[NAME]} Account",
        "reference": None,
        "billing_type": "easypost",
        "readable": carrier.codes[NAME],
        "logo": None,
        "fields": [],
        "credentials": {},
        "test_credentials": {},
    }


@api.on("GET", "/metadata/carriers")
def metadata(call: Call) -> Reply:
    """Service levels per carrier; `?carriers=usps,ups` narrows it."""
    wanted = {name for name in call.query.get("carriers", "").lower().split(",") if name}
    found = [one for one in CARRIERS.values() if not wanted or one.codes[NAME].lower() in wanted]
    return Reply({"carriers": [_metadata(carrier) for carrier in found]})


def _metadata(carrier: Carrier) -> Doc:
    name = carrier.codes[NAME].lower()
    levels = [
        {
            "carrier": name, "description": None, "dimensions": None, "human_readable": one.names[NAME][1],
            "max_weight": None, "name": one.names[NAME][0],
        }
        for one in SERVICES
        if one.carrier == carrier.name
    ]  # fmt: skip
    return {"human_readable": carrier.codes[NAME], "name": name, "predefined_packages": [], "service_levels": levels}
