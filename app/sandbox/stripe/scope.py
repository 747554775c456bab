"""On whose behalf something happens: the platform or a connected account, and which request caused it."""

from dataclasses import dataclass, replace

from app.sandbox.config import SandboxConfig
from app.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Scope:
    """The state, and the account ("" is the platform) and request that an effect belongs to."""

    state: State
    config: SandboxConfig
    account: str = ""
    request_id: str | None = None
    idempotency_key: str | None = None

    def on(self, account: str) -> "Scope":
        """The same cause, seen from another account."""
        return replace(self, account=account)

    def now(self) -> int:
        """Seconds since 1970 by the sandbox's clock."""
        return self.state.now()
