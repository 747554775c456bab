"""How many units a platform may sell. Private to channels; pure, so that the truth table can say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.channels.models import ChannelConnection, ChannelListing


@dataclass(frozen=True)
class Rules:
    """`share` in percent of what is available, less `buffer`, at most `most`, and nothing below `minimum`."""

    buffer: int = 0
    minimum: int = 0
    most: int | None = None
    share: int = 100


@dataclass(frozen=True)
class Offer:
    """`units` to be told (None: not counted), out of `whole` bundles that could be made, and why they differ."""

    units: int | None
    whole: int | None
    why: Sequence[str] = ()


def offer(parts: Mapping[UUID, int], available: Mapping[UUID, int | None], rules: Rules) -> Offer:
    """What is offered of a listing made of `parts` (units per variant), given what is available of each."""
    made = [max(free, 0) // count for one, count in parts.items() if (free := available.get(one, 0)) is not None]
    if not made:
        return Offer(None, None, ["Never runs out"])
    whole = min(made)
    units, why = whole, []
    if rules.share != 100:
        units = units * rules.share // 100
        why.append(f"{rules.share} % share")
    if rules.buffer:
        units -= rules.buffer
        why.append(f"buffer {rules.buffer}")
    if rules.most is not None and units > rules.most:
        units = rules.most
        why.append(f"at most {rules.most}")
    if units < max(rules.minimum, 0):
        why.append(f"below the minimum of {rules.minimum}")
        units = 0
    return Offer(max(units, 0), whole, why)


def rules_of(row: ChannelConnection, one: ChannelListing) -> Rules:
    """The listing's own rules where it has some, else the connection's."""
    own = {name: getattr(one, name) for name in ("buffer", "minimum", "most", "share")}
    return Rules(**{name: getattr(row, name) if value is None else value for name, value in own.items()})
