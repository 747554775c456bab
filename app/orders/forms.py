"""What pages of orders send."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from wtforms import Form, StringField, TextAreaField
from wtforms.validators import URL, Email, InputRequired, Length, Optional

from app.core.money import Money, parse_money
from app.orders.actions import RefundLine
from app.orders.models import Order
from app.orders.queries import VIEWS, Filters


class FulfilForm(Form):
    carrier = StringField("Carrier", [Optional(), Length(max=60)])
    tracking_number = StringField("Tracking number", [Optional(), Length(max=80)])
    tracking_url = StringField(
        "Tracking link", [Optional(), Length(max=400), URL(message="Enter a whole address that starts with https://.")]
    )


class NoteForm(Form):
    body = TextAreaField("Note", [InputRequired("Write something first."), Length(max=4000)])


class LinkForm(Form):
    email = StringField(
        "E-mail", [InputRequired("Enter your e-mail address."), Email("Enter a whole e-mail address."), Length(max=254)]
    )


def filters(args: Mapping[str, str]) -> Filters:
    """Filters out of the address; unknown values fall back to the default."""
    view = args.get("view", "ready")
    kind = args.get("kind", "")
    shown = {name: args[name] for name in ("q", "kind", "country", "sku", "late", "noted") if args.get(name)}
    return Filters(
        view if view in VIEWS else "ready",
        args.get("q", "").strip()[:100],
        kind if kind in ("physical", "digital") else "",
        args.get("country", "")[:2].upper(),
        args.get("sku", "")[:80],
        bool(args.get("late")),
        bool(args.get("noted")),
        shown,
    )


def address(base: str, filters: Filters, **changes: str) -> str:
    """The list's address with some filters changed; empty ones are left out."""
    values = {"view": filters.view, **filters.active, **changes}
    return f"{base}?{urlencode({name: value for name, value in values.items() if value})}"


def cursor(raw: str) -> tuple[datetime, UUID] | None:
    """`<placed_at>~<id>` of the last row shown, or None when it cannot be read."""
    moment, _, row_id = raw.partition("~")
    try:
        return datetime.fromisoformat(moment), UUID(row_id)
    except ValueError:
        return None


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


def _whole(raw: str) -> int:
    return int(raw) if raw.strip().isdigit() and len(raw.strip()) < 7 else 0


def refund_summary(form: Mapping[str, str]) -> str:
    """What a preview was made of, as one line; the confirmation must say the same."""
    fields = sorted(
        name for name in form if name.startswith(("quantity-", "amount-")) or name in ("delivery", "restock")
    )
    return ";".join(f"{name}={form[name].strip()}" for name in fields)
