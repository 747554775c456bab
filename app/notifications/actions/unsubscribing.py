"""One click that ends mail about a group of kinds, from a signed link in the mail itself (RFC 8058), and its undoing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core import db, settings
from app.core.signing import BadLink, sign, unsign
from app.notifications.actions.choosing import set_mail
from app.notifications.choices import wishes
from app.notifications.kinds import GROUPS, in_groups

PURPOSE, UNDO = "unsubscribe", "mail-again"
LIVES = 400 * 86_400
"""Seconds that a link in a mail works: mails are kept for long."""
BROKEN = "This link is not complete, or from a very old mail. Nothing was changed. Sign in and choose under Notifications what you want mail about."


@dataclass(frozen=True)
class Unsubscribed:
    """`about`: what the mail was about, in words. `undo`: the token that brings back what was before. `changed`: it was on."""

    about: str
    undo: str
    changed: bool


def token_for(user_id: UUID, groups: list[str]) -> str:
    return sign(PURPOSE, [str(user_id), groups])


def headers(token: str) -> dict[str, str]:
    """What mail programs show as a button of their own, and press without opening a page (RFC 8058 §3.1)."""
    address = f"{settings.current().app_url}/unsubscribe/{token}"
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def about(token: str) -> Unsubscribed:
    """What the link would do; `changed` says whether any such mail is on. Raises BadLink."""
    user_id, groups = _read(PURPOSE, token)
    return _told(user_id, groups)


def unsubscribe(token: str) -> Unsubscribed:
    """No more mail of these groups; the inbox goes on. Doing it twice changes nothing. Raises BadLink."""
    user_id, groups = _read(PURPOSE, token)
    told = _told(user_id, groups)
    if told.changed:
        with db.buyer(user_id):
            set_mail(user_id, {kind.name: "never" for kind in in_groups(groups)})
    return told


def resubscribe(token: str) -> str:
    """Bring back what was chosen before. Returns what mail is about, in words. Raises BadLink."""
    user_id, before = _read(UNDO, token)
    with db.buyer(user_id):
        set_mail(user_id, before)
    return _words(sorted({name.partition(".")[0] for name in before}))


def _told(user_id: UUID, groups: list[str]) -> Unsubscribed:
    """With what was chosen until now, or with the defaults when all of it was off already."""
    kinds = in_groups(groups)
    with db.buyer(user_id):
        chosen = wishes([user_id], [kind.name for kind in kinds])
    on = any(wish.mail != "never" for wish in chosen.values())
    before = {kind.name: chosen[user_id, kind.name].mail if on else kind.mail for kind in kinds}
    return Unsubscribed(_words(groups), sign(UNDO, [str(user_id), before]), on)


def _words(groups: list[str]) -> str:
    return " and ".join(GROUPS.get(group, group) for group in groups)


def _read(purpose: str, token: str) -> tuple[UUID, Any]:
    try:
        user_id, payload = unsign(purpose, token, LIVES)
    except BadLink as error:
        raise BadLink(BROKEN) from error
    return UUID(user_id), payload
