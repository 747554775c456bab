"""Archives in plain words."""

from datetime import datetime

STATES = {
    "asked": ("queued", "Waiting for its turn"),
    "running": ("running", "Being made"),
    "ready": ("ready", "Ready"),
    "failed": ("failed", "Not made"),
    "gone": ("expired", "Removed after seven days"),
}


def day(moment: datetime | None) -> str:
    """«2026-11-22», for the name of a file."""
    return f"{moment:%Y-%m-%d}" if moment else "archive"


def many(count: int, one: str, more: str = "") -> str:
    """«1 row», «2,310 rows»."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
