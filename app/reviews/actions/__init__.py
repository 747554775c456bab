"""The face of the reviews' actions, by noun."""

from app.reviews.actions.answering import LONGEST_REPLY, NotShown, remove_reply, reply
from app.reviews.actions.letters import REMINDERS
from app.reviews.actions.reminding import remind, remind_everywhere, switch
from app.reviews.actions.reporting import AlreadyDecided, AlreadyReported, KeptBefore, OutOfSight, decide, report
from app.reviews.actions.settling import settle
from app.reviews.actions.telling import tell_author, tell_of_verdict, tell_team
from app.reviews.actions.writing import LONGEST, LONGEST_NAME, CannotReview, Said, withdraw, write

__all__ = [
    "LONGEST",
    "LONGEST_NAME",
    "LONGEST_REPLY",
    "REMINDERS",
    "AlreadyDecided",
    "AlreadyReported",
    "CannotReview",
    "KeptBefore",
    "NotShown",
    "OutOfSight",
    "Said",
    "decide",
    "remind",
    "remind_everywhere",
    "remove_reply",
    "reply",
    "report",
    "settle",
    "switch",
    "tell_author",
    "tell_of_verdict",
    "tell_team",
    "withdraw",
    "write",
]
