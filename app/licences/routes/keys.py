"""The seller's own list of keys of one product."""

from uuid import UUID

from flask import Response, flash, request

from app.core.permissions import Permission
from app.core.web.access import actor, back, requires
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.licences import actions, forms
from app.licences.actions import Imported
from app.licences.routes import blueprint
from app.licences.routes.products import HERE, here, licences, offered

WRITE = Permission.LICENCES_LICENCE_WRITE


@blueprint.post(f"{HERE}/imports")
@limit("30/minute")
@requires(WRITE, again=licences)
@uploads(forms.LARGEST)
def import_keys(product_id: UUID) -> Response:
    """Add keys that were typed, pasted or sent as a file."""
    done = actions.import_keys(actor(), offered(product_id), forms.pasted(request.form, request.files.get("file")))
    for words, tone in _told(done):
        flash(words, tone)
    return back(f"{here(product_id)}#list")


def _told(done: Imported) -> list[tuple[str, str]]:
    found = [(f"{done.added:,} {'key was' if done.added == 1 else 'keys were'} added to the list.", "good")]
    for keys, count, why in (
        (done.repeated, done.repeated_count, "stood in it more than once and count once"),
        (done.known, done.known_count, "are in the list or sold already and were left out"),
    ):
        if count:
            named = ", ".join(keys) + (f" and {count - len(keys):,} more" if count > len(keys) else "")
            found.append((f"{count:,} {why}: {named}", "warn"))
    return found if done.added else found[1:]


@blueprint.post(f"{HERE}/emptyings")
@requires(WRITE, again=licences)
def empty_list(product_id: UUID) -> Response:
    """Throw away what is not sold, such as a list that was the wrong one."""
    gone = actions.empty(actor(), offered(product_id))
    flash(f"{gone:,} unsold {'key was' if gone == 1 else 'keys were'} thrown away. Sold keys are untouched.", "good")
    return back(f"{here(product_id)}#list")
