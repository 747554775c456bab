"""Answers of carriers that get lost: in which ways, and an account on which it happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.catalogue.models import Variant
from app.core import db, http
from app.core.outbox import OutboxJob
from app.shipping import carrier
from app.shipping.models import Label, Parcel
from tests.sandbox.conftest import wait_until
from tests.shipping.parceling import Shipping

KEYS = {"easypost": "EZTK_lost", "shippo": "shippo_test_lost", "shipstation": "TEST_lost"}
LOSSES: dict[str, dict[str, Any]] = {
    "answer dropped": {"kind": "drop_answer"},
    "500 after the effect": {"kind": "500", "when": "after"},
    "invalid JSON": {"kind": "invalid_json"},
    "time-out": {"kind": "slow", "seconds": 0.7},
}
PATIENCE = 0.3
"""Seconds that these tests wait for an answer, instead of half a minute."""
every_carrier = pytest.mark.parametrize("kind", KEYS)
every_loss = pytest.mark.parametrize("loss", LOSSES)


@contextmanager
def measured(shipping: Shipping) -> Iterator[None]:
    """Its product has a size, so that every carrier takes it; afterwards every carrier may be asked again."""
    with db.workspace(shipping.workspace.id):
        variant = db.lock(db.get(Variant, shipping.world.variant(shipping.product).id))
        variant.length_mm, variant.width_mm, variant.height_mm = 200, 150, 40
    yield
    for name in KEYS:
        http.breaker(carrier.profiles()[name].name).success()


@dataclass
class Way:
    """One account of one carrier, on which answers get lost."""

    shipping: Shipping
    kind: str
    loss: str
    monkeypatch: pytest.MonkeyPatch
    account_id: UUID
    parcel: Parcel = field(init=False)

    def lose(self, method: str) -> None:
        """The next answer to this method is lost; jobs that are due run into it."""
        self.shipping.fault(path=f"/{self.kind}/*", method=method, **LOSSES[self.loss])
        with self.monkeypatch.context() as patched:
            if self.loss == "time-out":
                patched.setattr(http, "call", impatient(http.call))
            self.shipping.run()

    def again(self) -> None:
        """The same jobs, when their next turn comes."""
        with db.system("jobs") as session:
            waiting = (OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.name.like("shipping.%"))
            session.execute(update(OutboxJob).where(*waiting).values(due_at=func.now()))
        self.shipping.run()

    def effects(self, kind: str, count: int) -> list[dict[str, Any]]:
        """The sandbox's ledger, once it is as long as it must be; a slow request may still be on its way."""
        wait_until(lambda: len(self.shipping.effects(kind)) >= count, f"{count} {kind} in the ledger")
        found = self.shipping.effects(kind)
        assert len(found) == count, found
        return found

    def label(self) -> Label:
        return self.shipping.label(self.parcel)

    def one(self, model: Any) -> Any:
        with db.workspace(self.shipping.workspace.id) as session:
            return session.scalars(select(model).execution_options(populate_existing=True)).one()


def impatient(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **options: call(*args, **{**options, "timeout": (1, PATIENCE)})
