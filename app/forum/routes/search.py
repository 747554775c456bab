"""Search in a community, at `/c/<community>/search?q=…`."""

from flask import request

from app.core.web import render
from app.core.web.access import public
from app.core.web.limits import limit
from app.core.web.urls import absolute
from app.forum import queries, searching
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import in_community


@blueprint.get("/c/<community>/search")
@public
@limit("120/minute")
@in_community
def search(place: Place) -> str:
    typed = " ".join(request.args.get("q", "").split())[: searching.LONGEST]
    return render.page(
        "forum/search.html",
        place=place,
        q=typed,
        found=queries.search.find(place, typed, request.args.get("after", "")[:120]),
        after=request.args.get("after", ""),
        canonical_url=absolute(f"{place.path}/search"),
    )
