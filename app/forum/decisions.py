"""The words of moderation: why posts wait, what can be decided, for which reasons, for how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Verb:
    """One kind of decision in words. The public log makes a sentence of `done`: «Bob hid a post in «Lamps».».

    `joins` stands before the title of the thread; `bare` is said instead of `done` where the reader may not know the thread;
    `after` ends the sentence, and may hold {about}. `told` is what the subject hears, `letter` the mail that tells them at
    once, `undo` the verb that an appeal grants, `contested` what is appealed against.
    """

    done: str
    icon: str
    told: str = ""
    undo: str = ""
    contested: str = ""
    joins: str = "in"
    bare: str = ""
    after: str = ""
    letter: str = ""

    @property
    def appealable(self) -> bool:
        return bool(self.undo)


VERBS = {
    "hold_post": Verb("flagged a post", "flag", "Several people flagged your post. It is out of sight until the team decides.", after="; it is out of sight until the team decides"),
    "refuse_post": Verb("did not approve a post", "eye-off", "The team did not approve your post.", "show_post", "a post that was not approved"),
    "hide_post": Verb("hid a post", "eye-off", "The team hid your post.", "show_post", "a post that was hidden"),
    "show_post": Verb("showed a post again", "eye", "Your post can be seen again."),
    "warn": Verb("warned somebody about a post", "triangle-alert", "The team warned you about your post. It stays in sight.", "withdraw", "a warning"),
    "withdraw": Verb("took back a warning about a post", "undo-2", "The team took its warning back."),
    "delete_post": Verb("deleted a post", "trash-2", "The team deleted your post.", "show_post", "a post that was deleted"),
    "hide_thread": Verb("hid the thread", "eye-off", "The team hid your thread.", "show_thread", "a thread that was hidden", "", "hid a thread"),
    "show_thread": Verb("brought back the thread", "eye", "Your thread can be seen again.", joins="", bare="brought back a thread"),
    "delete_thread": Verb("deleted the thread", "trash-2", "The team deleted your thread.", "restore_thread", "a thread that was deleted", "", "deleted a thread"),
    "restore_thread": Verb("restored the thread", "undo-2", "The team restored your thread.", joins="", bare="restored a thread"),
    "lock_thread": Verb("locked the thread", "lock", "The team locked your thread. It can be read and not answered.", "unlock_thread", "a thread that was locked", "", "locked a thread"),
    "unlock_thread": Verb("unlocked the thread", "lock-open", "Your thread can be answered again.", joins="", bare="unlocked a thread"),
    "pin_thread": Verb("pinned the thread", "pin", joins="", bare="pinned a thread"),
    "unpin_thread": Verb("unpinned the thread", "pin", joins="", bare="unpinned a thread"),
    "move_thread": Verb("moved the thread", "arrow-right", joins="", bare="moved a thread", after=" to another category"),
    "merge_threads": Verb("merged another thread", "merge", joins="into", bare="merged two threads"),
    "split_thread": Verb("split posts off", "scissors", joins="into", bare="split posts off into a thread of their own"),
    "suspend": Verb("suspended somebody", "pause", "The team suspended you {about}. You can read here meanwhile.", "lift", "a suspension", after=" {about}", letter="forum_barred"),
    "ban": Verb("banned somebody", "ban", "The team banned you. You can read here and not write any more.", "lift", "a ban", after=" {about}", letter="forum_barred"),
    "lift": Verb("let somebody write again", "undo-2", "You can write here again.", letter="forum_lifted"),
    "grant_appeal": Verb("agreed with an appeal", "scale", "The team agreed with your appeal and undid its decision.", joins="about", after=" and undid the decision", letter="forum_appeal_answered"),
    "uphold_appeal": Verb("answered an appeal", "scale", "The team looked again, and its decision stays.", joins="about", after="; the decision stays", letter="forum_appeal_answered"),
}  # fmt: skip


ELSEWHERE = {
    "moved": "The team moved your thread to «{category}».",
    "merged": "The team merged this thread into «{title}»; your posts stand there now.",
    "parted": "The team made «{title}» of some replies; yours went along.",
}
"""What writers hear of posts that stand elsewhere now, by what was done."""
CLOSED = "The team moved what you wrote to a category that you cannot enter."


@dataclass(frozen=True)
class Sentence:
    """A line of the public log in three pieces, so that a page can lead to the thread. `title` is empty where nobody may know it."""

    before: str
    title: str
    after: str

    def __str__(self) -> str:
        return f"{self.before} «{self.title}»{self.after}" if self.title else f"{self.before}{self.after}"


def sentence(actor: str, verb: str, about: str, title: str = "") -> Sentence:
    """Who did what, and where. `about` is the row's own; `title` the thread's, for a reader who may enter it."""
    said = VERBS[verb]
    words = [actor, said.done, said.joins] if title else [actor, said.bare or said.done]
    return Sentence(" ".join(filter(None, words)), title, f"{said.after.format(about=span(about))}.")


def told(verb: str, about: str) -> str:
    """What the subject hears."""
    return VERBS[verb].told.format(about=span(about))


def span(about: str) -> str:
    """For how long somebody may not write, as it stands within a sentence."""
    return f"{about[:1].lower()}{about[1:]}".rstrip(".")


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
    "approve": Step("Approve", "check", "Approve this post", "Everybody who may enter can read it in its place, and the author hears of it.", reasoned=False),
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
    "ban": ("For good (a ban)", None),
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
