"""Keeping the audit trails honest."""

from app.core import audit, db
from app.core.jobs import job


@job("workspaces.anchor_trails")
def anchor_trails() -> None:
    with db.system("anchor audit trails"):
        audit.anchor()
