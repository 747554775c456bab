"""What pages of the catalogue send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.catalogue import places
from app.catalogue.actions import Offer, Terms
from app.catalogue.models import Discount, Shop
from app.core.errors import Refused
from app.core.money import CURRENCIES, Money, parse_money
from app.core.web.forms import MoneyField

KINDS = [("physical", "Something I ship"), ("digital", "Files to download"), ("both", "Both")]


FONTS = [
    ("sans", "Serif headings"),
    ("modern", "Plain throughout"),
    ("serif", "Serifs throughout"),
    ("mono", "Typewriter headings"),
]
ADDRESS = ("line1", "line2", "city", "region", "postcode", "country")


class ShopForm(Form):
    name = StringField("Name", [InputRequired("Give the shop a name."), Length(max=60)])
    slug = StringField("Address", [Optional(), Length(max=60)])
    currency = SelectField("Currency", choices=[(code, code) for code in CURRENCIES], validate_choice=True)
    tagline = StringField("One line about it", [Optional(), Length(max=120)])
    about = TextAreaField("About", [Optional(), Length(max=4000)])
    hue = IntegerField("Hue", [Optional(), NumberRange(0, 359, "A hue is 0 to 359.")])
    chroma = IntegerField("Strength of colour", [Optional(), NumberRange(0, 20, "Choose 0 to 20.")])
    radius = IntegerField("Roundness", [Optional(), NumberRange(0, 24, "Choose 0 to 24.")])
    font = SelectField("Letters", choices=FONTS, validate_choice=False)
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
    version = IntegerField("Version", [Optional()])


class PictureForm(Form):
    alt = StringField("What it shows", [Optional(), Length(max=300)])
    decorative = BooleanField("Only decoration")


class DiscountForm(Form):
    kind = SelectField(
        "Takes off",
        choices=[("percent", "Percent"), ("amount", "An amount"), ("delivery", "Free delivery")],
        validate_choice=False,
    )
    value = StringField("How much", [Optional()])
    applies = StringField("For", [Optional()])
    min_total = StringField("From a total of", [Optional()])
    max_uses = IntegerField(
        "Uses in all", [Optional(), NumberRange(min=1, message="1 or more, or empty for no limit.")]
    )
    once_per_buyer = BooleanField("Once per buyer")
    starts_on = StringField("First day", [Optional()])
    ends_on = StringField("Last day", [Optional()])


class NewDiscountForm(DiscountForm):
    code = StringField("Code", [InputRequired("Enter a code."), Length(min=3, max=30, message="Use 3 to 30 letters.")])


def ships(kind: str) -> bool:
    return kind in ("physical", "both")


def downloads(kind: str) -> bool:
    return kind in ("digital", "both")


def offer(form: DiscountForm, products: list[str], currency: str) -> Offer:
    """The terms of a code, out of a valid form and the ids of chosen products. Raises Refused naming the field."""
    kind = form.kind.data or "percent"
    chosen = tuple(ids(" ".join(products))) if form.applies.data == "chosen" and kind != "delivery" else ()
    if form.applies.data == "chosen" and kind != "delivery" and not chosen:
        raise Refused("Tick at least one product, or let the code be for everything.", field="products")
    minimum = money(form.min_total.data or "", currency, "min_total")
    return Offer(
        kind,
        0 if kind == "delivery" else discount_value(kind, form.value.data or "", currency),
        chosen,
        minimum.minor if minimum else 0,
        form.max_uses.data,
        bool(form.once_per_buyer.data),
        first_moment(form.starts_on.data or ""),
        last_moment(form.ends_on.data or ""),
    )


def discount_values(row: Discount, currency: str) -> dict[str, Any]:
    """A code's terms as its form shows them."""
    amount = str(Money(row.value, currency).decimal) if row.kind == "amount" else f"{row.value / 100:g}"
    return {
        "kind": row.kind,
        "value": "" if row.kind == "delivery" else amount,
        "applies": "chosen" if row.product_ids else "all",
        "min_total": str(Money(row.min_total_minor, currency).decimal) if row.min_total_minor else "",
        "max_uses": row.max_uses,
        "once_per_buyer": row.once_per_buyer,
        "starts_on": f"{row.starts_at:%Y-%m-%d}" if row.starts_at else "",
        "ends_on": f"{row.ends_at:%Y-%m-%d}" if row.ends_at else "",
    }


def discount_value(kind: str, raw: str, currency: str) -> int:
    """Percent as basis points, amounts in minor units. Raises Refused naming the field."""
    if not raw.strip():
        raise Refused("Enter how much it takes off.", field="value")
    if kind == "amount":
        return parse_money(raw, currency, field="value").minor
    typed = raw.strip().removesuffix("%").strip()
    if not (typed.isascii() and typed.replace(".", "", 1).isdecimal()) or len(typed) > 8:
        raise Refused("Enter a percentage such as 10 or 12.5.", field="value")
    points = Decimal(typed) * 100
    if points != points.to_integral_value():
        raise Refused("A percentage has two decimals at most, such as 12.25.", field="value")
    return int(points)


def first_moment(raw: str) -> datetime | None:
    """The beginning of a day given as YYYY-MM-DD, in UTC. Raises Refused."""
    return _day(raw, "starts_on")


