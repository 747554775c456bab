"""Addresses that forms are sent to, when a reload, «back» or a copied link asks for them as pages: each leads to where its form stands."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, redirect, url_for

from app.catalogue.queries import product_by_slug, shop_by_slug
from app.core import db
from app.core.permissions import Permission
from app.core.web.access import owner_id, public, requires, viewer
from app.forum.models import Post, Thread
from app.forum.queries import places
from app.forum.queries.threads import category
from app.forum.routes import blueprint

THREAD, POST, PLACE = ("thread_id",), ("post_id",), ("community",)
LEADS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "/threads/<uuid:thread_id>/posts": ("forum.thread", THREAD, "reply"),
    "/threads/<uuid:thread_id>/writing": ("forum.thread", THREAD, "reply"),
    "/threads/<uuid:thread_id>/readings": ("forum.thread", THREAD, ""),
    "/threads/<uuid:thread_id>/following": ("forum.thread", THREAD, ""),
    "/threads/<uuid:thread_id>/answer": ("forum.thread", THREAD, ""),
    "/threads/<uuid:thread_id>/deletion": ("forum.thread", THREAD, ""),
    "/posts/<uuid:post_id>/votes": ("forum.post", POST, ""),
    "/posts/<uuid:post_id>/deletion": ("forum.post", POST, ""),
    "/posts/<uuid:post_id>/restoration": ("forum.post", POST, ""),
    "/posts/<uuid:post_id>/flags/withdrawal": ("forum.post", POST, ""),
    "/posts/<uuid:post_id>/poll/votes": ("forum.post", POST, ""),
    "/posts/<uuid:post_id>/poll/end": ("forum.post", POST, ""),
    "/c/<community>/previews": ("forum.community", PLACE, ""),
    "/c/<community>/readings": ("forum.community", PLACE, ""),
    "/c/<community>/pictures": ("forum.community", PLACE, ""),
    "/c/<community>/drafts/discard": ("forum.drafts", PLACE, ""),
    "/c/<community>/decisions/<uuid:decision_id>/appeal": ("forum.decisions", PLACE, ""),
    "/c/<community>/<category>/following": ("forum.category", ("community", "category"), ""),
}
"""By the address of a form: the page, which parts of the address it takes, and the place on it."""


FINDS: dict[str, Callable[..., places.Place]] = {
    "thread_id": places.by_thread,
    "post_id": places.by_post,
    "community": places.by_slug,
}


def _leading(endpoint: str, parts: tuple[str, ...], place: str) -> Any:
    def view(**address: Any) -> Response:
        person = viewer()
        found = FINDS[parts[0]](address[parts[0]], owner_id(), person is not None)
        if "category" in parts:
            with places.entered(found):
                category(address["category"])
        to = url_for(endpoint, _anchor=place or None, **{name: address[name] for name in parts})
        return redirect(to)  # type: ignore[return-value]

    return view


for number, (rule, lead) in enumerate(LEADS.items()):
    blueprint.add_url_rule(rule, f"back_{number}", public(_leading(*lead)), methods=["GET"])


@blueprint.get("/w/<workspace>/forum/posts/<uuid:post_id>/decisions")
@requires(Permission.FORUM_POST_MODERATE)
def back_to_post(post_id: UUID) -> Response:
    return redirect(url_for("forum.post", post_id=db.get(Post, post_id).id))  # type: ignore[return-value]


@blueprint.get("/w/<workspace>/forum/threads/<uuid:thread_id>/decisions")
@blueprint.get("/w/<workspace>/forum/threads/<uuid:thread_id>/faq")
@requires(Permission.FORUM_POST_MODERATE)
def back_to_thread(thread_id: UUID) -> Response:
    return redirect(url_for("forum.thread", thread_id=db.get(Thread, thread_id).id))  # type: ignore[return-value]


@blueprint.get("/s/<shop>/<product>/questions")
@public
def product_questions(shop: str, product: str) -> Response:
    """The questions stand on the product's page."""
    row = product_by_slug(shop_by_slug(shop), product)
    to = url_for("storefront.product", shop=shop, product=row.slug, _anchor="questions")
    return redirect(to)  # type: ignore[return-value]
