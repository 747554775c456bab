"""`/manifest.webmanifest`, `/service-worker.js`, `/offline`, and where the installed app and its shortcuts begin."""

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request

from app.core import settings
from app.core.assets import Assets
from app.core.errors import NotFound
from app.core.web import render
from app.core.web.access import Membership, public, signed_in, viewer
from app.pwa import manifest as manifests
from app.pwa import worker as workers
from app.workspaces.queries import memberships

blueprint = Blueprint("pwa", __name__)
HOUR = 3600
PLACES = {"orders": "/orders", "scan": "/shipping/scan"}
"""Shortcuts into a workspace."""


def _assets() -> Assets:
    return current_app.extensions["assets"]


@blueprint.app_context_processor
def everywhere() -> dict[str, Any]:
    return {"service_worker": settings.current().service_worker}


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    answer = Response(json.dumps(manifests.manifest(_assets())), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = f"public, max-age={HOUR}"
    return answer


@blueprint.get("/service-worker.js")
@public
def worker() -> Response:
    """Looked at again on every visit, so that a deploy reaches browsers at once; SERVICE_WORKER=0 serves the one that leaves."""
    assets = _assets()
    here = settings.current().service_worker
    text = workers.script(assets, _offline_page()) if here else workers.leaving(assets)
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/offline")
@public
def offline() -> str:
    """What browsers keep and show when there is no network: nobody's page, the same for all."""
    return render.page("pwa/offline.html")


def _offline_page() -> str:
    """Its source, for the release's mark."""
    path = Path(current_app.jinja_env.get_template("pwa/offline.html").filename or "")
    return path.read_text(encoding="utf-8")


@blueprint.get("/start")
@public
def start() -> Any:
    """Where the installed app opens: Today for sellers, the marketplace for everybody else."""
    place = _workspace()
    return redirect(f"/w/{place.slug}" if place else "/", 303)


@blueprint.get("/go/<place>")
@signed_in
def go(place: str) -> Any:
    """A shortcut of the installed app. Raises NotFound for a place that no shortcut names."""
    if place == "inbox":
        return redirect("/inbox", 303)
    if place not in PLACES:
        raise NotFound
    own = _workspace()
    return redirect(f"/w/{own.slug}{PLACES[place]}" if own else "/purchases", 303)


def _workspace() -> Membership | None:
    """The workspace that this browser looked at last, else the person's first."""
    person = viewer()
    own = memberships(person.id) if person else []
    last = request.cookies.get("workspace", "")
    return next((one for one in own if one.slug == last), own[0] if own else None)
