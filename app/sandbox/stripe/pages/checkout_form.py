"""What a buyer types on the payment page: read, checked, and shown again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.sandbox.stripe.cards import brand_of, luhn
from app.sandbox.stripe.objects import Doc
from app.sandbox.stripe.paying import CARD, DEBIT, Wallet

Form = Mapping[str, str]
KEPT = ("email", "name", "phone", "line1", "line2", "city", "postal_code", "state", "country", "method")
ADDRESS = ("line1", "line2", "city", "postal_code", "state", "country")
REQUIRED_ADDRESS = {
    "line1": "Enter your address.",
    "city": "Enter your city.",
    "postal_code": "Enter your postal code.",
    "country": "Choose your country.",
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(slots=True)
class Fields:
    """What the form shows: values by field name, and what is wrong by field name."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def empty(session: Doc) -> Fields:
    """The form as a buyer first sees it; an e-mail that the shop knows is filled in."""
    known = (session["customer_details"] or {}).get("email") or session["customer_email"] or ""
    return Fields({"email": known, "method": "" if "card" in session["payment_method_types"] else DEBIT})


def filled(session: Doc, form: Form) -> Fields:
    """What was typed, with a test card put in and blanks filled so that Pay works."""
    values = {name: form.get(name, "") for name in KEPT}
    values["email"] = values["email"] or empty(session).values["email"] or "buyer@example.com"
    values["name"] = values["name"] or "Sam Buyer"
    number = re.sub(r"\D", "", form["fill"])
    values.update(
        method=CARD, number=grouped(number), expiry="12 / 34", cvc="1234" if brand_of(number) == "amex" else "123"
    )
    return Fields(values)


def again(session: Doc, form: Form, errors: dict[str, str]) -> Fields:
    """What was typed; the card's number and code are asked for again, as payment pages do."""
    values = {name: form.get(name, "") for name in (*KEPT, *(("number", "expiry", "cvc") if errors else ()))}
    return Fields(values, errors)


def grouped(number: str) -> str:
    """A card number in groups of four."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def read(session: Doc, form: Form, now: int) -> Wallet:
    """The wallet that was typed, with `errors` for what is wrong; `now` decides whether a card has expired."""
    wallet = Wallet(email=form.get("email", "").strip(), name=form.get("name", "").strip())
    if not EMAIL.fullmatch(wallet.email):
        wallet.errors["email"] = "Enter an e-mail address such as sam@example.com."
    if session["phone_number_collection"]["enabled"]:
        wallet.phone = form.get("phone", "").strip()
        if len(re.sub(r"\D", "", wallet.phone)) < 6:
            wallet.errors["phone"] = "Enter a phone number."
    _read_address(session, form, wallet)
    if session["amount_total"]:
        wallet.method = DEBIT if form.get("method") == DEBIT else CARD
        if wallet.method not in _offered(session):
            wallet.errors["method"] = "This way of paying is not offered here. Choose the other one."
        elif wallet.method == CARD:
            _read_card(form, wallet, now)
    return wallet


def _offered(session: Doc) -> set[str]:
    return {CARD if name == "card" else DEBIT for name in session["payment_method_types"]}


def _read_address(session: Doc, form: Form, wallet: Wallet) -> None:
    wanted = session["shipping_address_collection"]
    if not wanted:
        return
    address = {name: form.get(name, "").strip() or None for name in ADDRESS}
    for name, message in REQUIRED_ADDRESS.items():
        if not address[name]:
            wallet.errors[name] = message
    if address["country"] and address["country"] not in wanted["allowed_countries"]:
        wallet.errors["country"] = "The shop does not send to this country. Choose another."
    wallet.shipping = {"name": wallet.name, "address": address}
    wallet.country = address["country"]


def _read_card(form: Form, wallet: Wallet, now: int) -> None:
    wallet.number = re.sub(r"\D", "", form.get("number", ""))
    if not wallet.name:
        wallet.errors["name"] = "Enter the name on the card."
    if not 12 <= len(wallet.number) <= 19:
        wallet.errors["number"] = "Enter the whole card number."
    elif not luhn(wallet.number):
        wallet.errors["number"] = "Your card number is not valid. Check each digit."
    _read_expiry(form.get("expiry", ""), wallet, now)
    digits = 4 if brand_of(wallet.number) == "amex" else 3
    if not re.fullmatch(rf"\d{{{digits}}}", form.get("cvc", "").strip()):
        wallet.errors["cvc"] = f"Enter the {digits} digits of the security code."


def _read_expiry(text: str, wallet: Wallet, now: int) -> None:
    hit = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*", text)
    if not hit or not 1 <= int(hit[1]) <= 12:
        wallet.errors["expiry"] = "Enter the expiry date as month and year, such as 12 / 34."
        return
    wallet.month, wallet.year = int(hit[1]), int(hit[2]) + (2000 if len(hit[2]) == 2 else 0)
    today = datetime.fromtimestamp(now, UTC)
    if (wallet.year, wallet.month) < (today.year, today.month):
        wallet.errors["expiry"] = "This card has expired. Use another one."
