"""Shopee's returns in our words."""

from collections.abc import Mapping
from typing import Any

from app.channels.order_facts import CancelLine, ReturnFacts
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee_errors import NAME
from app.channels.platforms.shopee_line import Line
from app.channels.platforms.shopee_words import at, cents, ref, said, whole
from app.core.errors import ProviderError
from app.core.wire import mapping, rows

REFUND_ALONE = 1
"""`return_solution`: 0 is return and refund, 1 refund alone."""


def read(found: Mapping[str, Any]) -> ReturnFacts:
    status, currency = said(found.get("status")), said(found.get("currency"))
    kept = whole(found.get("return_solution")) == REFUND_ALONE or found.get("needs_logistics") is False
    return ReturnFacts(
        id=said(found.get("return_sn")),
        order_id=said(found.get("order_sn")),
        state=states.RETURNS.get(status, "unknown"),
        status=status,
        reason=said(found.get("text_reason")) or said(found.get("reason")),
        refund_minor=cents(found.get("refund_amount"), currency),
        currency=currency,
        items=[
            CancelLine(ref(one.get("item_id"), one.get("model_id")), whole(one.get("amount")))
            for one in rows(found.get("item"))
        ],
        goods_come_back=not kept,
        tracking_number=said(found.get("tracking_number")),
        created_at=at(found.get("create_time")),
        updated_at=at(found.get("update_time")),
        raw=found,
    )


def confirm(line: Line, return_id: str) -> None:
    line.post("/api/v2/returns/confirm", {"return_sn": return_id})


def dispute(line: Line, return_id: str, email: str, words: str) -> None:
    """Raises ProviderError (permanent) for what Shopee wants and we do not have: an e-mail address, or pictures."""
    if not email:
        message = "wants the shop's e-mail address for a dispute; add it to the connection. Nothing was sent"
        raise ProviderError(NAME, message, permanent=True, remote_code="email")
    found = line.get("/api/v2/returns/get_return_dispute_reason", return_sn=return_id)
    reason = _reason(mapping(found.get("response")).get("dispute_reason_list"))
    if reason is None:
        message = "wants pictures for this dispute; open it in Seller Centre. Nothing was sent"
        raise ProviderError(NAME, message, permanent=True, remote_code="evidence")
    body = {"return_sn": return_id, "email": email, "dispute_reason_id": reason, "dispute_text_reason": words}
    line.post("/api/v2/returns/dispute", body)


def _reason(listed: Any) -> int | None:
    """The first reason that asks for no evidence, since words are all we have; None where every one asks for some."""
    for one in rows(listed):
        wanted = [module for module in rows(one.get("evidence_module_list")) if module.get("is_required") is not False]
        if not wanted:
            return whole(one.get("dispute_reason"))
    return None
