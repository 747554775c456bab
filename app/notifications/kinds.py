"""What people can be told, one line a kind: its words, and what holds until somebody chooses otherwise."""

from dataclasses import dataclass
from datetime import timedelta

BUNDLED_FOR = timedelta(minutes=30)
"""How long news waits for more before one mail tells of it all."""
MAILS = {"never": "No mail", "bundled": "One mail for many", "at_once": "At once"}


@dataclass(frozen=True)
class Kind:
    """`did` follows the name of who did it («Bob replied to you»); `many` counts them («3 replies»).

    `kept`: it cannot be turned off in the inbox, because it says what was decided about the person. `push`: devices ring for
    it until somebody chooses otherwise.
    """

    name: str
    label: str
    about: str
    did: str
    many: str
    icon: str
    inbox: bool = True
    mail: str = "bundled"
    kept: bool = False
    push: bool = False

    @property
    def group(self) -> str:
        """What one click unsubscribes from: the feature that tells."""
        return self.name.partition(".")[0]

    @property
    def field(self) -> str:
        return self.name.replace(".", "_")

    def line(self, actor: str) -> str:
        """«Bob replied to you», or the kind's own label when nobody in particular did it."""
        return f"{actor} {self.did}" if actor else self.label


_ALL = (
    Kind(
        "orders.new",
        "New order",
        "Somebody paid for something in a workspace of yours.",
        "sold",
        "new orders",
        "package",
        mail="never",
        push=True,
    ),
    Kind(
        "forum.reply",
        "Replies",
        "Somebody answers a post of yours.",
        "replied to you",
        "replies",
        "reply",
        push=True,
    ),
    Kind(
        "forum.mention",
        "Mentions",
        "Somebody writes @ and your name.",
        "mentioned you",
        "mentions",
        "at-sign",
        push=True,
    ),
    Kind("forum.followed", "Following", "New posts in threads and categories you follow.", "posted", "posts", "eye"),
    Kind("forum.accepted", "Accepted answers", "Your answer solved it.", "chose your answer", "times", "circle-check"),
    Kind(
        "forum.moderation", "Decisions", "What moderators decided, and why.", "decided", "decisions", "scale", kept=True
    ),
    Kind("forum.queue", "For your team", "Flags and posts to decide on.", "flagged a post", "cases", "flag"),
    Kind(
        "licences.low",
        "Licence keys run out",
        "Few or no keys are left on a list of yours.",
        "warned",
        "lists of keys",
        "key-round",
        mail="at_once",
        push=True,
    ),
    Kind(
        "downloads.update",
        "Updates of what you bought",
        "A seller has a new release of something in your library.",
        "has a new release",
        "updates",
        "sparkles",
        mail="at_once",
    ),
    Kind(
        "reviews.new",
        "Reviews",
        "A buyer reviewed something that a workspace of yours sells.",
        "reviewed",
        "reviews",
        "star",
    ),
    Kind(
        "reviews.answered",
        "Answers to your reviews",
        "A seller answers what you wrote about something you bought.",
        "answered your review",
        "answers",
        "reply",
    ),
    Kind(
        "reviews.decision",
        "Decisions about reviews",
        "The platform decided about a review of yours, or one that you reported.",
        "decided",
        "decisions",
        "scale",
        kept=True,
    ),
    Kind(
        "reviews.reminder",
        "Reminders to review",
        "Once, a week after something you bought is with you.",
        "asks what you think",
        "reminders",
        "star",
        inbox=False,
        mail="at_once",
    ),
    Kind(
        "downloads.asked",
        "More downloads wanted",
        "A buyer has used up their downloads and asks for more. Owners and admins get a letter of it as well.",
        "asked for more downloads",
        "requests for downloads",
        "file-down",
        mail="never",
        push=True,
    ),
    Kind(
        "archives.ready",
        "Archives",
        "Data that you asked for can be downloaded.",
        "packed",
        "archives",
        "archive",
        mail="at_once",
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
GROUPS = {
    "archives": "archives",
    "downloads": "updates of what you bought",
    "forum": "the forum",
    "licences": "licence keys",
    "orders": "new orders",
    "reviews": "reviews",
}
"""By `Kind.group`: how people call it, after «mail about»."""


def of(name: str) -> Kind:
    """The kind of a row that was written; one that is no longer told keeps a plain face."""
    return KINDS.get(name) or Kind(name, "News", "", "wrote", "news", "bell")


def in_groups(groups: list[str]) -> list[Kind]:
    return [kind for kind in KINDS.values() if kind.group in groups]
