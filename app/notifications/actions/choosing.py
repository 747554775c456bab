"""What somebody chooses to hear."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.notifications.choices import Wish, wishes
from app.notifications.kinds import KINDS
from app.notifications.models import NotificationChoice


def choose(user_id: UUID, chosen: Mapping[str, Wish]) -> None:
    """Keep a person's wishes by kind; one whose push is None leaves that as it was.

    Kinds that are kept in the inbox stay there. Raises KeyError for an unknown kind.
    """
    rows: list[dict[str, Any]] = [
        {
            "user_id": user_id,
            "kind": name,
            "inbox": wish.inbox or KINDS[name].kept,
            "mail": wish.mail,
            "push": wish.push,
        }
        for name, wish in sorted(chosen.items())
    ]
    if rows:
        statement = insert(NotificationChoice).values(rows)
        push = func.coalesce(statement.excluded.push, NotificationChoice.push)
        new = {"inbox": statement.excluded.inbox, "mail": statement.excluded.mail, "push": push}
        db.session().execute(statement.on_conflict_do_update(index_elements=["user_id", "kind"], set_=new))


def set_mail(user_id: UUID, mails: Mapping[str, str]) -> None:
    """Change the mail of these kinds and leave the inbox as it is; kinds that no longer exist are left out."""
    names = [name for name in mails if name in KINDS]
    now = wishes([user_id], names)
    choose(user_id, {name: Wish(now[user_id, name].inbox, mails[name]) for name in names})
