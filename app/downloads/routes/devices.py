"""Which device asks for a file: an id in a signed cookie that lives long and says nothing else."""

from flask import Response, after_this_request, g, request

from app.accounts.queries import describe
from app.core.ids import new_id
from app.core.web.marked import Marked
from app.downloads import sharing
from app.downloads.actions import Seen

COOKIE = Marked("fetching", 2 * 365 * 24 * 3600)
"""Not «device»: that one says who signed in here, and belongs to accounts."""


def seen() -> Seen:
    """Who asks now. A browser without the cookie gets one; `known` is false until it brings it back."""
    known = COOKIE.read()
    device = known or g.setdefault("new_device", new_id())
    if known is None:
        after_this_request(_remember)
    return Seen(
        device,
        describe(request.headers.get("User-Agent", "")),
        sharing.network(request.remote_addr or ""),
        known=known is not None,
    )


def _remember(response: Response) -> Response:
    COOKIE.write(response, g.new_device)
    return response
