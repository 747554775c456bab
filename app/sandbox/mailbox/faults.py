"""Trouble with the post on demand: each fault strikes whole mails, at the end of their data."""

from dataclasses import dataclass
from typing import Any

from app.sandbox.state import State

REFUSE, SLOW, DROP_AFTER_DATA, TEMPORARY = "refuse", "slow", "drop_after_data", "temporary"
KINDS = (REFUSE, SLOW, DROP_AFTER_DATA, TEMPORARY)
SLOW_SECONDS = 5.0
LONGEST_WAIT = 120
SCHEMA = """
CREATE TABLE IF NOT EXISTS smtp_faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, seconds REAL NOT NULL, remaining INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class SmtpFault:
    """What goes wrong: `seconds` is how long a slow server waits, `remaining` how many mails it will still strike."""

    kind: str
    seconds: float
    remaining: int


class SmtpFaults:
    """The faults that are planted, oldest first."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.extend(SCHEMA, "smtp_faults")

    def plant(self, given: dict[str, Any]) -> SmtpFault:
        """Plant `kind` for the next `times` mails (1); raises ValueError with a sentence when it makes no sense."""
        unknown = set(given) - {"kind", "times", "seconds"}
        if unknown:
            raise ValueError(f"Unknown member of a fault: {', '.join(sorted(unknown))}")
        fault = SmtpFault(_kind(given), _seconds(given), _times(given))
        sql = "INSERT INTO smtp_faults (kind, seconds, remaining) VALUES (?, ?, ?)"
        self._state.run(sql, fault.kind, fault.seconds, fault.remaining)
        return fault

    def take(self) -> SmtpFault | None:
        """The fault for the mail that has just come in, used up once."""
        with self._state.transaction():
            row = self._state.row("SELECT * FROM smtp_faults WHERE remaining > 0 ORDER BY seq LIMIT 1")
            if row is None:
                return None
            self._state.run("UPDATE smtp_faults SET remaining = remaining - 1 WHERE seq = ?", row["seq"])
        return SmtpFault(row["kind"], row["seconds"], row["remaining"] - 1)

    def planted(self) -> list[SmtpFault]:
        """Every fault that can still strike."""
        rows = self._state.rows("SELECT kind, seconds, remaining FROM smtp_faults WHERE remaining > 0 ORDER BY seq")
        return [SmtpFault(**dict(row)) for row in rows]

    def clear(self) -> None:
        """Forget all faults."""
        self._state.run("DELETE FROM smtp_faults")


def _kind(given: dict[str, Any]) -> str:
    kind = str(given.get("kind", ""))
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    return kind


def _times(given: dict[str, Any]) -> int:
    try:
        times = int(given.get("times", 1))
    except (TypeError, ValueError):
        times = 0
    if times < 1:
        raise ValueError("times must be a whole number from 1")
    return times


def _seconds(given: dict[str, Any]) -> float:
    try:
        seconds = float(given.get("seconds", SLOW_SECONDS))
    except (TypeError, ValueError):
        seconds = -1
    if not 0 <= seconds <= LONGEST_WAIT:
        raise ValueError(f"seconds must be between 0 and {LONGEST_WAIT}")
    return seconds
