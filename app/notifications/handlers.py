"""Reactions to others' facts."""

from app.accounts.events import SessionsEnded
from app.notifications import actions


def on_sessions_ended(event: SessionsEnded) -> None:
    """A browser that is signed out does not ring any more; sending asks for that too, so nothing rings before this ran."""
    actions.forget_signed_out(event.user_id)
