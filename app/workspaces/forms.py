"""What people type about workspaces and teams."""

import re
from datetime import date

from wtforms import DateField, EmailField, Form, IntegerField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.core.permissions import Role

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,38}[a-z0-9])")
HUES = tuple(range(0, 360, 30))
HUE_NAMES = dict(
    zip(
        HUES,
        ["Rose", "Orange", "Amber", "Olive", "Leaf", "Green", "Teal", "Sky", "Blue", "Indigo", "Violet", "Pink"],
        strict=True,
    )
)


def tidy(value: str | None) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in value or "").split())


def lower(value: str | None) -> str:
    return (value or "").strip().lower()


def optional_address(_: Form, field: StringField) -> None:
    if field.data and not re.fullmatch(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[a-z0-9.-]{1,180}\.[a-z0-9-]{2,63}", field.data):
        raise ValidationError("Enter an e-mail address like kim@example.com, or leave it empty.")


class Settings(Form):
    name = StringField(
        "Name",
        [InputRequired("Give it a name."), Length(max=60, message="Use at most 60 characters.")],
        filters=[tidy],
    )
    hue = IntegerField("Colour", [NumberRange(0, 359, "Choose one of the colours.")], default=150)


class Create(Settings):
    slug = StringField("Address", [InputRequired("Choose an address.")], filters=[lower])

    def validate_slug(self, field: StringField) -> None:
        if not SLUG.fullmatch(field.data):
            raise ValidationError("Use 3 to 40 small letters, digits and hyphens, such as north-light.")


class Invite(Form):
    role = RadioField(
        "Role", choices=[SelectChoice(role.value, role.title) for role in Role], default=Role.MEMBER.value
    )
    email = EmailField("E-mail", [optional_address], filters=[lower])


class ChangeRole(Form):
    role = SelectField("Role", choices=[SelectChoice(role.value, role.title) for role in Role])


class Trail(Form):
    """Filters of the audit page; they come from the address."""

    actor = StringField("Who", filters=[tidy])
    action = StringField("What", filters=[tidy])
    since = DateField("From", [Optional()])
    until = DateField("To", [Optional()])
    before = IntegerField("Before", [Optional(), NumberRange(min=1)])

    def day(self, name: str) -> date | None:
        """The day asked for, or None; years that calendars do not hold are no days either."""
        field = self[name]
        sound = field.data is not None and not field.errors and 2000 <= field.data.year < 3000
        return field.data if sound else None
