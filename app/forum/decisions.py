"""The words of moderation: why posts wait, what can be decided, for which reasons, for how long."""

from collections.abc import Iterable
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
    "move_thread": Verb("Moved a thread", "arrow-right"),
    "merge_threads": Verb("Merged another thread into this one", "merge"),
    "split_thread": Verb("Split posts off into a thread of their own", "scissors"),
    "suspend": Verb("Suspended somebody", "pause", "You can read here and not write for a while.", "lift"),
    "ban": Verb("Banned somebody", "ban", "You can read here and not write any more.", "lift"),
    "lift": Verb("Let somebody write again", "undo-2", "You can write here again."),
    "grant_appeal": Verb("Granted an appeal", "scale", "The team agreed with your appeal and undid its decision."),
    "uphold_appeal": Verb("Upheld a decision after an appeal", "scale", "The team looked again and its decision stays."),
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A decision as its button and its form say it; `after` is what happens then. `verb` is what the log knows it by."""

    label: str
    icon: str
    title: str
    after: str
    verb: str = ""
    reasoned: bool = True
    danger: bool = False


POST_STEPS = {
    "approve": Step("Approve", "check", "Approve this post", "It can be seen in its place, and the author hears of it.", reasoned=False),
    "hide": Step("Hide", "eye-off", "Hide this post", "Only its author and the team see it from then on. The author reads your reason and can appeal once."),
    "warn": Step("Warn", "triangle-alert", "Warn its author", "The post stays in sight. The author reads your reason; the warning counts when the team looks at them again."),
    "ban": Step("Ban", "ban", "Hide the post and suspend or ban its author", "They read and do not write. They see why and for how long, and can appeal once.", danger=True),
    "show": Step("Show again", "eye", "Show this post again", "Everybody who may enter can read it.", reasoned=False),
    "delete": Step("Delete", "trash-2", "Delete this post", "Its place stays empty; the team can restore it. The author reads your reason and can appeal once.", danger=True),
}  # fmt: skip
THREAD_STEPS = {
    "pin": Step("Pin", "pin", "Pin this thread", "It stands above the others.", "pin_thread", reasoned=False),
    "unpin": Step("Unpin", "pin", "Unpin this thread", "It stands among the others.", "unpin_thread", reasoned=False),
    "lock": Step("Lock", "lock", "Lock this thread", "It can be read and not answered.", "lock_thread"),
    "unlock": Step("Unlock", "lock-open", "Unlock this thread", "It can be answered again.", "unlock_thread", reasoned=False),
    "hide": Step("Hide thread", "eye-off", "Hide this thread", "It leaves all lists; only its author and the team see it. The author reads your reason and can appeal once.", "hide_thread"),
    "show": Step("Show thread again", "eye", "Show this thread again", "It is back in the lists.", "show_thread", reasoned=False),
    "delete": Step("Delete thread", "trash-2", "Delete this thread", "It leaves all lists. The team can restore it; its author reads your reason and can appeal once.", "delete_thread", danger=True),
    "restore": Step("Restore thread", "undo-2", "Restore this thread", "It is back in the lists.", "restore_thread", reasoned=False),
}  # fmt: skip
PERSON_STEPS = {
    "bar": Step("Suspend or ban", "ban", "Suspend or ban this person", "They read and do not write. They see why and for how long, and can appeal once.", danger=True),
    "lift": Step("Let them write again", "undo-2", "Let this person write again", "They can write at once, and hear of it.", reasoned=False),
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
    said = " ".join(words.split()).rstrip(".")
    return f"{REASONS[reason]}: {said}" if said else REASONS[reason]


def choices(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Keys and words as pages offer them."""
    return [{"value": key, "label": words} for key, words in pairs]
