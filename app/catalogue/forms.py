"""What pages of the catalogue send."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from wtforms import BooleanField, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core.errors import Refused
from app.core.money import CURRENCIES, Money, parse_money
from app.core.web.forms import MoneyField

KINDS = [("physical", "Something I ship"), ("digital", "Files to download"), ("both", "Both")]


class ShopForm(Form):
    name = StringField("Name", [InputRequired("Give the shop a name."), Length(max=60)])
    slug = StringField("Address", [Optional(), Length(max=60)])
    currency = SelectField("Currency", choices=[(code, code) for code in CURRENCIES], validate_choice=True)
    tagline = StringField("One line about it", [Optional(), Length(max=120)])
    about = TextAreaField("About", [Optional(), Length(max=4000)])
    hue = IntegerField("Hue", [Optional(), NumberRange(0, 359, "A hue is 0 to 359.")])
    chroma = IntegerField("Strength of colour", [Optional(), NumberRange(0, 12, "Choose 0 to 12.")])
    radius = IntegerField("Roundness", [Optional(), NumberRange(0, 24, "Choose 0 to 24.")])
    font = SelectField("Headings", choices=[("sans", "Plain"), ("serif", "With serifs")], validate_choice=False)
    dispatch_days = IntegerField("Days until you send", [Optional(), NumberRange(0, 60, "Choose 0 to 60 days.")])
    refund_policy = TextAreaField("Returns", [Optional(), Length(max=4000)])
    delivery_policy = TextAreaField("Delivery", [Optional(), Length(max=4000)])


class NewProductForm(Form):
    title = StringField(
        "Title", [InputRequired("Give it a title."), Length(min=3, max=120, message="Use 3 to 120 letters.")]
    )
    kind = SelectField("What the buyer gets", choices=KINDS)
    price = MoneyField("Price")

    def __init__(self, *args: Any, currency: str = "USD", **kwargs: Any) -> None:
        self.currency_code = currency
        super().__init__(*args, **kwargs)


class ProductForm(Form):
    title = StringField(
        "Title", [InputRequired("Give it a title."), Length(min=3, max=120, message="Use 3 to 120 letters.")]
    )
    description = TextAreaField("Description", [Optional(), Length(max=10_000)])
    kind = SelectField("What the buyer gets", choices=KINDS)
    category = StringField("Category", [Optional()])
    tags = StringField("Tags", [Optional(), Length(max=400)])
    version = IntegerField("Version", [InputRequired()])


class PictureForm(Form):
    alt = StringField("What it shows", [Optional(), Length(max=300)])
    decorative = BooleanField("Only decoration")


class DiscountForm(Form):
    code = StringField("Code", [InputRequired("Enter a code."), Length(min=3, max=30, message="Use 3 to 30 letters.")])
    kind = SelectField("Takes off", choices=[("percent", "Percent"), ("amount", "An amount")])
    value = StringField("How much", [InputRequired("Enter how much it takes off.")])
    max_uses = IntegerField(
        "Uses in all", [Optional(), NumberRange(min=1, message="1 or more, or empty for no limit.")]
    )
    once_per_buyer = BooleanField("Once per buyer")
    ends_on = StringField("Last day", [Optional()])


def ships(kind: str) -> bool:
    return kind in ("physical", "both")


def downloads(kind: str) -> bool:
    return kind in ("digital", "both")


def discount_value(kind: str, raw: str, currency: str) -> int:
    """Percent as basis points, amounts in minor units. Raises Refused naming the field."""
    if kind == "amount":
        return parse_money(raw, currency, field="value").minor
    typed = raw.strip().removesuffix("%").strip()
    if not typed.replace(".", "", 1).isdecimal():
        raise Refused("Enter a percentage such as 10 or 12.5.", field="value")
    return round(float(typed) * 100)


def last_moment(raw: str) -> datetime | None:
    """The end of a day given as YYYY-MM-DD, in UTC. Raises Refused."""
    if not raw.strip():
        return None
    try:
        return datetime.strptime(raw.strip(), "%Y-%m-%d").replace(hour=23, minute=59, second=59, tzinfo=UTC)
    except ValueError as error:
        raise Refused("Write the day like 2026-12-24.", field="ends_on") from error


def options(form: Mapping[str, str]) -> dict[str, list[str]]:
    """Up to three options from `option-N` (name) and `values-N` (comma-separated)."""
    found = {}
    for number in range(1, 4):
        name = form.get(f"option-{number}", "").strip()
        values = [value.strip() for value in form.get(f"values-{number}", "").split(",") if value.strip()]
        if name and values:
            found[name[:40]] = values
    return found


def money(raw: str, currency: str, field: str) -> Money | None:
    return parse_money(raw, currency, field=field) if raw.strip() else None


def whole(raw: str, field: str) -> int:
    """Zero or more. Raises Refused naming the field."""
    typed = raw.strip() or "0"
    if not typed.isdecimal() or len(typed) > 7:
        raise Refused("Enter a whole number, zero or more.", field=field)
    return int(typed)
