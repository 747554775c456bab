"""One orderly history: `python -m tests.chaos.replay` delivers the events on standard input one by one, running every job
in between, and prints what became of everything. With `"catch_up"` it then lets fifteen minutes pass and reconciles."""

import json
import sys
from datetime import timedelta
from typing import Any

import stripe
from sqlalchemy import func, select, update

from app.core import db
from app.core.jobs import perform
from app.core.outbox import OutboxJob
from tests.chaos.digest import digest
from tests.payments.conftest import SECRETS

UNTOLD = "mail."
"""Nobody reads the mails of a replay."""


def signed(event: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    """(path, body, headers) of an event as Stripe sends it."""
    source, body = "stripe-connect" if event.get("account") else "stripe", json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, SECRETS[source])
    return f"/webhooks/{source}", body, {"Stripe-Signature": header, "Content-Type": "application/json"}


def drain(app: Any) -> None:
    """Run every job, also those that wait for another try, until none is left."""
    while jobs := _open_jobs():
        for job_id in jobs:
            with app.app_context():
                perform(str(job_id))


def _open_jobs() -> list[Any]:
    with db.system("jobs") as session:
        still = OutboxJob.done_at.is_(None) & OutboxJob.dead_at.is_(None) & OutboxJob.name.not_like(f"{UNTOLD}%")
        session.execute(update(OutboxJob).where(still).values(due_at=func.now()))
        return list(session.scalars(select(OutboxJob.id).where(still).order_by(OutboxJob.id)))


def catch_up(app: Any) -> None:
    from app.payments import actions

    with db.at(db.now() + timedelta(minutes=15)):
        actions.reconcile()
        drain(app)
        actions.backfill()
        drain(app)


def main() -> None:
    import wsgi

    story, client = json.load(sys.stdin), wsgi.app.test_client()
    for event in story["events"]:
        path, body, headers = signed(event)
        assert client.post(path, data=body, headers=headers).status_code == 200
        drain(wsgi.app)
    if story.get("catch_up"):
        catch_up(wsgi.app)
    print("digest:" + json.dumps(digest()))


if __name__ == "__main__":
    main()
