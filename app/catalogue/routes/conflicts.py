"""Forms that notice a second tab: what they carry, how it is checked, and what the refusal shows."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, request

from app.catalogue import seen
from app.catalogue.seen import ChangedMeanwhile, Values


@dataclass(frozen=True)
class Carried:
    """Of one form: `part` names it, `seen` is its hidden field, `conflict` what changed meanwhile."""

    part: str
    seen: str
    conflict: ChangedMeanwhile | None

    @property
    def typed(self) -> bool:
        """It is the form that was sent and refused, so it shows what was typed."""
        return is_sent(self.part)


def is_sent(part: str) -> bool:
    return request.method == "POST" and request.form.get("part", "") == part


def carry(part: str, values: Values) -> Carried:
    """What the form shows now; a refused one keeps what it was made from, so it stays stale until somebody decides."""
    sent = is_sent(part)
    refusal = g.get("refusal")
    conflict = refusal if isinstance(refusal, ChangedMeanwhile) and refusal.part == part else None
    return Carried(part, request.form.get("seen", "") if sent else seen.written(values), conflict)


def expect(part: str, now: Values, subject_id: UUID) -> None:
    """Raises ChangedMeanwhile, unless the form agreed to save over exactly these values."""
    seen.expect(part, now, request.form.get("seen", ""), request.form.get("over", ""), subject_id)
