"""The key that signs licence files of all products of a workspace, and the change to the next one."""

from uuid import UUID

from flask import Response, flash

from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.limits import limit
from app.licences import actions, queries
from app.licences.routes import blueprint

HERE = "/w/<workspace>/licences/signing"
WRITE = Permission.LICENCES_SIGNER_WRITE


def _done(text: str) -> Response:
    flash(text, "good")
    return back(f"/w/{member().slug}/licences/signing")


@blueprint.get(HERE)
@requires(Permission.LICENCES_LICENCE_READ)
def signing() -> str:
    """Which key signs, which one is next, which ones still check."""
    found = queries.signers()
    by_state = {state: [one for one in found if one.state == state] for state in ("signing", "next", "retired")}
    return render.page(
        "licences/signing.html",
        present=next(iter(by_state["signing"]), None),
        coming=next(iter(by_state["next"]), None),
        old=by_state["retired"],
        kept=actions.KEPT,
        days=queries.longest_lease(),
        base=f"/w/{member().slug}",
    )


@blueprint.post(f"{HERE}/keys")
@limit("20/hour")
@requires(WRITE, again=signing)
def make_next_signer() -> Response:
    """Make the next key, so that programs can be told of it. It signs nothing yet."""
    actions.make_next(actor())
    return _done("The next key is made. Build it into your programs beside the present one.")


@blueprint.post(f"{HERE}/keys/<uuid:signer_id>/starts")
@limit("20/hour")
@requires(WRITE, again=signing)
def start_signer(signer_id: UUID) -> Response:
    """Sign with it from now on."""
    actions.start(actor(), signer_id)
    return _done(
        "Licence files are signed with the new key from now on. The old one still checks those that are out there."
    )
