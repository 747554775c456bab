"""Applies a stored receipt: the effect and `handled_at` commit together; a try without effect is noted on the receipt."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func

from app.core import db, inbox, logs

Apply = Callable[[dict[str, Any]], None]
_appliers: dict[str, Apply] = {}


def applies(source: str, function: Apply) -> None:
    """Wire a source to the action that applies its messages; called by app/wiring.py alone."""
    _appliers[source] = function


def apply(inbound_id: UUID) -> None:
    """Apply one receipt unless it is done or another worker holds it."""
    try:
        _apply(inbound_id)
    except Exception as error:
        with db.system("apply webhook"):
            inbox.failed(inbound_id, logs.scrub(f"{type(error).__name__}: {error}")[:2000])
        raise


def _apply(inbound_id: UUID) -> None:
    with db.system("apply webhook"):
        receipt = inbox.claim(inbound_id)
        if receipt is None:
            return
        _appliers[receipt.source](receipt.body)
        receipt.handled_at, receipt.error = func.clock_timestamp(), None
        receipt.attempts += 1
