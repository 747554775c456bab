"""Windows that are due become one mail each: once, however often the job runs, and none when everything was read before."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from app.core import db, mail
from app.core.outbox import later
from app.notifications import bundle, readers
from app.notifications.actions.unsubscribing import headers, token_for
from app.notifications.choices import wishes
from app.notifications.kinds import KINDS
from app.notifications.models import InboxItem, MailWindow
from app.workspaces.models import Workspace

AT_ONCE = 100
"""Windows in one transaction; the job asks for itself again while there are more."""


def send_bundles() -> int:
    """Close what is due, at most AT_ONCE windows. Returns how many. A window that somebody is writing into comes next time."""
    with db.system("send bundles"):
        windows = db.session().scalars(_due().limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        _close(windows)
        if len(windows) == AT_ONCE:
            later("notifications.send_bundles")
    return len(windows)


def send_bundle(window_id: UUID) -> None:
    """One window, whose news cannot wait. Nothing happens when its mail went out already."""
    with db.system("send bundles"):
        _close(db.session().scalars(_due().where(MailWindow.id == window_id).with_for_update()).all())


def _due() -> Select[MailWindow]:
    return (
        select(MailWindow)
        .where(MailWindow.state == "open", MailWindow.due_at <= db.now())
        .order_by(MailWindow.due_at, MailWindow.id)
    )


def _close(windows: Sequence[MailWindow]) -> None:
    """The mails and the windows' ends are one transaction, under the windows' locks."""
    people, items = readers.of([window.user_id for window in windows]), _unread(windows)
    wanted = wishes([window.user_id for window in windows], KINDS)
    places = _places(items)
    for window in windows:
        mine = [one for one in items[window.id] if one.kind in KINDS]
        told = [one for one in mine if wanted[window.user_id, one.kind].mail != "never"]
        reader = people.get(window.user_id)
        if reader and told:
            _post(window, reader.email, told, places)
        for item in items[window.id]:
            if not item.listed:
                item.read_at = db.now()
        window.state, window.closed_at = "sent" if reader and told else "empty", db.now()


def _post(window: MailWindow, reader: str, told: list[InboxItem], places: dict[UUID, str]) -> None:
    groups = sorted({KINDS[one.kind].group for one in told})
    token = token_for(window.user_id, groups)
    mail.post(
        reader,
        "bundle",
        f"bundle:{window.id}",
        headers(token),
        token=token,
        **bundle.context(told, places),
    )
    for item in told:
        item.mailed_at = db.now()


def _unread(windows: Sequence[MailWindow]) -> dict[UUID, list[InboxItem]]:
    """By window, what it gathered and nobody has read or mailed since."""
    gathered = (
        select(InboxItem)
        .where(
            InboxItem.window_id.in_([window.id for window in windows]),
            InboxItem.read_at.is_(None),
            InboxItem.mailed_at.is_(None),
        )
        .order_by(InboxItem.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[InboxItem]] = defaultdict(list)
    for item in db.session().scalars(gathered):
        if item.window_id:
            found[item.window_id].append(item)
    return found


def _places(items: dict[UUID, list[InboxItem]]) -> dict[UUID, str]:
    ids = {one.workspace_id for some in items.values() for one in some if one.workspace_id}
    return {
        row.id: row.name
        for row in db.session().execute(select(Workspace.id, Workspace.name).where(Workspace.id.in_(ids)))
    }
