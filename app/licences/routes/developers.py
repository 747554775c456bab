"""The page for those who write the programs."""

from app.core import settings
from app.core.web import render
from app.core.web.access import public
from app.licences import openapi
from app.licences.routes import blueprint


@blueprint.get("/developers/licences")
@public
def developers() -> str:
    """How a program takes a seat, checks a file and gives the seat back; made from the published interface."""
    document = openapi.document()
    calls = [(path, way["post"]) for path, way in document["paths"].items() if "post" in way]
    return render.page(
        "licences/developers.html",
        calls=calls,
        fields=document["components"]["schemas"],
        codes=openapi.MEANINGS,
        server=settings.current().app_url,
    )
