"""A browser on the seller's pages of shipping."""

import re
from typing import Any

from app.core import db
from app.orders.models import Order
from tests.shipping.parceling import Shipping


class Desk:
    """A browser on the seller's pages; forms carry their token."""

    def __init__(self, client: Any, slug: str) -> None:
        self.client, self.base = client, f"/w/{slug}/shipping"

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path if path.startswith("/w/") else self.base + path)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def post(self, path: str, status: int = 303, **form: Any) -> Any:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/settings"))
        assert token
        answer = self.client.post(self.base + path, data={"csrf_token": token[1], **form})
        assert answer.status_code == status, answer.text
        return answer


def number(shipping: Shipping, order: Order) -> int:
    with db.workspace(shipping.workspace.id):
        return db.get(Order, order.id).number
