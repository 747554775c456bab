"""Periodic work, one line each; and the import of every module that registers jobs."""

from datetime import timedelta

from app.core.scheduler import Periodic, periodic
from jobs import accounts, catalogue, inventory, mail, webhooks  # noqa: F401

EVERY: tuple[Periodic, ...] = (
    Periodic("accounts.sweep", timedelta(days=1)),
    Periodic("inventory.expire", timedelta(minutes=1)),
)

periodic(*EVERY)
