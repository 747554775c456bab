"""What operators send, and the filters in their addresses."""

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from wtforms import DateField, Form, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.admin.queries import jobs, receipts
from app.core.errors import Refused
from app.core.web.forms import MoneyField

HUNDRED = Decimal(100)


def tidy(value: str | None) -> str:
    return " ".join((value or "").split())


class Receipts(Form):
    """Filters of the receipts' list; a state that does not exist does not filter."""

    state = StringField(filters=[tidy])
    source = StringField("From", [Length(max=60)], filters=[tidy])
    kind = StringField("Type", [Length(max=120)], filters=[tidy])
    q = StringField("Id", [Length(max=200)], filters=[tidy])

    def wanted(self) -> receipts.Wanted:
        state = self.state.data if self.state.data in receipts.STATES else ""
        return receipts.Wanted(state, self.source.data[:60], self.kind.data[:120], self.q.data[:200])


class Jobs(Form):
    """Filters of the jobs' list, which begins with what gave up."""

    state = StringField(filters=[tidy])
    queue = StringField("Queue", filters=[tidy])
    name = StringField("Job", filters=[tidy])

    def wanted(self) -> jobs.Wanted:
        state = self.state.data if self.state.data in jobs.STATES else "dead"
        return jobs.Wanted(state, self.queue.data[:60], self.name.data[:120])


def place(raw: str | None) -> UUID | None:
    """Where a list goes on; nonsense begins it anew."""
    try:
        return UUID(raw) if raw else None
    except ValueError:
        return None


def moment(raw: str | None) -> datetime:
    """The moment at which a page was shown. Raises Refused for a made-up one."""
    try:
        found = datetime.fromisoformat(raw or "")
    except ValueError as error:
        raise Refused(
            "This form is not complete. Open the page again and press once more; nothing was changed."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Discard(Form):
    reason = StringField(
        "Why", [InputRequired("Say why, for whoever looks at this later."), Length(max=300)], filters=[tidy]
    )


def basis_points(typed: str) -> int:
    """«7.5», «7,5 %» → 750. Raises ValidationError."""
    cleaned = typed.replace("%", "").replace(",", ".").strip()
    try:
        points = Decimal(cleaned) * HUNDRED
    except InvalidOperation as error:
        raise ValidationError("Enter a percentage, such as 7.5.") from error
    if not points.is_finite() or not 0 <= points <= HUNDRED * HUNDRED:
        raise ValidationError("Enter a percentage from 0 to 100.")
    if points != points.to_integral_value():
        raise ValidationError("Two decimals are the finest a fee can be, such as 7.25.")
    return int(points)


def starts(day: date | None) -> datetime | None:
    """The first moment of that day in UTC; None for at once."""
    return datetime.combine(day, time(), UTC) if day else None


class Fee(Form):
    """A change of what a shop, a category or everything else pays."""

    target = SelectField(
        "Who it is for",
        choices=[
            SelectChoice("default", "Everything without a rule of its own"),
            SelectChoice("category", "One category"),
            SelectChoice("shop", "One shop"),
        ],
        default="shop",
    )
    shop = StringField("Shop", [Length(max=80)], filters=[tidy], description="Its address, such as deep-field.")
    category = StringField("Category", [Length(max=80)], filters=[tidy])
    percent = StringField("Fee in per cent", [InputRequired("Enter a percentage, such as 7.5."), Length(max=12)])
    starts_on = DateField("From", [Optional()], description="Midnight UTC of that day. Empty: at once.")

    def validate_percent(self, field: StringField) -> None:
        basis_points(field.data or "")

    def validate_starts_on(self, field: DateField) -> None:
        if field.data and not 2000 <= field.data.year < 3000:
            raise ValidationError("Enter a day in this millennium.")


class Preview(Form):
    """A sale to try the rules on."""

    shop = StringField("Shop", [Length(max=80)], filters=[tidy])
    category = StringField("Category", [Length(max=80)], filters=[tidy])
    amount = MoneyField("Sale")
    on = DateField("On", [Optional()])
    currency_code = "USD"


def filters(wanted: Any) -> dict[str, str]:
    """The filters in use, as they stand in an address."""
    return {name: value for name, value in vars(wanted).items() if value}
