"""Stock from a file: a dry run that shows every line, then exactly that."""

from flask import flash, request

from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.inventory import actions, plans, spreadsheet
from app.inventory.routes import blueprint
from app.inventory.routes.stock import WRITE
from app.inventory.spreadsheet import Line

SHOWN = 300
"""Lines of each kind on the dry run's page; all of them are carried and counted."""


@blueprint.get("/w/<workspace>/inventory/import")
@requires(WRITE)
def import_page() -> str:
    return render.page("inventory/import.html", base=f"/w/{member().slug}/inventory", most=spreadsheet.MOST)


@blueprint.post("/w/<workspace>/inventory/import")
@limit("60/minute")
@requires(WRITE, again=import_page)
@uploads(spreadsheet.LARGEST)
def dry_run() -> str:
    """What the file would do, line by line; nothing is changed. Wrong cells can be typed anew on the page."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return _shown(spreadsheet.read(sent.stream.read(spreadsheet.LARGEST + 1)), sent.filename)
    return _shown(_carried(), _source())


def again() -> str:
    """The same file planned anew, because stock moved meanwhile."""
    return _shown(_carried(), _source())


@blueprint.post("/w/<workspace>/inventory/import/confirmation")
@requires(WRITE, again=again)
def confirm_import() -> object:
    """Do what the dry run showed; refused when stock moved since."""
    changed = actions.apply_plan(actor(), _carried(), request.form.get("mark", ""), _source())
    flash(f"{changed} {'level is' if changed == 1 else 'levels are'} as in {_source()}.", "good")
    return back(f"/w/{member().slug}/inventory")


def _carried() -> list[Line]:
    """The lines of the file that was sent before, with what was typed anew."""
    text = request.form.get("lines", "")
    if not text:
        raise Refused("Choose a file first.", field="file")
    return spreadsheet.mend(spreadsheet.read(text.encode()), request.form)


def _source() -> str:
    return request.form.get("source", "").strip()[:80] or "a file"


def _shown(lines: list[Line], source: str) -> str:
    actions.default_location()
    plan = plans.make(lines)
    return render.page(
        "inventory/import_plan.html",
        plan=plan,
        shown=SHOWN,
        carried=spreadsheet.write(lines),
        source=source[:80],
        base=f"/w/{member().slug}/inventory",
    )
