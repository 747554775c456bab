"""Addresses that forms are sent to, when a reload, «back» or a copied link asks for them as pages: each leads to where its form stands."""

from typing import Any

from flask import Response, redirect, url_for

from app.core.permissions import Permission
from app.core.web.access import public, requires
from app.forum.routes import blueprint

THREAD, POST, PLACE, DESK = ("thread_id",), ("post_id",), ("community",), ("workspace",)
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
OF_THE_TEAM: dict[str, tuple[str, tuple[str, ...], str]] = {
    "/w/<workspace>/forum/posts/<uuid:post_id>/decisions": ("forum.post", POST, ""),
    "/w/<workspace>/forum/threads/<uuid:thread_id>/decisions": ("forum.thread", THREAD, ""),
    "/w/<workspace>/forum/threads/<uuid:thread_id>/faq": ("forum.thread", THREAD, ""),
}


def _leading(endpoint: str, parts: tuple[str, ...], place: str) -> Any:
    def view(**address: Any) -> Response:
        to = url_for(endpoint, _anchor=place or None, **{name: address[name] for name in parts})
        return redirect(to)  # type: ignore[return-value]

    return view


for number, (rule, lead) in enumerate(LEADS.items()):
    blueprint.add_url_rule(rule, f"back_{number}", public(_leading(*lead)), methods=["GET"])
for number, (rule, lead) in enumerate(OF_THE_TEAM.items()):
    team = requires(Permission.FORUM_POST_MODERATE)
    blueprint.add_url_rule(rule, f"back_team_{number}", team(_leading(*lead)), methods=["GET"])


@blueprint.get("/s/<shop>/<product>/questions")
@public
def product_questions(shop: str, product: str) -> Response:
    """The questions stand on the product's page."""
    to = url_for("storefront.product", shop=shop, product=product, _anchor="questions")
    return redirect(to)  # type: ignore[return-value]
