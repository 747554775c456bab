"""What people type about themselves."""

import re

from wtforms import BooleanField, EmailField, Form, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, StopValidation, ValidationError

# Stricter than RFC 5321 on purpose: quoted and commented addresses are typing errors more often than addresses.
ADDRESS = re.compile(
    r"[^@\s<>\"(),:;\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
LONGEST_ADDRESS = 254


def tidy(value: str | None) -> str:
    """One line: runs of blanks and control characters become one space."""
    return " ".join("".join(c if c.isprintable() else " " for c in value or "").split())


def address(value: str | None) -> str:
    return (value or "").strip().lower()


def sound_address(_: Form, field: StringField) -> None:
    if len(field.data or "") > LONGEST_ADDRESS or not ADDRESS.fullmatch(field.data or ""):
        raise StopValidation("Enter an e-mail address like kim@example.com.")


def named(_: Form, field: StringField) -> None:
    if "://" in (field.data or "") or "@" in (field.data or ""):
        raise ValidationError("Enter a name without links or addresses.")


def email_field(label: str = "E-mail") -> EmailField:
    return EmailField(label, [sound_address], filters=[address])


def name_field() -> StringField:
    return StringField(
        "Your name",
        [InputRequired("Enter the name that others see."), Length(max=80, message="Use at most 80 characters."), named],
        filters=[tidy],
    )


class SignIn(Form):
    email = email_field()
    password = PasswordField("Password", [InputRequired("Enter your password.")])


class Email(Form):
    email = email_field()


class Code(Form):
    code = StringField("Code", [InputRequired("Enter the six digits from the mail.")], filters=[tidy])

    def validate_code(self, field: StringField) -> None:
        if len([letter for letter in field.data if letter.isdigit()]) != 6:
            raise ValidationError("A code has six digits.")


class SignUp(Form):
    name = name_field()
    email = email_field()
    password = PasswordField("Password", [InputRequired("Choose a password.")])


class LinkPassword(Form):
    password = PasswordField("Password")


class NewPassword(Form):
    password = PasswordField("New password", [InputRequired("Choose a password.")])


class Name(Form):
    name = name_field()


class ChangePassword(Form):
    current = PasswordField("Current password")
    password = PasswordField("New password", [InputRequired("Choose a password.")])


class ChangeEmail(Form):
    email = email_field("New e-mail")
    proof = PasswordField("Current password")


class PasskeyAnswer(Form):
    """Filled by the page's script: which challenge was answered, and the authenticator's answer as JSON."""

    challenge = HiddenField()
    answer = HiddenField()


class PasskeyName(Form):
    name = StringField(
        "Name",
        [InputRequired("Enter a name."), Length(max=60, message="Use at most 60 characters.")],
        filters=[tidy],
    )


class Preferences(Form):
    hotkeys_off = BooleanField("Turn off single-key shortcuts")
