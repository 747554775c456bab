"""Parcels: sizes and weights as strings in units that are always said."""

from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply, decimal

from .dialect import REQUIRED, api, fields, get, keep, metadata, named, new, page

OUNCES = {"g": 1 / 28.349523125, "kg": 1000 / 28.349523125, "lb": 16.0, "oz": 1.0}
INCHES = {"cm": 1 / 2.54, "mm": 1 / 25.4, "m": 100 / 2.54, "in": 1.0, "ft": 12.0, "yd": 36.0}
SIZES = ("length", "width", "height")
NO_NUMBER = "A valid number is required."


def make(call: Call, wish: object) -> Doc:
    """A parcel by its id or its members, kept. Raises 400."""
    if isinstance(wish, str):
        return named(call, "parcel", wish, "parcels")
    if not isinstance(wish, dict):
        raise fields(parcels=REQUIRED)
    if wish.get("object_id"):
        return named(call, "parcel", wish["object_id"], "parcels")
    wrong = _wrong(wish)
    if wrong:
        raise fields(**wrong)
    doc = new(
        call,
        object_state="VALID",
        template=wish.get("template") or None,
        **{name: str(wish.get(name) or "") for name in SIZES},
        distance_unit=wish.get("distance_unit"),
        weight=str(wish["weight"]),
        mass_unit=wish["mass_unit"],
        value_amount=wish.get("value_amount"),
        value_currency=wish.get("value_currency"),
        metadata=metadata(wish),
        extra=wish.get("extra") or {},
        line_items=wish.get("line_items") or [],
    )
    return keep(call, "parcel", doc)


def _wrong(wish: Doc) -> dict[str, str]:
    sized = () if wish.get("template") else (*SIZES, "distance_unit")
    wrong = {name: REQUIRED for name in ("weight", "mass_unit") if wish.get(name) in (None, "")}
    wrong = wrong or {name: REQUIRED for name in sized if wish.get(name) in (None, "")}
    for name in ("weight", *(SIZES if sized else ())):
        number = decimal(wish.get(name))
        if not wrong and (number is None or number <= 0):
            wrong[name] = NO_NUMBER
    for name, units in (("mass_unit", OUNCES), ("distance_unit", INCHES)):
        if name not in wrong and wish.get(name) and wish[name] not in units:
            wrong[name] = f'"{wish[name]}" is not a valid choice.'
    return wrong


def ounces(doc: Doc) -> float:
    """A parcel's weight in ounces."""
    return round(float(doc["weight"]) * OUNCES[doc["mass_unit"]], 4)


def inches(doc: Doc) -> tuple[float, float, float]:
    """A parcel's sizes in inches; zeros for a carrier's own box."""
    if doc["template"]:
        return (0, 0, 0)
    unit = INCHES[doc["distance_unit"]]
    length, width, height = (round(float(doc[name]) * unit, 4) for name in SIZES)
    return (length, width, height)


@api.on("POST", "/parcels")
def create(call: Call) -> Reply:
    """A new parcel."""
    return Reply(make(call, call.body), 201)


@api.on("GET", "/parcels/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One parcel."""
    return Reply(get(call, "parcel", identifier))


@api.on("GET", "/parcels")
def search(call: Call) -> Reply:
    """Parcels, newest first."""
    return page(call, "parcel")
