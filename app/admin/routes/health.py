"""What machines ask: health for load balancers, figures for Prometheus; and the style guide."""

from datetime import timedelta

from flask import Response, jsonify, render_template, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from app.admin.routes import blueprint
from app.core import db
from app.core.errors import NotFound
from app.core.outbox_relay import valkey
from app.core.web.access import public
from app.core.web.limits import limiter


@blueprint.get("/healthz")
@limiter.exempt
@public
def health() -> Response:
    """The process answers and its database does too."""
    db.session().execute(text("select 1"))
    return jsonify(ok=True)


@blueprint.get("/readyz")
@limiter.exempt
@public
def ready() -> Response:
    """As /healthz, and Valkey answers; raises through the error pages otherwise."""
    db.session().execute(text("select 1"))
    valkey().ping()
    return jsonify(ok=True)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus figures, for this machine only; what a proxy passes on comes from elsewhere."""
    passed_on = any(request.headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"))
    if passed_on or request.remote_addr not in ("127.0.0.1", "::1"):
        raise NotFound
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


@blueprint.get("/styleguide")
@public
def styleguide() -> str:
    return render_template("styleguide/index.html", now=db.now(), later=db.now() + timedelta(minutes=10))
