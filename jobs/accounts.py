"""Keeping accounts' tables small."""

from app.accounts import actions
from app.core import db
from app.core.jobs import job


@job("accounts.sweep")
def sweep() -> None:
    with db.system("sweep accounts"):
        actions.sweep()
