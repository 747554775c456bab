"""Retrying jobs, and giving them up for good."""

from datetime import datetime

from app.admin.actions.trail import record
from app.admin.queries import jobs as reading
from app.core import db, jobs
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import OutboxJob

MOST = 500


class NoReason(Refused):
    message = "Say why, for whoever looks at this later. Nothing was changed."


class StillBusy(Refused):
    status = 409
    message = "It is running at this moment, or is over already. Nothing was changed; look again in a minute."


def retry(actor: Actor, job: OutboxJob, attempts: int) -> bool:
    """Run a job that gave up, or whose next try is still to come, now. `attempts`: its count when the operator looked.

    False, and nothing happens, when it was retried meanwhile, or has nothing to retry.
    """
    job = db.lock(job)
    if job.attempts != attempts or not (jobs.replay(job.id) or jobs.hasten(job.id, attempts)):
        return False
    record(actor, "admin.retry_job", job, job=job.name, attempts=attempts)
    return True


def retry_all(actor: Actor, wanted: reading.Wanted, until: datetime) -> int:
    """Run what gave up by `until` and matches, the oldest first, at most MOST of it."""
    ids, _ = reading.given_up(wanted, until, MOST)
    count = sum(jobs.replay(one) for one in ids)
    if count:
        record(actor, "admin.retry_jobs", None, count=count, job=wanted.name or "all", queue=wanted.queue or "all")
    return count


def discard(actor: Actor, job: OutboxJob, reason: str) -> None:
    """Give a job up for good. Raises NoReason, StillBusy."""
    if not reason:
        raise NoReason(field="reason")
    job = db.lock(job)
    if not jobs.discard(job.id):
        raise StillBusy
    record(actor, "admin.discard_job", job, job=job.name, reason=reason)
