"""Everything that makes, keeps and removes archives, and brings them in."""

from app.archives.actions.bringing import bring
from app.archives.actions.importing import LARGEST, NotEmpty, check, discard, is_empty, start, take
from app.archives.actions.making import ask, link, make, redeem
from app.archives.actions.own import ask_own, link_own, make_own, redeem_own
from app.archives.actions.packing import AlreadyUnderWay
from app.archives.actions.sweeping import sweep

__all__ = [
    "LARGEST",
    "AlreadyUnderWay",
    "NotEmpty",
    "ask",
    "ask_own",
    "bring",
    "check",
    "discard",
    "is_empty",
    "link",
    "link_own",
    "make",
    "make_own",
    "redeem",
    "redeem_own",
    "start",
    "sweep",
    "take",
]
