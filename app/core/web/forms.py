"""Forms keep what was typed: `parse` refuses with every field's error, `show` fills from the typed text or the row."""

import re
from typing import Any, TypeVar
from uuid import UUID

from flask import g, request
from wtforms import Field, Form
from wtforms.validators import StopValidation

from app.core.errors import Refused
from app.core.money import BadAmount, Money, parse_money

F = TypeVar("F", bound=Form)
EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\".]{2,}\Z")
"""One e-mail address to write to, in any script; an account's own address is held to more (accounts/forms.py)."""


class FormRefused(Refused):
    """One or more fields could not be read; `errors` maps field name to its message."""

    def __init__(self, errors: dict[str, str]) -> None:
        count = len(errors)
        super().__init__(f"{count} field{'s need' if count > 1 else ' needs'} another look. Nothing was saved yet.")
        self.errors = errors


def parse(kind: type[F], /, **context: Any) -> F:
    """The submitted form, valid. Raises FormRefused."""
    form = kind(request.form, **context)
    if not form.validate():
        raise FormRefused({name: str(messages[0]) for name, messages in form.errors.items() if messages})
    return form


def show(kind: type[F], obj: Any = None, /, **data: Any) -> F:
    """The form to render: what was typed on a refused POST, else the row's or the given values."""
    if request.method == "POST":
        form = kind(request.form)
        form.validate()
        return form
    return kind(obj=obj, **data)


def show_refused(kind: type[F], **data: Any) -> F:
    """Like `show`, with what an action refused beside its field, or on top of the form when it belongs to none."""
    form, refusal = show(kind, **data), g.get("refusal")
    if refusal is None or isinstance(refusal, FormRefused):
        return form
    if refusal.field in form:
        form[refusal.field].errors = [*form[refusal.field].errors, refusal.message]
    else:
        form.form_errors.append(refusal.message)
    return form


def identifier(raw: str | None, field: str) -> UUID:
    """An id out of a form. Raises FormRefused: only a made-up form lacks one."""
    try:
        return UUID(raw or "")
    except ValueError as error:
        raise FormRefused({field: "Choose one of the options on this page."}) from error


class MoneyField(Field):
    """Typed as people write it; `data` is Money in the form's `currency` attribute. Empty is None when optional."""

    def __init__(self, label: str = "", validators: Any = None, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.required, self.raw = required, ""
        self.data: Money | None = None

    def _value(self) -> str:
        return self.raw or (str(self.data.decimal) if isinstance(self.data, Money) else "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.raw = valuelist[0].strip() if valuelist else ""
        self.data = None

    def pre_validate(self, form: Any) -> None:
        if not self.raw:
            if self.required:
                raise StopValidation("Enter an amount, such as 12.50.")
            return
        try:
            self.data = parse_money(self.raw, getattr(form, "currency_code", "USD"))
        except BadAmount as error:
            raise StopValidation(error.message) from error
