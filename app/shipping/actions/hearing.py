"""News from carriers: whose they are, whether they are genuine, and what they change.

The account is named in the address that the provider was given; its own secret signs the body (TRAPS.md B18, B19).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.inbox import Message, NotGenuine
from app.core.port import Forged, Headers
from app.shipping import carrier
from app.shipping.actions import accounts, tracking
from app.shipping.carrier import News
from app.shipping.models import CarrierAccount


def hear(
    kind: str, account_id: UUID, headers: Headers, raw: bytes, query: Mapping[str, str] | None = None
) -> list[Message]:
    """What a webhook says. Raises NotFound for an account that is not of this kind, NotGenuine when it was not signed by it."""
    with db.system("carrier news") as session:
        wanted = select(CarrierAccount).where(CarrierAccount.id == account_id, CarrierAccount.kind == kind)
        account = session.scalars(wanted.where(CarrierAccount.state != "removed")).one_or_none()
        if account is None:
            raise NotFound
        with db.workspace(account.workspace_id):
            connection = accounts.connection(account)
    try:
        news = carrier.adapter(kind).read_news(connection, headers, raw, query)
    except (Forged, ValueError) as error:
        raise NotGenuine from error
    owner = {"workspace_id": str(account.workspace_id), "account_id": str(account.id)}
    return [
        Message(f"{account.id}:{one.remote_id}"[:200], one.kind, {**owner, "news": msgspec.to_builtins(one)})
        for one in news
    ]


def apply(body: Mapping[str, Any]) -> None:
    """Apply one stored message, in the transaction that marks it handled."""
    news = msgspec.convert(body["news"], News)
    tracking.apply(UUID(body["workspace_id"]), UUID(body["account_id"]), news)
