"""The words of moderation: why posts wait, what can be decided, for which reasons, for how long."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Verb:
    """`done` is a line of the public log, `told` what its subject hears, `undo` the verb that an appeal grants."""

    done: str
    icon: str
    told: str = ""
    undo: str = ""

    @property
    def appealable(self) -> bool:
        return bool(self.undo)


VERBS = {
    "hold_post": Verb("Hid a post until the team decides", "flag", "Several people flagged your post. It is out of sight until the team decides."),
    "refuse_post": Verb("Did not approve a post", "eye-off", "Your post was not approved.", "show_post"),
    "hide_post": Verb("Hid a post", "eye-off", "The team hid your post.", "show_post"),
    "show_post": Verb("Showed a post again", "eye", "Your post can be seen again."),
    "warn": Verb("Warned somebody about a post", "triangle-alert", "The team warned you about your post. It stays.", "withdraw"),
    "withdraw": Verb("Took a warning back", "undo-2", "The warning was taken back."),
    "delete_post": Verb("Deleted a post", "trash-2", "The team deleted your post.", "show_post"),
    "hide_thread": Verb("Hid a thread", "eye-off", "The team hid your thread.", "show_thread"),
    "show_thread": Verb("Showed a thread again", "eye", "Your thread can be seen again."),
    "delete_thread": Verb("Deleted a thread", "trash-2", "The team deleted your thread.", "restore_thread"),
    "restore_thread": Verb("Restored a thread", "undo-2", "Your thread was restored."),
    "lock_thread": Verb("Locked a thread", "lock", "The team locked your thread.", "unlock_thread"),
    "unlock_thread": Verb("Unlocked a thread", "lock-open", "Your thread was unlocked."),
    "pin_thread": Verb("Pinned a thread", "pin"),
    "unpin_thread": Verb("Unpinned a thread", "pin"),
    "suspend": Verb("Suspended somebody", "pause", "You can read here and not write for a while.", "lift"),
    "ban": Verb("Banned somebody", "ban", "You can read here and not write any more.", "lift"),
    "lift": Verb("Let somebody write again", "undo-2", "You can write here again."),
    "grant_appeal": Verb("Granted an appeal", "scale", "The team agreed with your appeal and undid its decision."),
    "uphold_appeal": Verb("Upheld a decision after an appeal", "scale", "The team looked again and its decision stays."),
}  # fmt: skip
REASONS = {
    "spam": "Advertising or spam",
    "unkind": "Unkind to others",
    "off_topic": "Not about the topic",
    "private": "Shows private information",
    "illegal": "Against the law",
    "rules": "Against the house rules",
    "other": "Something else",
}
FLAG_REASONS = {
    "off_topic": "Off topic",
    "spam": "Spam or advertising",
    "unkind": "Unkind",
    "illegal": "Illegal",
    "other": "Something else",
}
LENGTHS = {
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("1 week", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "ban": ("Until it is lifted", None),
}
HELD = {
    "flags": "Several people flagged it",
    "first_link": "A newcomer's first post, with a link",
    "spam": "It looks a little like spam",
    "sure": "It looks like advertising",
    "edit": "A newcomer's edit brought it here",
}
"""Why a post waits."""


def because(reason: str, words: str) -> str:
    """A reason in words, as people and the log read it."""
    said = " ".join(words.split())
    return f"{REASONS[reason]}: {said}" if said else REASONS[reason]
