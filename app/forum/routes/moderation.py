"""The team's queue, and its decisions about posts, threads, people and appeals."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import access, forms, render
from app.core.web.access import requires
from app.forum.actions import appealing, barring, moderating
from app.forum.decisions import (
    FLAG_REASONS,
    HELD,
    LENGTHS,
    PERSON_STEPS,
    POST_STEPS,
    REASONS,
    THREAD_STEPS,
    VERBS,
    Step,
    choices,
)
from app.forum.models import Appeal, Post, Thread
from app.forum.moderation_forms import AnswerForm, BarForm, DecisionForm, LiftForm, ReasonedForm
from app.forum.queries import desk as desks
from app.forum.queries import moderation
from app.forum.routes import blueprint

MODERATE = Permission.FORUM_POST_MODERATE
WORDS = {
    "held": HELD,
    "reasons": choices(REASONS.items()),
    "flag_reasons": FLAG_REASONS,
    "lengths": choices((key, words) for key, (words, _) in LENGTHS.items()),
    "verbs": VERBS,
}


@blueprint.context_processor
def counted() -> dict[str, Callable[..., Any]]:
    """`queue_count()`, for the tabs of the desk; `facts_of(history)`: what is known of somebody, without what is nothing."""
    return {"queue_count": lambda: moderation.waiting()[0], "facts_of": _facts}


def _facts(of: moderation.History) -> list[tuple[str, Any]]:
    since = render.when(of.person.created_at) if of.person else ""
    counts = (
        ("Posts removed lately", of.so_far.removed),
        ("Flags the team agreed with", of.flagged),
        ("Warnings", of.past.get("warn", 0)),
        ("Suspensions and bans", of.past.get("suspend", 0) + of.past.get("ban", 0)),
    )
    shown: list[tuple[str, Any]] = [(name, count) for name, count in counts if count]
    return [
        ("Here since", since),
        ("Posts others can read", of.so_far.posts),
        *(shown or [("Earlier decisions", "None")]),
    ]


@blueprint.get("/w/<workspace>/forum/queue")
@requires(MODERATE)
def queue() -> str:
    community = desks.community_or_404()
    return render.page(
        "forum/desk/queue.html",
        community=community,
        queue=moderation.queue(request.args.get("after", "")),
        steps=POST_STEPS,
        words=WORDS,
        several=moderation.several_moderate(),
        live_topics=f"workspace:{access.member().workspace_id}:forum",
    )


def _asked(step: Step, form: Any, action: str, back: str, **context: Any) -> str:
    """The form of one decision: a dialog on the page that asks for it, or a page of its own."""
    template = "forum/moderation/_dialog.html" if render.is_htmx() else "forum/moderation/decide.html"
    return render.fragment(template, step=step, form=form, action=action, back=back, words=WORDS, **context)


def _step(steps: dict[str, Step]) -> Step:
    found = steps.get(request.values.get("verb", ""))
    if found is None:
        raise NotFound
    return found


@blueprint.get("/w/<workspace>/forum/posts/<uuid:post_id>/decide")
@requires(MODERATE)
def decide_post_form(post_id: UUID) -> str:
    step, case = _step(POST_STEPS), moderation.case(post_id)
    verb = request.values["verb"]
    kind = BarForm if verb == "ban" else ReasonedForm
    form = forms.show_refused(kind, verb=verb, version=case.post.version, came_from=request.args.get("from", "thread"))
    return _asked(step, form, f"{_desk()}/posts/{post_id}/decisions", _back_from(form, case.post), case=case)


@blueprint.post("/w/<workspace>/forum/posts/<uuid:post_id>/decisions")
@requires(MODERATE, again=decide_post_form)
def decide_post(post_id: UUID) -> Response:
    step, post, actor = _step(POST_STEPS), db.get(Post, post_id), access.actor()
    form = forms.parse(
        BarForm if step.danger and request.form["verb"] == "ban" else ReasonedForm if step.reasoned else DecisionForm
    )
    verb, version = form.verb.data, form.version.data
    if verb == "approve":
        moderating.approve(actor, post, version)
    elif verb == "show":
        moderating.show(actor, post)
    elif verb == "delete":
        moderating.delete(actor, post, form.reason.data, form.words.data or "")
    elif verb == "ban":
        moderating.bar_author(actor, post, form.length.data, form.reason.data, form.words.data or "", version)
    else:
        decided = {"hide": moderating.hide, "warn": moderating.warn}[verb]
        decided(actor, post, form.reason.data, form.words.data or "", version)
    return access.back(_back_from(form, post))


@blueprint.get("/w/<workspace>/forum/threads/<uuid:thread_id>/decide")
@requires(MODERATE)
def decide_thread_form(thread_id: UUID) -> str:
    step, thread = _step(THREAD_STEPS), db.get(Thread, thread_id)
    form = forms.show_refused(ReasonedForm, verb=request.values["verb"])
    action = f"{_desk()}/threads/{thread_id}/decisions"
    return _asked(step, form, action, f"/threads/{thread_id}", thread=thread)


@blueprint.post("/w/<workspace>/forum/threads/<uuid:thread_id>/decisions")
@requires(MODERATE, again=decide_thread_form)
def decide_thread(thread_id: UUID) -> Response:
    step, thread = _step(THREAD_STEPS), db.get(Thread, thread_id)
    if step.reasoned:
        form = forms.parse(ReasonedForm)
        moderating.decide_thread(access.actor(), thread, step.verb, form.reason.data, form.words.data or "")
    else:
        moderating.decide_thread(access.actor(), thread, step.verb)
    return access.back(f"/threads/{thread_id}")


@blueprint.get("/w/<workspace>/forum/people/<uuid:user_id>/decide")
@requires(MODERATE)
def decide_person_form(user_id: UUID) -> str:
    step, history = _step(PERSON_STEPS), moderation.history(user_id)
    form = forms.show_refused(LiftForm if request.values["verb"] == "lift" else BarForm, verb=request.values["verb"])
    return _asked(step, form, f"{_desk()}/people/{user_id}/decisions", _desk(), history=history)


@blueprint.post("/w/<workspace>/forum/people/<uuid:user_id>/decisions")
@requires(MODERATE, again=decide_person_form)
def decide_person(user_id: UUID) -> Response:
    if _step(PERSON_STEPS).reasoned:
        form = forms.parse(BarForm)
        barring.decide_person(access.actor(), user_id, form.length.data, form.reason.data, form.words.data or "")
    else:
        barring.decide_person(access.actor(), user_id, "lift", "", forms.parse(LiftForm).words.data or "")
    return access.back(f"/c/{desks.community_or_404().slug}/moderation")


@blueprint.get("/w/<workspace>/forum/appeals/<uuid:appeal_id>")
@requires(MODERATE)
def appeal_page(appeal_id: UUID) -> str:
    plea = moderation.appeal(appeal_id)
    return render.page(
        "forum/moderation/appeal.html",
        community=desks.community_or_404(),
        plea=plea,
        others=moderation.others_answer(plea, access.actor().user_id),
        form=forms.show_refused(AnswerForm),
        words=WORDS,
    )


@blueprint.post("/w/<workspace>/forum/appeals/<uuid:appeal_id>")
@requires(MODERATE, again=appeal_page)
def answer_appeal(appeal_id: UUID) -> Response:
    form, row = forms.parse(AnswerForm), db.get(Appeal, appeal_id)
    appealing.answer(access.actor(), row, form.outcome.data == "grant", form.words.data)
    return access.back(_queue())


def _back_from(form: Any, post: Post) -> str:
    return (
        _queue() if form.came_from.data == "queue" else f"/threads/{post.thread_id}?at={post.number}#post-{post.number}"
    )


def _queue() -> str:
    return url_for("forum.queue", workspace=access.member().slug)


def _desk() -> str:
    return f"/w/{access.member().slug}/forum"
