"""A browser on the seller's pages of channels, and what those pages left behind."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.channels.actions import runs
from app.channels.channel_facts import Ref
from app.channels.models import ChannelConnection, ChannelOrder, ChannelShipment
from app.core import db
from app.core.outbox import OutboxJob
from tests.channels.bazaar import Bazaar

PRINT = Ref("1729", "9001")
IN_LIST = {"from": "list"}


class Desk:
    """A browser on the seller's pages; forms carry their token."""

    def __init__(self, client: Any, slug: str) -> None:
        self.client, self.home, self.base = client, f"/w/{slug}", f"/w/{slug}/channels"

    def get(self, path: str = "", status: int = 200) -> str:
        answer = self.client.get(path if path.startswith("/") and path.startswith(self.home) else self.base + path)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def post(self, path: str, status: int = 303, **form: Any) -> Any:
        page = self.client.get("/discover").get_data(as_text=True)
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token
        place = self.home + path.removeprefix("/..") if path.startswith("/../") else self.base + path
        answer = self.client.post(place, data={"csrf_token": token[1], **form})
        assert answer.status_code == status, answer.text
        return answer


def jobs(name: str) -> list[dict[str, Any]]:
    """What waits to be done under this name."""
    with db.system("jobs") as session:
        found = session.scalars(select(OutboxJob).where(OutboxJob.name == name).order_by(OutboxJob.id))
        return [one.payload for one in found]


def connection(bazaar: Bazaar) -> ChannelConnection:
    with db.workspace(bazaar.workspace.id) as session:
        return session.get_one(ChannelConnection, (bazaar.workspace.id, bazaar.connection_id), populate_existing=True)


def run_of(bazaar: Bazaar, kind: str, done: int = 0, failed: int = 0, left: int | None = None) -> UUID:
    with db.workspace(bazaar.workspace.id):
        row = runs.begin(bazaar.connection_id, kind, "by hand")
        assert row is not None
        row.created_at = db.now() - timedelta(minutes=1)
        runs.moved(row, done=done, failed=failed, left=left)
        if failed:
            runs.failed_item(row, "Order 4711", "The currency XTS is not known")
        return row.id


def number(bazaar: Bazaar, row: ChannelOrder) -> int:
    return bazaar.order(row).number


def shipment(bazaar: Bazaar, row: ChannelOrder, **fields: Any) -> UUID:
    with db.workspace(bazaar.workspace.id):
        return db.add(ChannelShipment(channel_order_id=row.id, handover={}, **fields)).id


def version(bazaar: Bazaar, listing_id: UUID) -> int:
    return bazaar.listing(listing_id).version


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
