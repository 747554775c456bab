"""The table of choices, and where a list goes on."""

from datetime import UTC, datetime
from uuid import UUID

from wtforms import BooleanField, Form, SelectField
from wtforms.fields import SelectChoice

from app.core.errors import NotFound
from app.notifications.choices import Wish
from app.notifications.kinds import KINDS, MAILS, Kind

Place = tuple[datetime, UUID]


class Choices(Form):
    """Two fields a kind: `inbox_<kind>` and `mail_<kind>`, added below."""

    def wishes(self) -> dict[str, Wish]:
        return {
            kind.name: Wish(self[f"inbox_{kind.field}"].data, self[f"mail_{kind.field}"].data)
            for kind in KINDS.values()
        }


_MAILS = [SelectChoice(name, words) for name, words in MAILS.items()]
for _kind in KINDS.values():
    setattr(Choices, f"inbox_{_kind.field}", BooleanField(f"{_kind.label}: in the inbox"))
    setattr(Choices, f"mail_{_kind.field}", SelectField(f"{_kind.label}: e-mail", choices=_MAILS))


def filled(wishes: list[tuple[Kind, Wish]]) -> dict[str, object]:
    """What the form's fields hold for these wishes."""
    inbox = {f"inbox_{kind.field}": wish.inbox for kind, wish in wishes}
    return {**inbox, **{f"mail_{kind.field}": wish.mail for kind, wish in wishes}}


def place(raw: str | None) -> Place | None:
    """Where a list goes on: `<microseconds since 1970>.<id>`. Raises NotFound for what no page of ours says."""
    if not raw:
        return None
    moment, _, row = raw.partition(".")
    try:
        return moment_of(moment), UUID(row)
    except ValueError as error:
        raise NotFound from error


def place_words(place: Place) -> str:
    return f"{micros(place[0])}.{place[1]}"


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exact."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def moment_of(raw: str | None) -> datetime:
    """The moment that `micros` made. Raises ValueError."""
    whole, rest = divmod(int(raw or ""), 1_000_000)
    try:
        return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest)
    except (OverflowError, OSError) as error:
        raise ValueError(raw) from error
