"""Periodic work, one line each; and the import of every module that registers jobs."""

from app.core.scheduler import Periodic, periodic
from jobs import mail, webhooks  # noqa: F401

EVERY: tuple[Periodic, ...] = ()

periodic(*EVERY)
