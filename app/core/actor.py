"""Who or what did it: a person, a job, a provider. Actions take one; audit and timelines show it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """`kind` is person, buyer, system or provider; `name` is shown to people."""

    kind: str
    name: str
    user_id: UUID | None = None


SYSTEM = Actor("system", "Guildhall")
STRIPE = Actor("provider", "Stripe")
