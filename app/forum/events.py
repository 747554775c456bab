"""Facts about the forum."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class PostFact(Event):
    """What every fact about a post carries; the thread's page and the list of its category listen."""

    workspace_id: UUID
    category_id: UUID
    thread_id: UUID
    post_id: UUID
    number: int

    def topics(self) -> list[str]:
        category = f"forum:{self.workspace_id}:{self.category_id}"
        return [f"thread:{self.thread_id}", category]


@dataclass(frozen=True, kw_only=True)
class ThreadStarted(PostFact):
    """Its first post is there."""


@dataclass(frozen=True, kw_only=True)
class PostWritten(PostFact):
    """A reply can be read, at once or since it was approved."""


@dataclass(frozen=True, kw_only=True)
class PostChanged(PostFact):
    """Edited, hidden, shown again, deleted, accepted; or its thread was renamed, pinned, locked or moved."""


@dataclass(frozen=True, kw_only=True)
class PostVoted(PostFact):
    score: int


@dataclass(frozen=True, kw_only=True)
class ThreadRearranged(Event):
    """The team put posts elsewhere. `change` is merged (they stand in `there_id` now), joined (posts of another thread came),
    parted (some left for `there_id`) or moved (to `category_id`); `since` is the first number that they have there.
    `decision_id` is its line in the log."""

    workspace_id: UUID
    category_id: UUID
    thread_id: UUID
    change: str
    there_id: UUID
    since: int
    decision_id: UUID

    def topics(self) -> list[str]:
        return [f"thread:{self.thread_id}"]


@dataclass(frozen=True, kw_only=True)
class CategoryChanged(Event):
    """Who may enter it may have changed: open streams ask again."""

    workspace_id: UUID
    category_id: UUID

    def topics(self) -> list[str]:
        return [f"forum:{self.workspace_id}:{self.category_id}", f"forum:{self.workspace_id}"]


@dataclass(frozen=True, kw_only=True)
class PersonChanged(Event):
    """Suspended, banned, or free to write again."""

    workspace_id: UUID
    user_id: UUID

    def topics(self) -> list[str]:
        return [f"revoked:{self.user_id}"]


@dataclass(frozen=True, kw_only=True)
class QueueChanged(Event):
    """Something waits for the team's decision, or was decided."""

    workspace_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:forum"]
