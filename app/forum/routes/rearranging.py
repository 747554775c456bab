"""The team moves, merges and splits threads; each page first says what will happen."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, request, url_for

from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import access, forms, render
from app.core.web.access import requires
from app.forum import actions, queries
from app.forum.routes import blueprint

MODERATE = Permission.FORUM_POST_MODERATE
AT = "/w/<workspace>/forum/threads/<uuid:thread_id>"


@blueprint.get(f"{AT}/move")
@requires(MODERATE)
def move_form(thread_id: UUID) -> str:
    """With a `category`, what will happen."""
    row, shelves = queries.rearranging.thread(thread_id), queries.rearranging.categories()
    chosen = request.values.get("category", "")
    to = next((one for one in shelves if str(one.id) == chosen and one.id != row.category_id), None)
    return render.page("forum/arrange/move.html", thread=row, categories=shelves, to=to)


@blueprint.post(f"{AT}/move")
@requires(MODERATE, again=move_form)
def move_thread(thread_id: UUID) -> Response:
    row = queries.rearranging.thread(thread_id)
    to = queries.rearranging.category(forms.identifier(request.form.get("category"), "category"))
    seen = request.form.get("from")
    actions.move_thread(access.actor(), row, to, _reason(), forms.identifier(seen, "category") if seen else None)
    return access.back(f"/threads/{row.id}")


@blueprint.get(f"{AT}/merge")
@requires(MODERATE)
def merge_form(thread_id: UUID) -> str:
    """With the address of a thread as `into`, what will happen; with words, threads to choose from."""
    row, typed = queries.rearranging.thread(thread_id), request.values.get("into", "").strip()[:300]
    plan = queries.rearranging.merging(row, typed) if typed else None
    found = [] if plan else queries.rearranging.mergeable(row, typed)
    return render.page("forum/arrange/merge.html", thread=row, into=typed, plan=plan, found=found)


@blueprint.post(f"{AT}/merge")
@requires(MODERATE, again=merge_form)
def merge_threads(thread_id: UUID) -> Response:
    row = queries.rearranging.thread(thread_id)
    plan = queries.rearranging.merging(row, request.form.get("into", ""))
    if plan is None:
        raise Refused("Choose the thread that takes the posts. Nothing was changed.", field="into")
    actions.merge_threads(access.actor(), row, plan.target, _reason())
    return access.back(f"/threads/{plan.target.id}?at={plan.first}#post-{plan.first}")


@blueprint.get(f"{AT}/split")
@requires(MODERATE)
def split_form(thread_id: UUID) -> str:
    """With posts chosen, what will happen."""
    row, chosen = queries.rearranging.thread(thread_id), _chosen(request.values.getlist("post"))
    raw = request.args.get("after", "")
    plan = queries.rearranging.parting(row, chosen, int(raw) if raw.isdigit() and len(raw) < 9 else 0)
    return render.page(
        "forum/arrange/split.html",
        thread=row,
        title=request.values.get("title", "")[:300],
        chosen=chosen,
        elsewhere=chosen - {one.post.id for one in plan.choices},
        plan=plan,
        looked=bool(request.args.get("look")),
    )


@blueprint.post(f"{AT}/split")
@requires(MODERATE, again=split_form)
def split_thread(thread_id: UUID) -> Response:
    row = queries.rearranging.thread(thread_id)
    made = actions.split_thread(
        access.actor(), row, _chosen(request.form.getlist("post")), request.form.get("title", ""), _reason()
    )
    return access.back(url_for("forum.thread", thread_id=made.id))


def _chosen(raw: Sequence[str]) -> set[UUID]:
    return {forms.identifier(one, "post") for one in raw}


def _reason() -> str:
    return request.form.get("reason", "").strip()[:200]
