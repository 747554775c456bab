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
        return [f"thread:{self.thread_id}", f"forum:{self.workspace_id}:{self.category_id}"]


@dataclass(frozen=True, kw_only=True)
class ThreadStarted(PostFact):
    """Its first post is there."""


@dataclass(frozen=True, kw_only=True)
class PostWritten(PostFact):
    """A reply can be read, at once or since it was approved."""


@dataclass(frozen=True, kw_only=True)
class PostChanged(PostFact):
    """Edited, hidden, shown again, deleted, accepted, or its score moved."""
