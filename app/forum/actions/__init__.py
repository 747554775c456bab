"""Everything that changes the forum."""

from app.forum.actions.people import MayNotWrite
from app.forum.actions.posts import Locked, NotYours, edit, reply, restore, take_back
from app.forum.actions.threads import MayNotStart, start
from app.forum.actions.votes import OwnPost, vote

__all__ = [
    "Locked",
    "MayNotStart",
    "MayNotWrite",
    "NotYours",
    "OwnPost",
    "edit",
    "reply",
    "restore",
    "start",
    "take_back",
    "vote",
]
