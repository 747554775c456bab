"""The platform's own audit trail."""

from typing import Any

from app.core import audit, db
from app.core.actor import Actor
from app.workspaces.models import Workspace


def record(actor: Actor, action: str, subject: Any, **data: Any) -> None:
    """Write down what an operator did; without a subject it was done to the platform as a whole."""
    with db.workspace(db.PLATFORM):
        audit.record(actor, action, subject or db.get(Workspace, db.PLATFORM), **data)
