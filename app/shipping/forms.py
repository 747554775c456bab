"""What pages of shipping send. Weights in grams, sizes in millimetres; pages type sizes in centimetres."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, Form, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import TextInput

from app.catalogue.models import Shop
from app.core.errors import Refused
from app.core.money import CURRENCIES, parse_money
from app.core.web.forms import MoneyField, identifier
from app.shipping.actions.accounts import Service
from app.shipping.carrier import SIGNATURES

SIGNS = list(zip(SIGNATURES, ("No signature", "Signature", "Signature of an adult"), strict=True))
ADDRESS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone", "email")


class Centimetres(Field):
    """Typed as «12.5»; `data` is whole millimetres."""

    widget = TextInput()

    def __init__(self, label: str = "", validators: Any = None, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.required, self.raw = required, ""

    def _value(self) -> str:
        return self.raw or (f"{Decimal(self.data) / 10:f}".rstrip("0").rstrip(".") if self.data else "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.raw = valuelist[0].strip().replace(",", ".") if valuelist else ""
        self.data = 0

    def pre_validate(self, form: Any) -> None:
        if not self.raw:
            if self.required:
                raise StopValidation("Enter a size in centimetres.")
            return
        try:
            size = Decimal(self.raw) * 10
        except InvalidOperation as error:
            raise StopValidation("Enter a size in centimetres, such as 12.5.") from error
        if not 0 <= size <= 5000 or size != size.to_integral_value():
            raise StopValidation("Enter up to 500 cm, with at most one digit after the point.")
        self.data = int(size)


class ParcelForm(Form):
    """A planned parcel. `version` is the parcel's when the form was opened."""

    package_id = StringField("Package", [Optional()])
    weight_g = IntegerField("Weight in grams", [InputRequired("Enter the weight."), NumberRange(1, 1_000_000)])
    length_mm = Centimetres("Length")
    width_mm = Centimetres("Width")
    height_mm = Centimetres("Height")
    insured = MoneyField("Insured for", required=False)
    signature = SelectField("Signature", choices=SIGNS)
    version = IntegerField("Version", [InputRequired()])

    def __init__(self, formdata: Any = None, obj: Any = None, currency: str = "USD", **data: Any) -> None:
        self.currency_code = currency
        super().__init__(formdata, obj, **data)


class PackageForm(Form):
    name = StringField("Name", [InputRequired("Give the package a name."), Length(max=60)])
    length_mm = Centimetres("Length", required=True)
    width_mm = Centimetres("Width", required=True)
    height_mm = Centimetres("Height", required=True)
    tare_g = IntegerField("Empty weight in grams", [InputRequired("Enter the weight."), NumberRange(0, 50_000)])
    max_g = IntegerField("Carries up to, in grams", [Optional(), NumberRange(1, 1_000_000)])
    is_default = BooleanField("Use it when nothing fits better")


class AccountForm(Form):
    kind = StringField("Carrier", [InputRequired("Choose a carrier.")])
    name = StringField("Name", [InputRequired("Give this account a name."), Length(max=60)])


def place(form: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """An address from `<prefix>name`, `<prefix>line1`, …; the country in capitals."""
    typed = {part: form.get(f"{prefix}{part}", "").strip()[:120] for part in ADDRESS}
    return typed | {"country": typed["country"].upper()[:2]}


def quantities(lines: Iterable[UUID], form: Mapping[str, str]) -> dict[UUID, int]:
    """`quantity-<line id>` fields; what is no whole number counts as none."""
    typed = {line: form.get(f"quantity-{line}", "").strip() for line in lines}
    return {line: int(raw) for line, raw in typed.items() if raw.isdecimal() and len(raw) < 6}


MOST_SERVICES = 20


def services(form: Mapping[str, str]) -> list[Service]:
    """Rows `service-N`, `price-N`, `days-N`; a row without a name is left out. Raises Refused naming the row."""
    currency, found = form.get("currency", ""), []
    if currency not in CURRENCIES:
        raise Refused("Choose the currency of the prices.", field="currency")
    for row in range(MOST_SERVICES):
        name = " ".join(form.get(f"service-{row}", "").split())[:60]
        if not name:
            continue
        days = form.get(f"days-{row}", "").strip()
        if days and (not days.isdecimal() or len(days) > 2):
            raise Refused("Enter whole days, or none.", field=f"days-{row}")
        price = parse_money(form.get(f"price-{row}", "") or "0", currency, field=f"price-{row}")
        found.append(Service(name, price, int(days) if days else None))
    return found


def handling(shops: Iterable[Shop], form: Mapping[str, str]) -> list[tuple[Shop, int]]:
    """`days-<shop id>` fields; a shop whose field is not there is left out. Raises Refused naming the field."""
    found = []
    for shop in shops:
        name = f"days-{shop.id}"
        typed = form.get(name, str(shop.dispatch_days)).strip()
        if not typed.isdecimal() or len(typed) > 2 or int(typed) > 60:
            raise Refused("Choose 0 to 60 days. Nothing was saved.", field=name)
        found.append((shop, int(typed)))
    return found


def rule(form: Mapping[str, str]) -> dict[str, Any]:
    """A service rule's conditions and choice. Raises Refused for a number that cannot be read."""
    return {
        "destination": form.get("destination", "any"),
        "countries": [code.strip().upper()[:2] for code in form.get("countries", "").split(",") if code.strip()],
        "over_g": _grams(form, "over_g"),
        "upto_g": _grams(form, "upto_g"),
        "sku_prefix": form.get("sku_prefix", "").strip()[:40],
        "choose": form.get("choose", "cheapest"),
        "account_id": identifier(form["account_id"], "account_id") if form.get("account_id") else None,
        "carrier": form.get("carrier", "").strip()[:40],
        "service": form.get("service", "").strip()[:60],
        "insure": bool(form.get("insure")),
        "signature": form.get("signature", "none"),
    }


def _grams(form: Mapping[str, str], name: str) -> int | None:
    raw = form.get(name, "").strip()
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) > 7:
        raise Refused("Enter the weight in whole grams.", field=name)
    return int(raw)
