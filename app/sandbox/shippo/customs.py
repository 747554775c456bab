"""Customs items (weights and values are totals of the line) and declarations."""

from app.sandbox.carriers import rating, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply, decimal

from .contents import NO_NUMBER, OUNCES
from .dialect import REQUIRED, api, fields, get, keep, kind_of, metadata, named, new, page

ITEM = ("description", "quantity", "net_weight", "mass_unit", "value_amount", "value_currency", "origin_country")
DECLARATION = ("certify", "certify_signer", "contents_type", "non_delivery_option", "items")
CONTENTS = ("DOCUMENTS", "GIFT", "SAMPLE", "MERCHANDISE", "HUMANITARIAN_DONATION", "RETURN_MERCHANDISE", "OTHER")
FILINGS = ("NOEEI_30_37_a", "NOEEI_30_37_h", "NOEEI_30_37_f", "NOEEI_30_36", "AES_ITN")
TEXTS = (
    "exporter_reference", "importer_reference", "invoice", "license", "certificate", "notes", "eel_pfc", "aes_itn",
    "disclaimer", "incoterm", "contents_explanation",
)  # fmt: skip


def make_item(call: Call, wish: object) -> Doc:
    """A customs item by its id or its members, kept. Raises 400."""
    if isinstance(wish, str):
        return named(call, "item", wish, "items")
    members = wish if isinstance(wish, dict) else {}
    wrong = {name: REQUIRED for name in ITEM if members.get(name) in (None, "")}
    for name in ("quantity", "net_weight", "value_amount"):
        if name not in wrong and (decimal(members[name]) or 0) <= 0:
            wrong[name] = NO_NUMBER
    if "mass_unit" not in wrong and members["mass_unit"] not in OUNCES:
        wrong["mass_unit"] = f'"{members["mass_unit"]}" is not a valid choice.'
    if wrong:
        raise fields(**wrong)
    doc = new(
        call,
        object_state="VALID",
        description=members["description"],
        quantity=int(decimal(members["quantity"]) or 0),
        net_weight=str(members["net_weight"]),
        mass_unit=members["mass_unit"],
        value_amount=str(members["value_amount"]),
        value_currency=members["value_currency"],
        origin_country=members["origin_country"],
        tariff_number=members.get("tariff_number") or "",
        hs_code=members.get("hs_code"),
        sku_code=members.get("sku_code"),
        metadata=metadata(members),
    )
    return keep(call, "item", doc)


def make_declaration(call: Call, wish: object) -> Doc | None:
    """A declaration by its id or its members, kept; nothing when nothing was given. Raises 400."""
    if not wish:
        return None
    if isinstance(wish, str):
        return named(call, "declaration", wish, "customs_declaration")
    members = wish if isinstance(wish, dict) else {}
    if members.get("object_id"):
        return named(call, "declaration", members["object_id"], "customs_declaration")
    wrong = _wrong(members)
    if wrong:
        raise fields(**wrong)
    doc = new(
        call,
        object_state="VALID",
        certify_signer=members["certify_signer"],
        certify=True,
        items=[make_item(call, item)["object_id"] for item in members["items"]],
        non_delivery_option=members["non_delivery_option"],
        contents_type=members["contents_type"],
        commercial_invoice=bool(members.get("commercial_invoice")),
        metadata=metadata(members),
        **{name: members.get(name) or "" for name in TEXTS},
    )
    return keep(call, "declaration", doc)


def _wrong(wish: Doc) -> dict[str, str]:
    wrong = {name: REQUIRED for name in DECLARATION if wish.get(name) in (None, "", [])}
    if "certify" not in wrong and wish["certify"] is not True:
        wrong["certify"] = "The contents must be certified."
    for name, choices in (("contents_type", CONTENTS), ("non_delivery_option", ("ABANDON", "RETURN"))):
        if name not in wrong and wish[name] not in choices:
            wrong[name] = f'"{wish[name]}" is not a valid choice.'
    if wish.get("contents_type") == "OTHER" and not wish.get("contents_explanation"):
        wrong["contents_explanation"] = REQUIRED
    if wish.get("eel_pfc") and wish["eel_pfc"] not in FILINGS:
        wrong["eel_pfc"] = f'"{wish["eel_pfc"]}" is not a valid choice.'
    return wrong


def rated(call: Call, declaration: Doc | None) -> rating.Customs | None:
    """What rating wants to know of a declaration."""
    if declaration is None:
        return None
    found = (store.find(call.scope, kind_of("item"), item) for item in declaration["items"])
    items = [item for item in found if item]
    filing = f"AES {declaration['aes_itn']}" if declaration["eel_pfc"] == "AES_ITN" else declaration["eel_pfc"]
    return rating.Customs(
        value=round(sum(float(item["value_amount"]) for item in items) * 100),
        every_line_has_a_code=all(len(item["tariff_number"]) >= 6 for item in items),
        filing=filing,
    )


@api.on("POST", "/customs/items")
def create_item(call: Call) -> Reply:
    """A new customs item."""
    return Reply(make_item(call, call.body), 201)


@api.on("GET", "/customs/items/<identifier>")
def retrieve_item(call: Call, identifier: str) -> Reply:
    """One customs item."""
    return Reply(get(call, "item", identifier))


@api.on("GET", "/customs/items")
def search_items(call: Call) -> Reply:
    """Customs items, newest first."""
    return page(call, "item")


@api.on("POST", "/customs/declarations")
def create_declaration(call: Call) -> Reply:
    """A new declaration."""
    doc = make_declaration(call, call.body or {"": ""})
    return Reply(doc, 201)


@api.on("GET", "/customs/declarations/<identifier>")
def retrieve_declaration(call: Call, identifier: str) -> Reply:
    """One declaration."""
    return Reply(get(call, "declaration", identifier))


@api.on("GET", "/customs/declarations")
def search_declarations(call: Call) -> Reply:
    """Declarations, newest first."""
    return page(call, "declaration")
