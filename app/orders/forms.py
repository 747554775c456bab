"""What pages of orders send."""

from collections.abc import Mapping
from uuid import UUID

from wtforms import BooleanField, Form, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.core.money import Money, parse_money
from app.core.web.forms import EMAIL
from app.orders.actions import PARTS, RefundLine
from app.orders.models import Order

WEB = r"https?://[^\s/?#]+\.\S+\Z"
"""No other scheme: a buyer follows this link."""


class FulfilForm(Form):
    carrier = StringField("Carrier", [Optional(), Length(max=60)])
    tracking_number = StringField("Tracking number", [Optional(), Length(max=80)])
    tracking_url = StringField(
        "Tracking link",
        [Optional(), Length(max=400), Regexp(WEB, message="Enter a whole address that starts with https://.")],
    )


class NoteForm(Form):
    body = TextAreaField("Note", [InputRequired("Write something first."), Length(max=4000)])


class LinkForm(Form):
    email = StringField(
        "E-mail",
        [
            InputRequired("Enter your e-mail address."),
            Regexp(EMAIL, message="Enter a whole e-mail address."),
            Length(max=254),
        ],
    )


class HoldForm(Form):
    reason = StringField("Why it waits", [InputRequired("Say why it waits."), Length(max=200)])


class TagForm(Form):
    tag = StringField("Tag", [InputRequired("Type a tag."), Length(max=30)])


class ViewForm(Form):
    name = StringField("Name of the view", [InputRequired("Give the view a name."), Length(max=40)])
    shared = BooleanField("The whole team sees it")


class AddressForm(Form):
    """A delivery address; `version` is that of the order when the form was opened."""

    name = StringField("Name", [InputRequired("Say who receives it."), Length(max=100)])
    line1 = StringField("Address", [InputRequired("Enter street and number."), Length(max=120)])
    line2 = StringField("Address, second line", [Optional(), Length(max=120)])
    postcode = StringField("Postcode", [Optional(), Length(max=20)])
    city = StringField("Town", [InputRequired("Enter the town."), Length(max=80)])
    region = StringField("State or region", [Optional(), Length(max=80)])
    country = StringField("Country", [InputRequired("Enter the country."), Length(min=2, max=2)])
    version = IntegerField("Version", [InputRequired()])

    def address(self) -> dict[str, str]:
        return {part: self[part].data or "" for part in PARTS}


def quantities(order: Order, form: Mapping[str, str]) -> dict[UUID, int]:
    """`quantity-<line id>` fields; what is no whole number counts as zero."""
    return {line.id: _whole(form.get(f"quantity-{line.id}", "")) for line in order.lines}


def refund_lines(order: Order, form: Mapping[str, str]) -> tuple[dict[UUID, RefundLine], Money]:
    """Lines with units or money, and the delivery amount. Raises BadAmount naming the field."""
    found = {}
    for line in order.lines:
        quantity = _whole(form.get(f"quantity-{line.id}", ""))
        raw = form.get(f"amount-{line.id}", "").strip()
        amount = parse_money(raw, order.currency, field=f"amount-{line.id}") if raw else order.money(0)
        if quantity or amount:
            found[line.id] = RefundLine(quantity, amount)
    raw = form.get("delivery", "").strip()
    return found, parse_money(raw, order.currency, field="delivery") if raw else order.money(0)


def refund_rest(order: Order) -> dict[str, str]:
    """The fields of a refund of everything that is left."""
    found = {"delivery": str(order.money(order.delivery_minor - order.delivery_refunded_minor).decimal)}
    for line in order.lines:
        found[f"quantity-{line.id}"] = str(line.quantity - line.refunded_quantity)
        found[f"amount-{line.id}"] = str(order.money(line.total_minor - line.refunded_minor).decimal)
    return found


def _whole(raw: str) -> int:
    return int(raw) if raw.strip().isdigit() and len(raw.strip()) < 7 else 0


def refund_summary(form: Mapping[str, str]) -> str:
    """What a preview was made of, as one line; the confirmation must say the same."""
    fields = sorted(
        name for name in form if name.startswith(("quantity-", "amount-")) or name in ("delivery", "restock")
    )
    return ";".join(f"{name}={form[name].strip()}" for name in fields)
