"""Pages and fragments: a block is rendered alone when htmx asks for its element (ARCHITECTURE.md §11)."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_datetime
from flask import Response, current_app, render_template, request
from jinja2_fragments.flask import render_block
from markupsafe import Markup, escape

from app.core.money import Money


def page(template: str, **context: Any) -> str:
    """The whole page, or only the block named like the element that htmx wants to replace (`-` becomes `_`)."""
    block = wanted_block()
    if block and block in current_app.jinja_env.get_template(template).blocks:
        return render_block(template, block, **context)
    return render_template(template, **context)


def wanted_block() -> str | None:
    """The id of the requesting element's target (htmx 4 sends `HX-Target: tag#id`), as a block name."""
    if request.headers.get("HX-Request-Type") != "partial":
        return None
    _, _, target = request.headers.get("HX-Target", "").rpartition("#")
    return target.replace("-", "_") or None


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def fragment(template: str, **context: Any) -> str:
    """A partial `_noun.html`, the same one that pages include."""
    return render_template(template, **context)


def money(amount: Money | None) -> str:
    return amount.format() if amount is not None else "–"


@lru_cache(maxsize=4096)
def when(moment: datetime | None, style: str = "medium") -> Markup:
    """A <time> whose text is right without scripts; relative-time improves it in place."""
    if moment is None:
        return Markup("–")
    text = format_datetime(moment, "d MMM yyyy, HH:mm 'UTC'", locale="en_GB")
    iso = escape(moment.isoformat(timespec="seconds"))
    return Markup('<relative-time datetime="{}" title="{}"><time datetime="{}">{}</time></relative-time>').format(
        iso, text, iso, text
    )


def dom_id(row: Any, suffix: str = "") -> str:
    """`order-0193…`: one root id for a row's partial."""
    return f"{type(row).__name__.lower()}-{row.id}{'-' + suffix if suffix else ''}"


def follow(response: Response) -> Response:
    """htmx would swap the page behind a 303 into the form, so it is told to go there instead."""
    if is_htmx() and response.status_code in (302, 303):
        response.headers["HX-Redirect"] = response.headers.pop("Location")
        response.status_code = 200
        response.set_data(b"")
    return response
