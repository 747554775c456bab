"""Questions about products: asking on the product's page, and the team's page of questions and answers."""

from uuid import UUID

from flask import Response, flash, request

from app.catalogue.models import Product
from app.catalogue.queries import product_by_slug, shop_by_slug
from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import access, forms, render
from app.core.web.access import public, requires
from app.core.web.limits import limit
from app.core.web.urls import absolute
from app.forum import actions, queries
from app.forum.actions import answering, questioning
from app.forum.forms import QuestionForm
from app.forum.models import Answer, Thread
from app.forum.queries.places import Place, entered
from app.forum.routes import blueprint
from app.forum.routes.entering import in_community, person

MODERATE = Permission.FORUM_POST_MODERATE


@blueprint.get("/s/<shop>/<product>/questions/new")
@public
def new_question(shop: str, product: str) -> str:
    """The form on a page of its own, with what was typed before signing in."""
    row, place = _asked(shop, product)
    with entered(place):
        owner = access.owner_id()
        kept = queries.questions.draft_of(owner, questioning.place_of(row)) if owner else None
        typed = {"title": kept.title, "body": kept.body} if kept else {}
        form = forms.show_refused(QuestionForm, **typed)
        return render.page(
            "forum/ask.html",
            place=place,
            product=row,
            shop_slug=shop,
            form=form,
            canonical_url=absolute(f"/s/{shop}/{product}"),
        )


def _asked(shop: str, product: str) -> tuple[Product, Place]:
    """A listed product whose seller has a community. Raises NotFound."""
    row = product_by_slug(shop_by_slug(shop), product)
    if row.state != "listed":
        raise NotFound
    return row, queries.places.of_workspace(row.workspace_id, access.owner_id(), access.viewer() is not None)


@blueprint.post("/s/<shop>/<product>/questions")
@limit("20/hour")
@public(again=new_question)
def ask_question(shop: str, product: str) -> Response:
    """Start the thread; a guest signs in first, and finds here again what they typed."""
    row, place = _asked(shop, product)
    form = forms.parse(QuestionForm)
    title, details = form.title.data, form.body.data or ""
    with entered(place):
        if place.user_id is None:
            questioning.keep_typed(_visitor(), row, title, details)
            return access.back(f"/sign-in?next=/s/{shop}/{product}/questions/new")
        thread = questioning.ask(access.actor(), row, title, details, key=form.key.data or None)
        actions.seen(person(place), thread, thread.last_number)
    return access.back(f"/threads/{thread.id}")


def _visitor() -> UUID:
    """A `@public` POST has given every browser an identity before this."""
    owner = access.owner_id()
    if owner is None:
        raise NotFound
    return owner


@blueprint.get("/c/<community>/products")
@public
@in_community
def products(place: Place) -> str:
    """Every product that was asked about."""
    return render.page(
        "forum/products.html",
        place=place,
        shelves=queries.threads.categories(place),
        rows=queries.questions.asked_about(),
        canonical_url=absolute(f"{place.path}/products"),
    )


@blueprint.get("/w/<workspace>/forum/questions")
@requires(MODERATE)
def questions_desk() -> str:
    """Which products take questions, and the FAQ of each."""
    community = queries.desk.community_or_404()
    return render.page("forum/desk/questions.html", community=community, shelves=queries.questions.shelves())


@blueprint.post("/w/<workspace>/forum/products/<uuid:product_id>/questions")
@requires(MODERATE)
def turn_questions(product_id: UUID) -> Response:
    row, on = db.get(Product, product_id), request.form.get("on") == "yes"
    questioning.turn(access.actor(), row, on)
    flash("People can ask about it on its page." if on else "Its questions are out of sight; nothing is lost.", "good")
    return _desk()


@blueprint.post("/w/<workspace>/forum/threads/<uuid:thread_id>/faq")
@requires(MODERATE)
def feature_answer(thread_id: UUID) -> Response:
    """The accepted answer of this question goes on the product's page."""
    row = db.get(Thread, thread_id)
    answering.feature(access.actor(), row)
    flash("The answer stands on the product's page now.", "good")
    return access.back(f"/threads/{row.id}")


@blueprint.post("/w/<workspace>/forum/answers/<uuid:answer_id>/removal")
@requires(MODERATE)
def remove_answer(answer_id: UUID) -> Response:
    row = db.get(Answer, answer_id)
    thread_id = row.thread_id
    answering.remove(access.actor(), row)
    flash("The answer is off the product's page. The thread stays as it is.", "good")
    return access.back(f"/threads/{thread_id}") if request.form.get("from") == "thread" else _desk()


@blueprint.post("/w/<workspace>/forum/answers/<uuid:answer_id>/place")
@requires(MODERATE)
def move_answer(answer_id: UUID) -> Response:
    answering.move(db.get(Answer, answer_id), request.form.get("to") == "up")
    return _desk()


def _desk() -> Response:
    return access.back(f"/w/{access.member().slug}/forum/questions")
