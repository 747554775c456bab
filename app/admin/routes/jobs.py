"""`/admin/jobs`: what waits, fails and gave up; trying it again, or giving it up for good."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, flash, request

from app.admin import forms, redaction, words
from app.admin.actions import jobs as acting
from app.admin.queries import jobs as reading
from app.admin.routes import blueprint
from app.core import db
from app.core.outbox import OutboxJob
from app.core.web import render
from app.core.web.access import actor, back, operators
from app.core.web.forms import parse, show_refused

BASE = "/admin/jobs"


@blueprint.get(BASE)
@operators
def jobs() -> Any:
    wanted = forms.Jobs(request.args).wanted()
    rows, following = reading.listed(wanted, forms.place(request.args.get("before")))
    queues = reading.by_queue()
    return render.page(
        "admin/jobs.html",
        rows=[(row, words.explain(row.job.error)) for row in rows],
        wanted=wanted,
        queues=[one.name for one in queues],
        counts=reading.totals(queues, wanted.queue),
        names=reading.names(),
        next_url=f"?{urlencode(forms.filters(wanted) | {'before': str(following)})}" if following else "",
        w=words,
        urlencode=urlencode,
    )


@blueprint.get(f"{BASE}/<uuid:job_id>")
@operators
def job(job_id: UUID) -> Any:
    found = reading.detail(job_id)
    return render.page(
        "admin/job.html",
        detail=found,
        job=found.row.job,
        failure=words.explain(found.row.job.error),
        arguments=redaction.pretty(redaction.masked(found.row.job.payload)),
        form=show_refused(forms.Discard),
        here=f"{BASE}/{job_id}",
        w=words,
    )


@blueprint.post(f"{BASE}/<uuid:job_id>/retries")
@operators
def retry(job_id: UUID) -> Response:
    seen = request.form.get("attempts", default=-1, type=int)
    if acting.retry(actor(), db.get(OutboxJob, job_id), seen):
        flash("It is tried again now.", "success")
    else:
        flash("It was retried already, or has nothing to retry; nothing was done twice.", "info")
    return back(f"{BASE}/{job_id}")


@blueprint.post(f"{BASE}/<uuid:job_id>/discard")
@operators(again=job)
def discard(job_id: UUID) -> Response:
    acting.discard(actor(), db.get(OutboxJob, job_id), parse(forms.Discard).reason.data)
    flash("The job is discarded. Its effect will not happen.", "success")
    return back(f"{BASE}/{job_id}")


@blueprint.get(f"{BASE}/retries")
@operators
def retries() -> Any:
    wanted, until = forms.Jobs(request.args).wanted(), db.clock()
    ids, count = reading.given_up(wanted, until, acting.MOST)
    return render.page(
        "admin/retries.html",
        wanted=wanted,
        count=count,
        at_once=len(ids),
        until=until.isoformat(),
        back_url=f"{BASE}?{urlencode(forms.filters(wanted))}",
        w=words,
    )


@blueprint.post(f"{BASE}/retries")
@operators
def retry_all() -> Response:
    wanted = forms.Jobs(request.form).wanted()
    count = acting.retry_all(actor(), wanted, forms.moment(request.form.get("until")))
    if count:
        flash(f"{count} job{'s are' if count > 1 else ' is'} tried again now.", "success")
    else:
        flash("They were retried already, or none is left; nothing was done twice.", "info")
    return back(f"{BASE}?{urlencode(forms.filters(wanted))}")
