"""Everything that tells people, and what they do about it."""

from app.notifications.actions.bundling import send_bundle, send_bundles
from app.notifications.actions.choosing import choose
from app.notifications.actions.devices import forget_signed_out, keep_still, remove, subscribe, try_out
from app.notifications.actions.pushing import push
from app.notifications.actions.reading import read, read_all, read_subject, sweep
from app.notifications.actions.sending import render, send
from app.notifications.actions.settling import read_for, unread_about
from app.notifications.actions.telling import tell, tell_all
from app.notifications.actions.unsubscribing import Unsubscribed, about, resubscribe, token_for, unsubscribe
from app.notifications.actions.writing import write

__all__ = [
    "Unsubscribed",
    "about",
    "choose",
    "forget_signed_out",
    "keep_still",
    "push",
    "read",
    "read_all",
    "read_for",
    "read_subject",
    "remove",
    "render",
    "resubscribe",
    "send",
    "send_bundle",
    "send_bundles",
    "subscribe",
    "sweep",
    "tell",
    "tell_all",
    "token_for",
    "try_out",
    "unread_about",
    "unsubscribe",
    "write",
]
