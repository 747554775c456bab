"""Reading what sellers type about channels."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from wtforms import BooleanField, Form, IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.channels.channel_facts import Detail
from app.channels.stock import Rules
from app.core.web.forms import EMAIL, FormRefused

LARGEST = 1_000_000
LONGEST = 200
"""Characters of a detail."""
_WHOLE = "Enter a whole number, 0 or more."


class RulesForm(Form):
    """How much of our stock is offered at a platform."""

    share = IntegerField(
        "Share of what is available",
        [InputRequired("Enter a share in percent; 100 is all of it."), NumberRange(0, 100, "Enter 0 to 100 percent.")],
    )
    buffer = IntegerField(
        "Keep back", [InputRequired("Enter how many to keep back; 0 is none."), NumberRange(0, LARGEST, _WHOLE)]
    )
    most = IntegerField("Offer at most", [Optional(), NumberRange(0, LARGEST, _WHOLE)])
    minimum = IntegerField(
        "Offer none below", [InputRequired("Enter a number; 0 switches it off."), NumberRange(0, LARGEST, _WHOLE)]
    )
    stock_paused = BooleanField("Do not tell stock to this shop")


class ListingRulesForm(Form):
    """Rules of one listing; an empty box takes its shop's."""

    share = IntegerField("Share of what is available", [Optional(), NumberRange(0, 100, "Enter 0 to 100 percent.")])
    buffer = IntegerField("Keep back", [Optional(), NumberRange(0, LARGEST, _WHOLE)])
    most = IntegerField("Offer at most", [Optional(), NumberRange(0, LARGEST, _WHOLE)])
    minimum = IntegerField("Offer none below", [Optional(), NumberRange(0, LARGEST, _WHOLE)])
    stock_paused = BooleanField("Do not tell the stock of this listing")


def details(wanted: Sequence[Detail], typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed of `wanted`, trimmed; an empty box takes it away. Raises FormRefused."""
    found = {one.name: typed.get(one.name, "").strip() for one in wanted}
    wrong = {one.name: problem for one in wanted if (problem := _wrong(one, found[one.name]))}
    if wrong:
        raise FormRefused(wrong)
    return found


def _wrong(wanted: Detail, value: str) -> str:
    if len(value) > LONGEST:
        return f"Enter at most {LONGEST} characters."
    if wanted.kind == "email" and value and not EMAIL.fullmatch(value):
        return "Enter a whole e-mail address, such as hello@shop.example."
    return ""


def rules(typed: Mapping[str, str]) -> Rules:
    """What the boxes of a rules form say, for the example beside them; what cannot be read counts as not set."""
    share, buffer = _number(typed.get("share")), _number(typed.get("buffer"))
    return Rules(
        buffer or 0, _number(typed.get("minimum")) or 0, _number(typed.get("most")), 100 if share is None else share
    )


def _number(raw: str | None) -> int | None:
    text = (raw or "").strip()
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 12 else None


def identifier(raw: str | None) -> UUID | None:
    """An id in an address; None for anything else."""
    try:
        return UUID(raw or "")
    except ValueError:
        return None


def units(typed: Mapping[str, str]) -> dict[UUID, int]:
    """Units per variant from boxes named `units-<variant>`; empty and zero ones are left out. -1 is what is no number."""
    found: dict[UUID, int] = {}
    for name, raw in typed.items():
        variant_id = identifier(name.removeprefix("units-")) if name.startswith("units-") else None
        if variant_id is not None and raw.strip() not in ("", "0"):
            count = _number(raw)
            found[variant_id] = -1 if count is None else count
    return found


def cancelled(typed: Mapping[str, str]) -> dict[str, int]:
    """Units to cancel per platform line, from boxes named `cancel-<line>`; empty and zero ones are left out."""
    found: dict[str, int] = {}
    for name, raw in typed.items():
        if name.startswith("cancel-") and raw.strip() not in ("", "0"):
            count = _number(raw)
            found[name.removeprefix("cancel-")] = -1 if count is None else count
    return found
