"""Addresses in ShipStation's words."""

from dataclasses import replace
from typing import Any

from app.sandbox.carriers import addresses as post
from app.sandbox.carriers.geography import Place
from app.sandbox.carriers.store import Doc

from .dialect import invalid, problem, required

WORDS = {
    "name": "name", "phone": "phone", "email": "email", "company_name": "company", "city_locality": "city",
    "state_province": "state", "postal_code": "zip", "country_code": "country",
}  # fmt: skip
HOMES = {"yes": True, "no": False}


def make(wish: Any, field: str) -> Doc:
    """An address as it is kept; raises 400."""
    if not isinstance(wish, dict) or not wish:
        raise required(field)
    country = str(wish.get("country_code") or "")
    for name in ("name", "address_line1", "city_locality"):
        if not wish.get(name):
            raise required(f"{field}.{name}")
    if len(country) != 2:
        raise invalid(f"{field}.country_code", f"Invalid {field}.country_code.", country)
    doc: Doc = {name: wish.get(name) for name in ("name", "phone", "email", "company_name")}
    doc |= {f"address_line{number}": wish.get(f"address_line{number}") for number in (1, 2, 3)}
    doc |= {name: wish.get(name) or "" for name in ("city_locality", "state_province", "postal_code")}
    home = wish.get("address_residential_indicator") or "unknown"
    return {**doc, "country_code": country.upper(), "address_residential_indicator": home, "instructions": None}


def place_of(doc: Doc) -> Place:
    """The wire's address as a Place."""
    words = {ours: str(doc.get(theirs) or "") for theirs, ours in WORDS.items()}
    second = " ".join(str(doc.get(f"address_line{number}") or "") for number in (2, 3)).strip()
    home = HOMES.get(str(doc.get("address_residential_indicator")))
    return Place(**words, street1=str(doc.get("address_line1") or ""), street2=second, residential=home)


def validate(doc: Doc, clean: bool) -> list[Doc]:
    """What is wrong with an address (nothing when it can be delivered to); `clean` rewrites it as the post would."""
    verdict = post.verify(place_of(doc))
    if verdict.clean is None:
        return [problem("business_rules", "invalid_address", post.MESSAGES[verdict.wrong] + ".")]
    if clean:
        said = replace(verdict.clean, phone=doc["phone"] or "")
        doc.update(name=said.name, company_name=said.company or None, address_line1=said.street1)
        doc.update(address_line2=said.street2 or None, address_line3=None, city_locality=said.city)
        doc.update(state_province=said.state, postal_code=said.zip)
        if said.residential is not None:
            doc["address_residential_indicator"] = "yes" if said.residential else "no"
    return []
