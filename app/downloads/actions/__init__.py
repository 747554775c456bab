"""The face of the downloads' actions, by noun."""

from app.downloads.actions.controls import AlreadyClosed, NotPaidHere, allow, allow_as_all, close, deliver_again, reopen
from app.downloads.actions.copies import ask_again, inspect, make, unstampable
from app.downloads.actions.copies import sweep as sweep_copies
from app.downloads.actions.letters import NEWS
from app.downloads.actions.limits import AskedAlready, NothingUsedUp, ask_for_more, reset
from app.downloads.actions.looking import Look, NotYours, note_looked, open_look, redeem_look, remember, send_look
from app.downloads.actions.packing import (
    Measuring,
    NothingToPack,
    Pack,
    begin_pack,
    pack_link,
    packable,
    redeem_pack,
    send_pack,
)
from app.downloads.actions.sending import Ticket, begin, link, note_sent, redeem, send
from app.downloads.actions.sharing import (
    LooksShared,
    Seen,
    Unlocking,
    forget_sightings,
    lift,
    note_sighting,
    send_unlock_link,
    unlock,
    unlocking,
)
from app.downloads.actions.shelving import note_seen, put_away, take_out
from app.downloads.actions.tracing import LARGEST as LARGEST_LEAK
from app.downloads.actions.tracing import look, sweep_traces, trace_file, trace_text
from app.downloads.actions.updates import AlreadySent, Choice, NobodyToTell, discard, draft, redraft, tell_update
from app.downloads.actions.updates import send as send_update
from app.downloads.refusals import AccessEnded, AccessExpired, LimitReached, StreamOnly

__all__ = [
    "LARGEST_LEAK",
    "NEWS",
    "AccessEnded",
    "AccessExpired",
    "AlreadyClosed",
    "AlreadySent",
    "AskedAlready",
    "Choice",
    "LimitReached",
    "Look",
    "LooksShared",
    "Measuring",
    "NobodyToTell",
    "NotPaidHere",
    "NotYours",
    "NothingToPack",
    "NothingUsedUp",
    "Pack",
    "Seen",
    "StreamOnly",
    "Ticket",
    "Unlocking",
    "allow",
    "allow_as_all",
    "ask_again",
    "ask_for_more",
    "begin",
    "begin_pack",
    "close",
    "deliver_again",
    "discard",
    "draft",
    "forget_sightings",
    "inspect",
    "lift",
    "link",
    "look",
    "make",
    "note_looked",
    "note_seen",
    "note_sent",
    "note_sighting",
    "open_look",
    "pack_link",
    "packable",
    "put_away",
    "redeem",
    "redeem_look",
    "redeem_pack",
    "redraft",
    "remember",
    "reopen",
    "reset",
    "send",
    "send_look",
    "send_pack",
    "send_unlock_link",
    "send_update",
    "sweep_copies",
    "sweep_traces",
    "take_out",
    "tell_update",
    "trace_file",
    "trace_text",
    "unlock",
    "unlocking",
    "unstampable",
]
