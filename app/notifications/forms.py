"""The table of choices, devices and when they keep still, and where a list goes on."""

from datetime import UTC, datetime, time
from uuid import UUID

from wtforms import BooleanField, Form, SelectField, StringField, TimeField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from app.core import webpush
from app.core.errors import NotFound
from app.core.web.forms import FormRefused
from app.notifications import quiet
from app.notifications.choices import Wish
from app.notifications.kinds import KINDS, MAILS, Kind

Place = tuple[datetime, UUID]


class Choices(Form):
    """Three fields a kind: `inbox_<kind>`, `mail_<kind>` and `push_<kind>`, added below."""

    def wishes(self, *, pushes: bool) -> dict[str, Wish]:
        """By kind; where nothing can be pushed the form did not ask, so what was chosen of it stays."""
        return {
            kind.name: Wish(
                self[f"inbox_{kind.field}"].data,
                self[f"mail_{kind.field}"].data,
                self[f"push_{kind.field}"].data if pushes else None,
            )
            for kind in KINDS.values()
        }


_MAILS = [SelectChoice(name, words) for name, words in MAILS.items()]
for _kind in KINDS.values():
    setattr(Choices, f"inbox_{_kind.field}", BooleanField(f"{_kind.label}: in the inbox"))
    setattr(Choices, f"mail_{_kind.field}", SelectField(f"{_kind.label}: e-mail", choices=_MAILS))
    setattr(Choices, f"push_{_kind.field}", BooleanField(f"{_kind.label}: push"))


_ZONES = [SelectChoice(name, words, optgroup=region) for name, words, region in quiet.zones()]


class Device(Form):
    """What a browser says of its own subscription."""

    endpoint = StringField(validators=[InputRequired(), Length(max=webpush.LONGEST_ENDPOINT)])
    p256dh = StringField(validators=[InputRequired(), Length(max=200)])
    auth = StringField(validators=[InputRequired(), Length(max=100)])

    def subscription(self) -> webpush.Subscription:
        """Raises FormRefused when it cannot be pushed to."""
        try:
            return webpush.Subscription(self.endpoint.data or "", self.p256dh.data or "", self.auth.data or "")
        except webpush.NotASubscription as error:
            raise FormRefused({"endpoint": str(error)}) from error


class Quiet(Form):
    """When devices keep still; `hours` is None when they never do."""

    still = BooleanField("Keep still at night")
    starts = TimeField("From", default=time(22))
    ends = TimeField("Until", default=time(7))
    zone = SelectField("Time zone", choices=_ZONES, default="UTC")

    def hours(self) -> quiet.Hours | None:
        """Raises FormRefused for a night without an end."""
        if not self.still.data or self.starts.data is None or self.ends.data is None:
            return None
        if self.starts.data == self.ends.data:
            raise FormRefused({"ends": "Choose an end that is not the beginning."})
        return quiet.Hours(self.zone.data, quiet.minutes(self.starts.data), quiet.minutes(self.ends.data))


def filled(wishes: list[tuple[Kind, Wish]]) -> dict[str, object]:
    """What the form's fields hold for these wishes."""
    inbox = {f"inbox_{kind.field}": wish.inbox for kind, wish in wishes}
    push = {f"push_{kind.field}": wish.push for kind, wish in wishes}
    return {**inbox, **push, **{f"mail_{kind.field}": wish.mail for kind, wish in wishes}}


def filled_quiet(hours: quiet.Hours | None) -> dict[str, object]:
    """What the form's fields hold for these hours."""
    if hours is None:
        return {"still": False}
    return {"still": True, "zone": hours.zone, "starts": quiet.clock(hours.starts), "ends": quiet.clock(hours.ends)}


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
