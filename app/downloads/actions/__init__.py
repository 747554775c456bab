"""The face of the downloads' actions, by noun."""

from app.downloads.actions.limits import AskedAlready, NothingUsedUp, ask_for_more, reset
from app.downloads.actions.sending import (
    AccessEnded,
    AccessExpired,
    LimitReached,
    Ticket,
    begin,
    link,
    note_sent,
    redeem,
    send,
)

__all__ = [
    "AccessEnded",
    "AccessExpired",
    "AskedAlready",
    "LimitReached",
    "NothingUsedUp",
    "Ticket",
    "ask_for_more",
    "begin",
    "link",
    "note_sent",
    "redeem",
    "reset",
    "send",
]
