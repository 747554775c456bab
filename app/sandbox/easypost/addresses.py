"""Addresses, and whether they can be delivered to."""

from typing import Any

from app.sandbox.carriers import addresses as post
from app.sandbox.carriers import store
from app.sandbox.carriers.geography import Place
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply

from .dialect import api, created, get, given, invalid, kind_of, page, refusal, stamp

FIELDS = ("name", "company", "street1", "street2", "city", "state", "zip", "country", "phone", "email")
CODES = {
    post.NOT_FOUND: ("E.ADDRESS.NOT_FOUND", "address"),
    post.NO_NUMBER: ("E.HOUSE_NUMBER.MISSING", "street1"),
    post.NO_STREET: ("E.STREET.MISSING", "street1"),
    post.NO_POSTCODE: ("E.ADDRESS.NOT_FOUND", "zip"),
}


def place_of(doc: Doc) -> Place:
    """The wire's address as a Place."""
    words = {name: str(doc.get(name) or "") for name in FIELDS}
    words["country"] = words["country"] or "US"
    return Place(**words, residential=doc.get("residential"))


def make(call: Call, members: Doc, field: str = "address") -> Doc:
    """An address given by its id or by its members, kept; raises 404 or 422."""
    if members.get("id"):
        return get(call, "address", members["id"])
    if not any(members.get(name) for name in FIELDS):
        raise invalid(field, "cannot be blank")
    country = str(members.get("country") or "US")
    if len(country) != 2 or not country.isalpha():
        raise invalid("country", "must be a two letter ISO country code")
    now = stamp(call.scope.now()).replace("Z", "+00:00")
    doc: Doc = {"id": f"adr_{token()}", "object": "Address", "created_at": now, "updated_at": now}
    doc |= {name: members.get(name) or None for name in FIELDS}
    doc |= {"country": country.upper(), "mode": "test", "carrier_facility": members.get("carrier_facility")}
    doc |= {"residential": members.get("residential")}
    doc |= {"federal_tax_id": members.get("federal_tax_id"), "state_tax_id": members.get("state_tax_id")}
    doc["verifications"] = {}
    return store.add(call.scope, kind_of("address"), doc["id"], doc)


def verify(call: Call, address: Doc, carrier: str = "") -> Doc:
    """The address with its verifications, corrected where it could be found."""
    verdict = post.verify(place_of(address))
    errors = [_error(verdict.wrong)] if verdict.wrong else []
    # Recorded: with `verify_carrier` EasyPost says success and lists errors beside it.
    good = not errors or bool(carrier)
    details: Doc = {} if errors else {"latitude": verdict.latitude, "longitude": verdict.longitude}
    if carrier and errors:
        details = {"latitude": None, "longitude": None, "time_zone": None}
    elif not errors:
        details["time_zone"] = "America/Los_Angeles" if address["state"] in ("CA", "OR", "WA") else "America/New_York"
    delivery = {"success": good, "errors": errors, "details": details}
    if verdict.clean:
        _correct(address, verdict.clean)
    elif carrier:
        _correct(address, place_of(address).upper())
    address["verifications"] = {"delivery": delivery}
    if address["country"] == "US":
        zip4 = {"success": good, "errors": errors, "details": None}
        address["verifications"] = {"zip4": zip4, "delivery": delivery}
    if carrier:
        address["verifications"]["verify_carrier"] = carrier.lower()
    address["updated_at"] = stamp(call.scope.now()).replace("Z", "+00:00")
    return store.save(call.scope, address["id"], address)


def _correct(address: Doc, clean: Place) -> None:
    for name in ("name", "company", "street1", "city", "state", "zip"):
        address[name] = getattr(clean, name) or None
    address["street2"] = clean.street2
    address["residential"] = clean.residential


def _error(wrong: str) -> Doc:
    code, field = CODES[wrong]
    return {"code": code, "field": field, "message": post.MESSAGES[wrong], "suggestion": None}


def passed(address: Doc) -> bool:
    """Whether every verification went through."""
    checks = [check for check in address["verifications"].values() if isinstance(check, dict)]
    return all(check["success"] for check in checks)


def _strict(address: Doc) -> Doc:
    if passed(address):
        return address
    errors = address["verifications"]["delivery"]["errors"]
    raise refusal(422, "ADDRESS.VERIFY.FAILURE", "Unable to verify address.", errors)


def _wish(call: Call, name: str) -> Any:
    """`verify` and its kin stand beside the address or inside it."""
    return call.body.get(name) or call.members("address").get(name)


@api.on("POST", "/addresses")
def create(call: Call) -> Reply:
    """A new address, verified when that is asked for."""
    address = make(call, given(call, "address"))
    carrier = str(_wish(call, "verify_carrier") or "")
    if _wish(call, "verify_strict"):
        address = _strict(verify(call, address, carrier))
    elif _wish(call, "verify"):
        address = verify(call, address, carrier)
    return created(address, "addresses")


@api.on("POST", "/addresses/create_and_verify")
def create_and_verify(call: Call) -> Reply:
    """A new address that must be good."""
    address = make(call, given(call, "address"))
    checked = _strict(verify(call, address, str(_wish(call, "verify_carrier") or "")))
    return Reply({"address": checked}, 200, {"location": f"/api/v2/addresses/{checked['id']}"})


@api.on("GET", "/addresses/<identifier>/verify")
def verify_again(call: Call, identifier: str) -> Reply:
    """A verified copy of an address."""
    copy = {**get(call, "address", identifier), "id": f"adr_{token()}"}
    store.add(call.scope, kind_of("address"), copy["id"], copy)
    checked = _strict(verify(call, copy))
    return Reply({"address": checked}, 200, {"location": f"/api/v2/addresses/{checked['id']}"})


@api.on("GET", "/addresses/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One address."""
    return Reply(get(call, "address", identifier))


@api.on("GET", "/addresses")
def search(call: Call) -> Reply:
    """Addresses, newest first."""
    return page(call, "address", "addresses")[1]
