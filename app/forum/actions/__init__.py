"""Everything that changes the forum."""

from app.forum.actions.announcing import say_writing
from app.forum.actions.drafting import discard as discard_draft
from app.forum.actions.drafting import keep as keep_draft
from app.forum.actions.drafting import place_of as draft_of
from app.forum.actions.hiding import hide_tag, show_tag
from app.forum.actions.naming import name as name_person
from app.forum.actions.people import MayNotWrite, writer
from app.forum.actions.picturing import LARGEST as LARGEST_PICTURE
from app.forum.actions.picturing import NoPicturesYet, add_picture, render_picture, rendition, sweep_pictures
from app.forum.actions.polling import PollClosed, PollStands, choose, set_poll
from app.forum.actions.polling import close as close_poll
from app.forum.actions.posts import Locked, NotYours, edit, reply, restore, take_back
from app.forum.actions.previewing import Preview, preview
from app.forum.actions.questioning import ask, claim_typed
from app.forum.actions.reading import follow, seen, seen_all
from app.forum.actions.rearranging import BusyThread
from app.forum.actions.rearranging import merge as merge_threads
from app.forum.actions.rearranging import move as move_thread
from app.forum.actions.rearranging import split as split_thread
from app.forum.actions.revising import redact, rename
from app.forum.actions.saving import forget, save, unsave
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
from app.forum.actions.viewing import keep_view, open_with, remove_view, rename_view, share_view
from app.forum.actions.votes import OwnPost, vote

__all__ = [
    "LARGEST_PICTURE",
    "BusyThread",
    "Locked",
    "MayNotStart",
    "MayNotWrite",
    "NoPicturesYet",
    "NotYours",
    "OwnPost",
    "PollClosed",
    "PollStands",
    "Preview",
    "accept",
    "add_category",
    "add_picture",
    "archive_category",
    "ask",
    "change_category",
    "change_community",
    "choose",
    "claim_typed",
    "close_poll",
    "discard_draft",
    "draft_of",
    "edit",
    "follow",
    "forget",
    "hide_tag",
    "keep_draft",
    "keep_view",
    "merge_threads",
    "move_category",
    "move_thread",
    "name_person",
    "open_community",
    "open_with",
    "preview",
    "redact",
    "remove_view",
    "rename",
    "rename_view",
    "render_picture",
    "rendition",
    "reply",
    "restore",
    "save",
    "say_writing",
    "seen",
    "seen_all",
    "set_poll",
    "share_view",
    "show_tag",
    "split_thread",
    "start",
    "sweep_pictures",
    "take_back",
    "take_back_thread",
    "unsave",
    "vote",
    "writer",
]
