"""What buyers type: filters, quantities, contact, address. Every refusal names its field."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.catalogue.models import Shop
from app.core.errors import Refused
from app.core.money import BadAmount, parse_money
from app.core.web.forms import EMAIL, FormRefused
from app.storefront import countries, vat
from app.storefront.queries.discover import KINDS, SORTS, Wish, readable

LONGEST = 100
LONGEST_NOTE = 300
MAX_QUANTITY = 999
MARK = re.compile(r"(.{1,40})~([0-9a-f-]{36})")


class BadQuantity(Refused):
    message = f"Enter a whole number from 1 to {MAX_QUANTITY}. Your cart was not changed."


def wish(args: "MultiDict[str, str]", currencies: list[str], shop: Shop | None = None) -> tuple[Wish, dict[str, str]]:
    """Filters out of the address, and what could not be read of them (field → words)."""
    problems: dict[str, str] = {}
    currency = args.get("currency", "").upper()
    currency = currency if currency in currencies else (currencies[0] if currencies else "USD")
    low = _price(args, "low", currency, problems)
    high = _price(args, "high", currency, problems)
    if low is not None and high is not None and low > high:
        low, high = high, low
    asked = Wish(
        words=" ".join(args.get("q", "").replace("\x00", "").split())[:LONGEST],
        category=args.get("category", "")[:LONGEST],
        kinds=tuple(kind for kind in KINDS if kind in args.getlist("kind")),
        low=low,
        high=high,
        currency=currency,
        sort=args.get("sort", "") if args.get("sort") in SORTS else "",
        shop=shop,
    )
    return Wish(**{**vars(asked), "after": _mark(args.get("after", ""), asked.order)}), problems


def _price(args: "MultiDict[str, str]", field: str, currency: str, problems: dict[str, str]) -> int | None:
    raw = args.get(field, "").strip()
    if not raw:
        return None
    try:
        return parse_money(raw, currency).minor
    except BadAmount as error:
        problems[field] = error.message
        return None


def _mark(raw: str, order: str) -> tuple[str, UUID] | None:
    """The last row seen, as the address carries it; anything else starts from the top."""
    found = MARK.fullmatch(raw)
    if not found or not readable(order, found[1]):
        return None
    try:
        return found[1], UUID(found[2])
    except ValueError:
        return None


def quantity(raw: str | None, field: str = "quantity") -> int:
    """A whole number of units. Raises BadQuantity for words, fractions, NaN, negatives and the absurd."""
    text = (raw or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_QUANTITY):
        raise BadQuantity(field=field)
    return int(text)


def identifier(raw: str | None, field: str = "") -> UUID:
    """An id out of a form. Raises FormRefused: only a made-up form lacks one."""
    try:
        return UUID(raw or "")
    except ValueError as error:
        raise FormRefused({field or "form": "Choose one of the options on this page."}) from error


def contact(form: Mapping[str, str]) -> dict[str, str]:
    """Name and e-mail of the buyer, with company and VAT number of a business. Raises FormRefused."""
    errors: dict[str, str] = {}
    address = form.get("email", "").strip()
    wrong = _email_problem(address, "Enter your e-mail address: receipts and downloads go there.")
    if wrong:
        errors["email"] = wrong
    name = _line(form, "name")
    if not name:
        errors["name"] = "Enter your name, as the sellers should write it."
    company, number = _line(form, "company"), vat.tidy(form.get("vat_id", ""))
    wrong = vat.problem(number) if number else ""
    if wrong:
        errors["vat_id"] = wrong
    elif number and not company:
        errors["company"] = "Enter the company that the VAT number belongs to."
    if errors:
        raise FormRefused(errors)
    return {"email": address, "name": name, "company": company, "vat_id": number}


def _email_problem(typed: str, missing: str) -> str:
    if not typed:
        return missing
    if len(typed) > 254 or not EMAIL.fullmatch(typed):
        return "This is not a complete e-mail address. Write it like kim@example.com."
    return ""


def email(form: Mapping[str, str]) -> str:
    """One address. Raises FormRefused."""
    typed = form.get("email", "").strip()
    wrong = _email_problem(typed, "Enter the e-mail address that we should write to.")
    if wrong:
        raise FormRefused({"email": wrong})
    return typed


def gift_note(form: Mapping[str, str]) -> str:
    """Words for whoever opens the parcel: at most 300 characters on a few lines. Raises FormRefused."""
    lines = form.get("gift_note", "").replace("\r\n", "\n").split("\n")
    note = "\n".join("".join(c for c in line if c.isprintable()).strip() for line in lines).strip()
    if len(note) > LONGEST_NOTE or note.count("\n") > 7:
        raise FormRefused({"gift_note": f"Keep it below {LONGEST_NOTE} characters and eight lines, so that it fits."})
    return note


def draft_address(form: Mapping[str, str]) -> dict[str, str]:
    """What is in the address fields now, checked for nothing but length and the country."""
    typed = {field: _line(form, field) for field in ("name", "line1", "line2", "city", "region", "postcode", "phone")}
    return typed | {"country": countries.known(form.get("country"))}


def address(form: Mapping[str, str]) -> dict[str, str]:
    """A complete address as its country writes them. Raises FormRefused."""
    typed = draft_address(form)
    errors: dict[str, str] = {}
    if not typed["country"]:
        errors["country"] = "Choose the country it goes to."
    for field, words in (("name", "Enter who it is for."), ("line1", "Enter street and number.")):
        if not typed[field]:
            errors[field] = words
    form_of = countries.address_format(typed["country"])
    if not typed["city"]:
        errors["city"] = f"Enter the {form_of.city_label.lower()}."
    errors |= _region_error(typed, form_of) | _postcode_error(typed, form_of)
    if errors:
        raise FormRefused(errors)
    return typed


def _region_error(typed: dict[str, str], form_of: countries.AddressFormat) -> dict[str, str]:
    if form_of.regions and typed["region"] not in form_of.regions:
        return {"region": f"Choose the {form_of.region_label.lower()}."}
    return {}


def _postcode_error(typed: dict[str, str], form_of: countries.AddressFormat) -> dict[str, str]:
    label = form_of.postcode_label
    if not form_of.has_postcode:
        return {}
    if not typed["postcode"]:
        return {"postcode": f"Enter the {label}."} if form_of.postcode_required else {}
    if not countries.postcode_fits(typed["country"], typed["postcode"]):
        example = f" It looks like {form_of.example}." if form_of.example else ""
        return {"postcode": f"This is not a {label} of {countries.name(typed['country'])}.{example}"}
    return {}


def _line(form: Mapping[str, Any], field: str) -> str:
    """One line of text without control characters, at most 100 long."""
    raw = str(form.get(field, ""))
    return " ".join("".join(c if c.isprintable() else " " for c in raw).split())[:LONGEST]
