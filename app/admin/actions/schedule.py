"""Periodic work out of turn."""

from sqlalchemy import text

from app.admin.actions.trail import record
from app.admin.queries import schedule as reading
from app.core import db, scheduler
from app.core.actor import Actor
from app.core.errors import NotFound


def run_now(actor: Actor, name: str) -> bool:
    """Ask for one run now. False, and nothing happens, while the last one is still to end. Raises NotFound."""
    if name not in {entry.job for entry in scheduler.table()}:
        raise NotFound
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 17))"), {"key": f"schedule:{name}"})
    if reading.turn(name).busy:
        return False
    slot = scheduler.run_now(name)
    record(actor, "admin.run_now", slot, job=name)
    return True
