"""Double clicks and repeated POSTs: one key, one effect, the same answer (R27)."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db
from app.core.errors import Refused
from app.core.ids import new_id


class KeyReused(Refused):
    status = 409
    message = "This form was already sent with other content. Open the page again to see what was saved; nothing was charged twice."


class IdempotencyKey(db.Base):
    __tablename__ = "idempotency_keys"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    owner: Mapped[UUID]
    key: Mapped[str]
    digest: Mapped[str]
    answer: Mapped[str]
    created_at: Mapped[db.When] = mapped_column(server_default=text("now()"))
    __table_args__ = (UniqueConstraint("owner", "key"),)


def once(owner: UUID, key: str, content: Any, act: Any) -> str:
    """Run `act()` (returns a short text, such as an id or an address) once per (owner, key); later calls get its answer.

    A second call waits for the first one's transaction. Raises KeyReused when the content differs.
    """
    digest = hashlib.sha256(repr(content).encode()).hexdigest()
    session = db.session()
    with db.system("idempotency"):
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 11))"), {"key": f"{owner}:{key}"})
        known = session.scalars(
            select(IdempotencyKey).where(IdempotencyKey.owner == owner, IdempotencyKey.key == key)
        ).one_or_none()
    if known is not None:
        if known.digest != digest:
            raise KeyReused
        return known.answer
    answer = str(act())
    with db.system("idempotency"):
        session.execute(
            insert(IdempotencyKey).values(id=new_id(), owner=owner, key=key[:200], digest=digest, answer=answer)
        )
    return answer
