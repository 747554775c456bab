"""Everything that changes the forum."""

from app.forum.actions.people import MayNotWrite, writer
from app.forum.actions.posts import Locked, NotYours, edit, reply, restore, take_back
from app.forum.actions.reading import follow, seen, seen_all
from app.forum.actions.settings import (
    add_category,
    archive_category,
    change_category,
    change_community,
    move_category,
    open_community,
)
from app.forum.actions.threads import MayNotStart, accept, start
from app.forum.actions.threads import take_back as take_back_thread
from app.forum.actions.votes import OwnPost, vote

__all__ = [
    "Locked",
    "MayNotStart",
    "MayNotWrite",
    "NotYours",
    "OwnPost",
    "accept",
    "add_category",
    "archive_category",
    "change_category",
    "change_community",
    "edit",
    "follow",
    "move_category",
    "open_community",
    "reply",
    "restore",
    "seen",
    "seen_all",
    "start",
    "take_back",
    "take_back_thread",
    "vote",
    "writer",
]
