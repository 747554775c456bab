"""Addresses, and whether they can be delivered to; validating makes a new object."""

from dataclasses import replace

from app.sandbox.carriers import addresses as post
from app.sandbox.carriers.geography import Place
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from .dialect import REQUIRED, api, fields, get, keep, metadata, named, new, page

WORDS = (
    "name",
    "company",
    "street_no",
    "street1",
    "street2",
    "street3",
    "city",
    "state",
    "zip",
    "country",
    "phone",
    "email",
)
CODES = {
    post.NOT_FOUND: ("Address Not Found", "The address as submitted could not be found."),
    post.NO_NUMBER: ("street_number_missing", "The street number is missing."),
    post.NO_STREET: ("unknown_street", "The street is missing or unknown."),
    post.NO_POSTCODE: ("postal_code_missing", "The postal code is missing."),
}


def place_of(doc: Doc) -> Place:
    """The wire's address as a Place."""
    street = " ".join(part for part in (doc["street_no"], doc["street1"]) if part)
    words = {name: doc[name] for name in ("name", "company", "city", "state", "zip", "country", "phone", "email")}
    second = " ".join(part for part in (doc["street2"], doc["street3"]) if part)
    return Place(**words, street1=street, street2=second, residential=doc["is_residential"])


def make(call: Call, wish: object, field: str = "") -> Doc:
    """An address by its id or by its members, kept. Raises 400 (under `field` when the address is inside something)."""
    if isinstance(wish, str) and field:
        return named(call, "address", wish, field)
    if not isinstance(wish, dict):
        raise fields(**{field: REQUIRED})
    if wish.get("object_id"):
        return named(call, "address", wish["object_id"], field or "object_id")
    country = str(wish.get("country") or "")
    if len(country) != 2:
        wrong = {"country": [REQUIRED if not country else f"Invalid country code {country}."]}
        raise fields(**({field: wrong} if field else wrong))
    words = {name: str(wish.get(name) or "") for name in WORDS}
    doc = new(
        call,
        is_complete=all(words[name] for name in ("name", "street1", "city", "zip", "country")),
        validation_results={},
        **{**words, "country": country.upper()},
        is_residential=wish.get("is_residential"),
        metadata=metadata(wish),
    )
    if wish.get("validate"):
        _validate(doc)
    return keep(call, "address", doc)


def _validate(doc: Doc) -> None:
    verdict = post.verify(place_of(doc))
    if verdict.clean is None:
        code, text = CODES[verdict.wrong]
        said = {"source": "Shippo Address Validator", "code": code, "text": text, "type": "address_error"}
        doc["validation_results"] = {"is_valid": False, "messages": [said]}
        return
    clean = replace(verdict.clean, name=doc["name"], company=doc["company"])
    doc.update(street1=clean.street1, street2=clean.street2, street3="", street_no="", city=clean.city)
    doc.update(state=clean.state, zip=clean.zip, is_residential=clean.residential, is_complete=True)
    doc["validation_results"] = {"is_valid": True, "messages": []}


def brief(doc: Doc) -> Doc:
    """The address as it stands inside a shipment."""
    hidden = ("object_created", "object_updated", "object_owner", "metadata")
    return {name: value for name, value in doc.items() if name not in hidden}


@api.on("POST", "/addresses")
def create(call: Call) -> Reply:
    """A new address, validated when `validate` is true."""
    return Reply(make(call, call.body), 201)


@api.on("GET", "/addresses/<identifier>/validate")
def validate(call: Call, identifier: str) -> Reply:
    """A validated copy with an id of its own."""
    members = get(call, "address", identifier)
    doc = {**members, **{name: new(call)[name] for name in ("object_id", "object_created", "object_updated")}}
    _validate(doc)
    return Reply(keep(call, "address", doc))


@api.on("GET", "/addresses/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One address."""
    return Reply(get(call, "address", identifier))


@api.on("GET", "/addresses")
def search(call: Call) -> Reply:
    """Addresses, newest first."""
    return page(call, "address")
