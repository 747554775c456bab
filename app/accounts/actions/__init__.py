"""Everything that changes who may come in. Nobody is known yet in most of it, so it runs in the system scope."""

from app.accounts.actions.entering import Browser, SignedIn, after_sign_in, sign_out
from app.accounts.actions.google import Claims, connect_google, disconnect_google, sign_in_with_google
from app.accounts.actions.own import (
    ConfirmFirst,
    ask_email_change,
    change_email,
    change_password,
    confirmed,
    email_in,
    end_other_sessions,
    end_session,
    rename,
    set_hotkeys,
)
from app.accounts.actions.passkeys import (
    add_passkey,
    ask_to_add,
    ask_to_sign,
    remove_passkey,
    rename_passkey,
    sign_in_with_passkey,
)
from app.accounts.actions.resetting import ask_reset, reset_password, reset_reader
from app.accounts.actions.signing_in import ask_code, sign_in_with_code, sign_in_with_password
from app.accounts.actions.signing_up import ask_again, confirm_by_code, confirm_by_link, link_reader, sign_up
from app.accounts.actions.sweeping import sweep
from app.accounts.actions.transfers import look, offer, take_over

__all__ = [
    "Browser",
    "Claims",
    "ConfirmFirst",
    "SignedIn",
    "add_passkey",
    "after_sign_in",
    "ask_again",
    "ask_code",
    "ask_email_change",
    "ask_reset",
    "ask_to_add",
    "ask_to_sign",
    "change_email",
    "change_password",
    "confirm_by_code",
    "confirm_by_link",
    "confirmed",
    "connect_google",
    "disconnect_google",
    "email_in",
    "end_other_sessions",
    "end_session",
    "link_reader",
    "look",
    "offer",
    "remove_passkey",
    "rename",
    "rename_passkey",
    "reset_password",
    "reset_reader",
    "set_hotkeys",
    "sign_in_with_code",
    "sign_in_with_google",
    "sign_in_with_passkey",
    "sign_in_with_password",
    "sign_out",
    "sign_up",
    "sweep",
    "take_over",
]
