"""Quiet hours: when devices keep still, in the person's own time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@dataclass(frozen=True)
class Hours:
    """From `starts` to `ends`, minutes after midnight in `zone`; over midnight when the end is earlier."""

    zone: str
    starts: int
    ends: int

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet around a moment ends (UTC); None when it is not quiet then."""
        here = moment.astimezone(ZoneInfo(self.zone))
        now = minutes(here.time())
        during = self.starts <= now < self.ends if self.starts < self.ends else now >= self.starts or now < self.ends
        if not during:
            return None
        day = here.date() if now < self.ends else here.date() + timedelta(days=1)
        return datetime.combine(day, clock(self.ends), ZoneInfo(self.zone)).astimezone(UTC)


def minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def clock(minute: int) -> time:
    return time(*divmod(minute, 60))


@cache
def zones() -> list[tuple[str, str, str]]:
    """(name, city in words, region) of every time zone, as a select shows them."""
    parted = [(name, *name.partition("/")[::2]) for name in sorted(available_timezones())]
    places = [(name, _words(city), region) for name, region, city in parted if region in REGIONS and city]
    return [("UTC", "UTC", "Anywhere"), *places]


def _words(city: str) -> str:
    return city.replace("_", " ").replace("/", " · ")
