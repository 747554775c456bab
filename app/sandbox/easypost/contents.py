"""What is in the box and how big it is: parcels, customs items, customs infos."""

from app.sandbox.carriers import rating, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply, decimal

from .dialect import api, created, get, given, invalid, kind_of, missing, new

SIZES = ("length", "width", "height")
CONTENTS = (
    "merchandise", "documents", "gift", "returned_goods", "sample", "dangerous_goods", "humanitarian_donation", "other",
)  # fmt: skip
RESTRICTIONS = ("none", "other", "quarantine", "sanitary_phytosanitary_inspection")


def make_parcel(call: Call, members: Doc) -> Doc:
    """A parcel given by its id or its members, kept. Ounces and inches; raises 404 or 422."""
    if members.get("id"):
        return get(call, "parcel", members["id"])
    weight = decimal(members.get("weight"))
    if weight is None:
        raise missing("weight")
    if weight <= 0:
        raise invalid("weight", "must be greater than 0")
    sizes = {name: _size(members, name) for name in SIZES}
    if any(sizes.values()) and not all(sizes.values()):
        raise invalid("parcel", "length, width and height must be given together")
    doc = new(
        call,
        "prcl",
        "Parcel",
        **sizes,
        predefined_package=members.get("predefined_package"),
        weight=weight,
        mode="test",
    )
    return store.add(call.scope, kind_of("parcel"), doc["id"], doc)


def _size(members: Doc, name: str) -> float | None:
    if members.get(name) is None:
        return None
    size = decimal(members[name])
    if size is None or size <= 0:
        raise invalid(name, "must be greater than 0")
    return size


def make_item(call: Call, members: Doc) -> Doc:
    """A customs item; `value` and `weight` are totals of the line. Raises 404 or 422."""
    if members.get("id"):
        return get(call, "customs_item", members["id"])
    for name in ("description", "quantity", "value", "weight", "origin_country"):
        if members.get(name) in (None, ""):
            raise missing(name)
    numbers = {name: decimal(members[name]) for name in ("quantity", "value", "weight")}
    for name, number in numbers.items():
        if number is None or number <= 0:
            raise invalid(name, "must be greater than 0")
    doc = new(
        call,
        "cstitem",
        "CustomsItem",
        description=members["description"],
        hs_tariff_number=members.get("hs_tariff_number"),
        origin_country=members["origin_country"],
        quantity=int(numbers["quantity"] or 0),
        value=str(numbers["value"]),
        weight=numbers["weight"],
        code=members.get("code"),
        mode="test",
        **{name: members.get(name) for name in ("manufacturer", "currency", "eccn", "printed_commodity_identifier")},
    )
    return store.add(call.scope, kind_of("customs_item"), doc["id"], doc)


def make_customs(call: Call, members: Doc | None) -> Doc | None:
    """A customs info; nothing when nothing was given. Raises 404 or 422."""
    if not members:
        return None
    if members.get("id"):
        return get(call, "customs_info", members["id"])
    kind, restriction = members.get("contents_type", "merchandise"), members.get("restriction_type") or "none"
    if kind not in CONTENTS:
        raise invalid("contents_type", f"must be one of {', '.join(CONTENTS)}")
    if kind == "other" and not members.get("contents_explanation"):
        raise missing("contents_explanation")
    if restriction not in RESTRICTIONS:
        raise invalid("restriction_type", f"must be one of {', '.join(RESTRICTIONS)}")
    items = [make_item(call, item) for item in members.get("customs_items") or []]
    if not items:
        raise missing("customs_items")
    doc = new(
        call,
        "cstinfo",
        "CustomsInfo",
        contents_explanation=members.get("contents_explanation") or "",
        contents_type=kind,
        customs_certify=_true(members.get("customs_certify")),
        customs_signer=members.get("customs_signer"),
        eel_pfc=members.get("eel_pfc"),
        non_delivery_option=members.get("non_delivery_option") or "return",
        restriction_comments=members.get("restriction_comments"),
        restriction_type=restriction,
        mode="test",
        declaration=members.get("declaration"),
        customs_items=items,
    )
    return store.add(call.scope, kind_of("customs_info"), doc["id"], doc)


def _true(value: object) -> bool:
    return str(value).lower() == "true"


def rated(customs: Doc | None) -> rating.Customs | None:
    """What rating wants to know; a declaration that nobody certified counts as none."""
    if not customs or not customs["customs_certify"] or not customs["customs_signer"]:
        return None
    items = customs["customs_items"]
    return rating.Customs(
        value=round(sum(float(item["value"]) for item in items) * 100),
        every_line_has_a_code=all(len(str(item["hs_tariff_number"] or "")) >= 6 for item in items),
        filing=customs["eel_pfc"] or "",
    )


@api.on("POST", "/parcels")
def create_parcel(call: Call) -> Reply:
    """A new parcel."""
    return created(make_parcel(call, given(call, "parcel")), "parcels")


@api.on("GET", "/parcels/<identifier>")
def retrieve_parcel(call: Call, identifier: str) -> Reply:
    """One parcel."""
    return Reply(get(call, "parcel", identifier))


@api.on("POST", "/customs_items")
def create_item(call: Call) -> Reply:
    """A new customs item."""
    return created(make_item(call, given(call, "customs_item")), "customs_items")


@api.on("GET", "/customs_items/<identifier>")
def retrieve_item(call: Call, identifier: str) -> Reply:
    """One customs item."""
    return Reply(get(call, "customs_item", identifier))


@api.on("POST", "/customs_infos")
def create_customs(call: Call) -> Reply:
    """A new customs info."""
    doc = make_customs(call, given(call, "customs_info"))
    assert doc is not None
    return created(doc, "customs_infos")


@api.on("GET", "/customs_infos/<identifier>")
def retrieve_customs(call: Call, identifier: str) -> Reply:
    """One customs info."""
    return Reply(get(call, "customs_info", identifier))
