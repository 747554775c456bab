"""When a TikTok order does not happen: cancellations, the seller's answers, returns (TIKTOK.md §8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.channel_facts import Page
from app.channels.order_facts import CancelLine, ReturnFacts
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_requests as asks
from app.channels.platforms.tiktok_calls import Calls
from app.channels.platforms.tiktok_errors import NAME
from app.channels.platforms.tiktok_orders import word
from app.core.errors import ProviderError
from app.core.wire import present, reading, rows, text

PENDING = "CANCELLATION_REQUEST_PENDING"
GRANTED = {"CANCELLATION_REQUEST_SUCCESS", "CANCELLATION_REQUEST_COMPLETE"}
REFUSED = {"CANCELLATION_REQUEST_CANCEL", "CANCELLATION_REQUEST_CANCELLED"}


@dataclass(frozen=True)
class After:
    """Cancellations and returns of a shop."""

    calls: Calls
    region: str

    def newest(self, order_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Order id → its cancellation: one that waits for an answer before any other, else the latest."""
        if not order_ids:
            return {}
        found = self._cancellations(order_ids=list(order_ids))
        return {text(one.get("order_id")): one for one in sorted(found, key=_weight)}

    def _cancellations(self, **wanted: Any) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        token = ""
        while True:
            page = self.calls.find(
                f"{asks.CANCELLATIONS}/search", wanted, page_size=asks.RETURNS_PAGE, page_token=token
            )
            found += rows(page.get("cancellations"))
            token = text(page.get("next_page_token"))
            if not token or not rows(page.get("cancellations")):
                return found

    def cancel(self, order_id: str, reason: str, lines: Sequence[CancelLine]) -> None:
        """TikTok says which reasons this order may have. What is cancelled already stays so, without an error."""
        if lines and self.region not in asks.PART_CANCELS:
            words = "cancels single items in the US and the UK only. Cancel the whole order; nothing was cancelled"
            raise ProviderError(NAME, words, permanent=True, remote_code="whole_only")
        try:
            eligible = self.calls.get(
                f"/return_refund/202602/orders/{order_id}/aftersale_eligibility",
                initiate_aftersale_user="SELLER",
                request_types="CANCEL",
            )
            chosen = asks.cancel_reason(eligible, reason)
            self.calls.slow(asks.CANCELLATIONS, asks.cancellation(order_id, chosen, lines))
        except ProviderError as error:
            if not _final(error) or not self._is_cancelled(order_id, lines):
                raise

    def _is_cancelled(self, order_id: str, lines: Sequence[CancelLine]) -> bool:
        """Whether all that was meant is cancelled by now."""
        found = rows(self.calls.get(asks.ORDER, ids=[order_id]).get("orders"))
        if not found or word(found[0].get("status")) == "CANCELLED":
            return bool(found)
        over = {
            text(one.get("id"))
            for one in rows(found[0].get("line_items"))
            if word(one.get("display_status")) == "CANCELLED"
        }
        meant = {one for line in lines for one in list(line.ids)[: line.quantity]}
        return bool(meant) and meant <= over

    def answer_cancellation(self, order_id: str, cancel_id: str, accept: bool) -> None:
        cancel_id = cancel_id or text(self.newest([order_id]).get(order_id, {}).get("cancel_id"))
        if not cancel_id:
            raise ProviderError(
                NAME, "has no wish to cancel for this order any more", permanent=True, remote_code="no_wish"
            )
        path = f"/return_refund/202309/cancellations/{cancel_id}/{'approve' if accept else 'reject'}"
        try:
            self.calls.slow(path, {} if accept else {"reject_reason": self._reject_reason(cancel_id)})
        except ProviderError as error:
            if not _final(error) or not self._is_answered(cancel_id, accept):
                raise

    def _is_answered(self, cancel_id: str, accept: bool) -> bool:
        """Whether the wish has been answered this way before."""
        found = self._cancellations(cancel_ids=[cancel_id])
        return bool(found) and text(found[0].get("cancel_status")) in (GRANTED if accept else REFUSED)

    def _reject_reason(self, asked_id: str) -> str:
        """The first of TikTok's reasons for a no; they depend on where the request stands."""
        found = rows(self.calls.get(asks.REJECT_REASONS, return_or_cancel_id=asked_id).get("reasons"))
        if not found:
            raise ProviderError(NAME, "does not let this be refused any more. Nothing was changed", permanent=True)
        return text(found[0].get("name"))

    # --- returns
    def returns(self, since: datetime, until: datetime, cursor: str) -> Page[ReturnFacts]:
        found = self.calls.find(
            asks.RETURNS,
            asks.span(since, until),
            page_size=asks.RETURNS_PAGE,
            page_token=cursor,
            sort_field="update_time",
            sort_order="ASC",
        )
        with reading(NAME):
            return Page(
                [facts.returned(one) for one in rows(found.get("return_orders"))], text(found.get("next_page_token"))
            )

    def answer_return(self, return_id: str, accept: bool, words: str) -> None:
        found = rows(self.calls.find(asks.RETURNS, {"return_ids": [return_id]}).get("return_orders"))
        if not found:
            raise ProviderError(NAME, "does not know this return", permanent=True, remote_code="no_return")
        said = asks.decision(found[0], accept)
        if accept:
            self.calls.slow(f"/return_refund/202309/returns/{return_id}/approve", {"decision": said})
            return
        body = {"decision": said, "reject_reason": self._reject_reason(return_id), "comment": words}
        self.calls.slow(f"/return_refund/202606/returns/{return_id}/reject", present(body))


def _weight(found: Mapping[str, Any]) -> tuple[bool, int]:
    return text(found.get("cancel_status")) == PENDING, facts.whole(found.get("update_time"))


def _final(error: ProviderError) -> bool:
    """A real no, which may mean that it was done before; not a matter of access."""
    return error.permanent and not isinstance(error, AccessExpired | AccessEnded)
