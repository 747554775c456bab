"""Facts about connections, their listings and runs."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ChannelFact(Event):
    """What each carries: the pages about channels listen."""

    workspace_id: UUID
    connection_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:channels"]


@dataclass(frozen=True, kw_only=True)
class ConnectionChanged(ChannelFact):
    state: str


@dataclass(frozen=True, kw_only=True)
class ListingsChanged(ChannelFact):
    """Listings came, went, or were matched."""


@dataclass(frozen=True, kw_only=True)
class ListingsMatched(ChannelFact):
    """Some listings are something of ours now: orders that waited for them can go on, and the platform hears our numbers."""


@dataclass(frozen=True, kw_only=True)
class RunMoved(ChannelFact):
    run_id: UUID

    def topics(self) -> list[str]:
        return [*super().topics(), f"run:{self.run_id}"]
