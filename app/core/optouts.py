"""One click ends letters of one kind from a shop to an address, with or without an account (RFC 8058), and its undoing."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from app.core import db, settings, signing
from app.core.ids import new_id

LIVES = 400 * 86_400
"""Seconds that a link in a letter works: mails are kept for long."""


@dataclass(frozen=True)
class Standing:
    """What a link is about. `shop` is its name; `on`: its letters still come."""

    shop: str
    on: bool


@dataclass(frozen=True)
class OptOuts:
    """`purpose` sets its links apart, `place` is its page below /unsubscribe, `model` keeps `shop_id` and `email` (in lower case) of
    those who want no more, `shop` is the table of shops."""

    purpose: str
    place: str
    model: Any
    shop: Any

    def token(self, workspace_id: UUID, shop_id: UUID, email: str) -> str:
        return signing.sign(self.purpose, [str(workspace_id), str(shop_id), email.lower()])

    def headers(self, token: str) -> dict[str, str]:
        """What mail programs show as a button of their own, and press without opening a page (RFC 8058 §3.1)."""
        address = f"{settings.current().app_url}/unsubscribe/{self.place}/{token}"
        return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

    def standing(self, token: str) -> Standing:
        """Raises BadLink."""
        workspace_id, shop_id, email = self._read(token)
        with db.workspace(workspace_id) as session:
            off = exists().where(self.model.shop_id == shop_id, self.model.email == email)
            return Standing(db.get(self.shop, shop_id).name, not session.scalar(select(off)))

    def stop(self, token: str) -> None:
        """No more of them to this address. Doing it twice changes nothing. Raises BadLink."""
        workspace_id, shop_id, email = self._read(token)
        with db.workspace(workspace_id) as session:
            row = {"workspace_id": workspace_id, "id": new_id(), "shop_id": shop_id, "email": email}
            session.execute(insert(self.model).values(row | {"created_at": db.now()}).on_conflict_do_nothing())

    def resume(self, token: str) -> None:
        """Raises BadLink."""
        workspace_id, shop_id, email = self._read(token)
        with db.workspace(workspace_id) as session:
            session.execute(delete(self.model).where(self.model.shop_id == shop_id, self.model.email == email))

    def _read(self, token: str) -> tuple[UUID, UUID, str]:
        workspace_id, shop_id, email = signing.unsign(self.purpose, token, LIVES)
        return UUID(workspace_id), UUID(shop_id), str(email)
