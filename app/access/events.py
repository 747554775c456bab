"""Facts about grants."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class GrantChanged(Event):
    """`change` is granted, revoked, restored, reasons (stopped as before, for more or fewer of them) or moved (to this buyer)."""

    grant_id: UUID
    buyer_id: UUID
    order_id: UUID
    change: str

    def topics(self) -> list[str]:
        """Whoever's right changed is asked for it again wherever they listen."""
        return [f"revoked:{self.buyer_id}"]
