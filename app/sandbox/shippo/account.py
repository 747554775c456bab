"""The account's carrier accounts."""

import hashlib

from app.sandbox.carriers.services import CARRIERS, SERVICES, Carrier
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from .dialect import NAME, OWNER, api, plain, sheet


def carrier_account(account: str, carrier: str) -> str:
    """The id of an account's carrier account: always the same."""
    return hashlib.sha256(f"{account} {carrier}".encode()).hexdigest()[:32]


def carrier_of(account: str, identifier: str) -> Carrier | None:
    """The carrier behind a carrier account."""
    return next((one for one in CARRIERS.values() if carrier_account(account, one.name) == identifier), None)


def _shown(call: Call, carrier: Carrier) -> Doc:
    levels = [one.names[NAME] for one in SERVICES if one.carrier == carrier.name]
    return {
        "object_id": carrier_account(call.scope.account, carrier.name),
        "object_owner": OWNER,
        "carrier": carrier.codes[NAME],
        "carrier_name": carrier.name,
        "account_id": f"shippo_{carrier.codes[NAME]}_account",
        "parameters": {},
        "active": True,
        "is_shippo_account": True,
        "metadata": "",
        "test": True,
        "service_levels": [{"token": token, "name": name} for token, name in levels],
    }


@api.on("GET", "/carrier_accounts")
def search(call: Call) -> Reply:
    """All carrier accounts; `?carrier=` narrows it."""
    wanted = call.query.get("carrier")
    found = [_shown(call, one) for one in CARRIERS.values() if wanted in (None, one.codes[NAME])]
    return Reply(sheet(call, found, 1, max(1, len(found))))


@api.on("GET", "/carrier_accounts/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One carrier account."""
    carrier = carrier_of(call.scope.account, identifier)
    if carrier is None:
        raise plain(404)
    return Reply(_shown(call, carrier))
