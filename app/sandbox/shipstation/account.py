"""The account's carriers with their services and packages, and its one warehouse."""

import hashlib

from app.sandbox.carriers.services import CARRIERS, SERVICES, USPS, Carrier
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from .dialect import NAME, api, problem, refusal

PACKAGES = (
    ("package", "Package"),
    ("large_package", 'Large Package (any side > 12")'),
    ("thick_envelope", "Thick Envelope"),
)
FRIENDLY = {USPS: "Stamps.com", "DHLExpress": "DHL Express"}


def carrier_id(account: str, carrier: str) -> str:
    """The id of an account's carrier: always the same."""
    return f"se-{int(hashlib.sha256(f'{account} {carrier}'.encode()).hexdigest()[:8], 16) % 900_000 + 100_000}"


def carrier_of(call: Call, identifier: object) -> Carrier:
    """The carrier behind an id; raises 404."""
    for carrier in CARRIERS.values():
        if carrier_id(call.scope.account, carrier.name) == identifier:
            return carrier
    raise refusal(404, problem("validation", "not_found", f"Unable to find a carrier with ID '{identifier}'."))


def _shown(call: Call, carrier: Carrier) -> Doc:
    identifier, code = carrier_id(call.scope.account, carrier.name), carrier.codes[NAME]
    friendly = FRIENDLY.get(carrier.name, carrier.name)
    return {
        "carrier_id": identifier,
        "carrier_code": code,
        "account_number": f"test_account_{identifier[3:]}",
        "requires_funded_amount": carrier.name == USPS,
        "balance": 8452.04 if carrier.name == USPS else 0.0,
        "nickname": f"Sandbox account - {friendly}",
        "friendly_name": friendly,
        "primary": carrier.name == USPS,
        "has_multi_package_supporting_services": False,
        "supports_label_messages": True,
        "services": [
            {
                "carrier_id": identifier, "carrier_code": code, "service_code": one.names[NAME][0],
                "name": one.names[NAME][1], "domestic": not one.abroad, "international": one.abroad,
                "is_multi_package_supported": False,
            }
            for one in SERVICES
            if one.carrier == carrier.name
        ],
        "packages": [
            {"package_id": None, "package_code": code_, "name": name, "description": name} for code_, name in PACKAGES
        ],
        "options": [{"name": "saturday_delivery", "default_value": "false", "description": ""}],
    }  # fmt: skip


@api.on("GET", "/carriers")
def search(call: Call) -> Reply:
    """All carriers."""
    body = {"carriers": [_shown(call, one) for one in CARRIERS.values()], "request_id": "", "errors": []}
    return Reply(body)


@api.on("GET", "/carriers/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One carrier."""
    return Reply(_shown(call, carrier_of(call, identifier)))


@api.on("GET", "/carriers/<identifier>/<part>")
def part_of(call: Call, identifier: str, part: str) -> Reply:
    """A carrier's `services`, `packages` or `options`."""
    shown = _shown(call, carrier_of(call, identifier))
    if part not in ("services", "packages", "options"):
        raise refusal(404, problem("validation", "not_found", "The requested resource was not found."))
    return Reply({part: shown[part]})


@api.on("GET", "/warehouses")
def warehouses(call: Call) -> Reply:
    """No warehouse is set up: shipments say where they come from."""
    return Reply({"warehouses": []})