def last_moment(raw: str) -> datetime | None:
    """The end of a day given as YYYY-MM-DD, in UTC. Raises Refused."""
    day = _day(raw, "ends_on")
    return day.replace(hour=23, minute=59, second=59) if day else None


def _day(raw: str, field: str) -> datetime | None:
    if not raw.strip():
        return None
    try:
        return datetime.strptime(raw.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused("Write the day like 2026-12-24.", field=field) from error


def cursor(raw: str) -> tuple[datetime, UUID] | None:
    """«moment~id» as the next page's address carries it."""
    moment, _, row_id = raw.partition("~")
    try:
        return datetime.fromisoformat(moment), UUID(row_id)
    except ValueError:
        return None


def zone(form: Mapping[str, str]) -> tuple[str, list[str]]:
    """Name and countries. Raises Refused naming the field."""
    name = " ".join(form.get("zone", "").split())[:60]
    if not name:
        raise Refused("Name the zone, such as «Europe».", field="zone")
    return name, places.parse(form.get("countries", ""))


def rate(form: Mapping[str, str], currency: str) -> Terms:
    """A rate's terms. Raises Refused naming the field."""
    name = " ".join(form.get("rate", "").split())[:60]
    if not name:
        raise Refused("Name the rate as buyers will read it, such as «Tracked post».", field="rate")
    price = parse_money(form.get("price", ""), currency, field="price")
    each = money(form.get("per_item", ""), currency, "per_item") or Money.zero(currency)
    free = money(form.get("free_from", ""), currency, "free_from")
    days = whole(form.get("min_days", "") or "2", "min_days"), whole(form.get("max_days", "") or "5", "max_days")
    if days[0] > days[1]:
        raise Refused("The longest time is shorter than the shortest. Swap them.", field="max_days")
    if days[1] > 180:
        raise Refused("Half a year is the most: 180 days.", field="max_days")
    return Terms(name, price, each, free if free and free.minor else None, *days)


def address(form: Mapping[str, str]) -> dict[str, str]:
    """A shop's postal address; the country as a code we know, or empty. Raises Refused for a country that is none."""
    found = {name: form.get(name, "").strip()[:120] for name in ADDRESS}
    return {**found, "country": _country(form, "country")}


def _country(form: Mapping[str, str], field: str) -> str:
    """A typed country as its code, or nothing. Raises Refused naming the field."""
    typed = form.get(field, "").strip()[:120]
    if not typed:
        return ""
    try:
        codes = places.parse(typed)
    except Refused as refusal:
        raise Refused(refusal.message, field=field) from refusal
    if len(codes) != 1 or codes == [places.ELSEWHERE]:
        raise Refused("Write one country, such as DE or Germany.", field=field)
    return codes[0]


@dataclass(frozen=True)
class Example:
    """A buyer to try the rates on; `worth_minor` in the shop's currency."""

    country: str
    items: int
    worth_minor: int


def example(args: Mapping[str, str], shop: Shop) -> Example:
    """What is typed, else the shop's own country and two things; what cannot be read falls back to that."""
    home = str(shop.address.get("country", "")).upper()
    country = args.get("to", "").upper() if args.get("to", "").upper() in places.names() else ""
    raw = args.get("items", "").strip()
    items = int(raw) if raw.isascii() and raw.isdecimal() and 0 < len(raw) < 4 else 2
    try:
        worth = parse_money(args.get("worth", ""), shop.currency).minor
    except Refused:
        worth = parse_money("40", shop.currency).minor
    return Example(country or (home if home in places.names() else "DE"), max(items, 1), worth)


HS_CODE = re.compile(r"[0-9]{4}(\.?[0-9]{2}){1,3}")


def customs(form: Mapping[str, str]) -> dict[str, str]:
    """What a declaration says about a product; each may be empty. Raises Refused naming the field."""
    code = "".join(form.get("hs_code", "").split())
    if code and not HS_CODE.fullmatch(code):
        raise Refused("A customs code has 6, 8 or 10 digits, such as 4911.91.", field="hs_code")
    words = " ".join(form.get("customs_text", "").split())
    if len(words) > 60:
        raise Refused("Say it in up to 60 letters.", field="customs_text")
    return {"hs_code": code, "origin_country": _country(form, "origin_country"), "customs_text": words}


def options(form: Mapping[str, str]) -> dict[str, list[str]]:
    """Up to three options from `option-N` (name) and `values-N` (comma-separated)."""
    found = {}
    for number in range(1, 4):
        name = form.get(f"option-{number}", "").strip()
        values = [value.strip() for value in form.get(f"values-{number}", "").split(",") if value.strip()]
        if name and values:
            found[name[:40]] = values
    return found


def ids(raw: str) -> list[UUID]:
    """Ids separated by blanks. Raises Refused for anything else."""
    try:
        return [UUID(one) for one in raw.split()]
    except ValueError as error:
        raise Refused("This order could not be read. Nothing was moved.") from error


def money(raw: str, currency: str, field: str) -> Money | None:
    return parse_money(raw, currency, field=field) if raw.strip() else None


def whole(raw: str, field: str) -> int:
    """Zero or more. Raises Refused naming the field."""
    typed = raw.strip() or "0"
    if not typed.isdecimal() or len(typed) > 7:
        raise Refused("Enter a whole number, zero or more.", field=field)
    return int(typed)
