"""Applies a stored receipt: the effect and `handled_at` commit together."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.core import db, inbox

Apply = Callable[[dict[str, Any]], None]
_appliers: dict[str, Apply] = {}


def applies(source: str, function: Apply) -> None:
    """Wire a source to the action that applies its messages; called by app/wiring.py alone."""
    _appliers[source] = function


def apply(inbound_id: UUID) -> None:
    """Apply one receipt unless it is done or another worker holds it."""
    with db.system("apply webhook"):
        receipt = inbox.claim(inbound_id)
        if receipt is None:
            return
        _appliers[receipt.source](receipt.body)
        receipt.handled_at = db.now()
