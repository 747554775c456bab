"""Stripe through its official library: time limits, our own idempotency keys, errors translated, facts returned."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import stripe

from app.core import settings
from app.payments.gateway import (
    AccountFacts,
    CheckoutFacts,
    CheckoutRequest,
    DisputeFacts,
    EvidenceFile,
    PayoutFacts,
    RefundFacts,
    TransferRequest,
)
from app.payments.gateways.stripe_errors import translated
from app.payments.gateways.stripe_facts import (
    account_facts,
    checkout_facts,
    dispute_facts,
    payout_facts,
    plain,
    refund_facts,
)

TIMEOUT, RETRIES = (2, 8), 1  # a job makes two calls at most, so its worst case stays under 45 s
WITH_CHARGE = ["payment_intent.latest_charge.balance_transaction"]
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
PER_PAGE = 100
MOST_LINES = 100


@cache
def _client(secret_key: str, base: str, retries: int) -> stripe.StripeClient:
    bases = cast(Any, dict.fromkeys(("api", "connect", "files", "meter_events"), base))
    return stripe.StripeClient(
        secret_key,
        base_addresses=bases,
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=cast(Any, TIMEOUT)),
    )


class StripeGateway:
    """The Gateway port over Stripe's API."""

    @property
    def _v1(self) -> Any:
        chosen = settings.current()
        return _client(chosen.stripe_secret_key, chosen.stripe_api_base, RETRIES).v1

    # --- hosted checkout
    def open_checkout(self, request: CheckoutRequest, key: str) -> CheckoutFacts:
        with translated():
            return checkout_facts(
                self._v1.checkout.sessions.create(_checkout_params(request), {"idempotency_key": key})
            )

    def checkout(self, session_id: str) -> CheckoutFacts:
        with translated():
            return checkout_facts(self._v1.checkout.sessions.retrieve(session_id, {"expand": WITH_CHARGE}))

    def find_checkout(self, email: str, payment_id: UUID, since: datetime) -> CheckoutFacts | None:
        """A page that was made for this payment although its answer was lost."""
        wanted = {
            "customer_details": {"email": email},
            "created": {"gte": int(since.timestamp())},
            "limit": PER_PAGE,
        }
        with translated():
            for found in self._v1.checkout.sessions.list(wanted).auto_paging_iter():
                facts = checkout_facts(found)
                if facts.payment_id == str(payment_id):
                    return facts
        return None

    def close_checkout(self, session_id: str) -> None:
        with translated():
            self._v1.checkout.sessions.expire(session_id)

    # --- sellers' accounts
    def create_account(self, workspace_id: UUID, country: str, email: str, key: str) -> str:
        params = {
            "country": country,
            "email": email,
            "controller": {
                "stripe_dashboard": {"type": "express"},
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
            },
            "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
            "metadata": {"workspace_id": str(workspace_id)},
        }
        with translated():
            return str(self._v1.accounts.create(params, {"idempotency_key": key}).id)

    def account(self, account_id: str) -> AccountFacts:
        with translated():
            return account_facts(self._v1.accounts.retrieve(account_id))

    def onboarding_url(self, account_id: str, refresh_url: str, return_url: str) -> str:
        params = {
            "account": account_id,
            "type": "account_onboarding",
            "refresh_url": refresh_url,
            "return_url": return_url,
            "collection_options": {"fields": "eventually_due"},
        }
        with translated():
            return str(self._v1.account_links.create(params).url)

    def dashboard_url(self, account_id: str) -> str:
        with translated():
            return str(self._v1.accounts.login_links.create(account_id).url)

    # --- transfers
    def send(self, request: TransferRequest, key: str) -> str:
        params = {
            "amount": request.amount_minor,
            "currency": request.currency.lower(),
            "destination": request.account_id,
            "transfer_group": request.group,
            "metadata": {"transfer_id": str(request.transfer_id), "part_id": str(request.part_id)},
        }
        if request.charge_id:
            params["source_transaction"] = request.charge_id
        with translated():
            return str(self._v1.transfers.create(params, {"idempotency_key": key}).id)

    def find_transfer(self, group: str, transfer_id: UUID) -> str | None:
        with translated():
            for found in self._v1.transfers.list({"transfer_group": group, "limit": PER_PAGE}).auto_paging_iter():
                doc = plain(found)
                if (doc.get("metadata") or {}).get("transfer_id") == str(transfer_id):
                    return str(doc["id"])
        return None

    def take_back(self, stripe_transfer_id: str, amount_minor: int, reversal_id: UUID, key: str) -> str:
        params = {"amount": amount_minor, "metadata": {"reversal_id": str(reversal_id)}}
        with translated():
            return str(self._v1.transfers.reversals.create(stripe_transfer_id, params, {"idempotency_key": key}).id)

    def find_reversal(self, stripe_transfer_id: str, reversal_id: UUID) -> str | None:
        with translated():
            for found in self._v1.transfers.reversals.list(stripe_transfer_id, {"limit": PER_PAGE}).auto_paging_iter():
                doc = plain(found)
                if (doc.get("metadata") or {}).get("reversal_id") == str(reversal_id):
                    return str(doc["id"])
        return None

    # --- refunds, disputes, payouts
    def refund(
        self, charge_id: str, amount_minor: int, reason: str, refund_id: UUID, order_id: UUID, key: str
    ) -> RefundFacts:
        params: dict[str, Any] = {
            "charge": charge_id,
            "amount": amount_minor,
            "metadata": {"refund_id": str(refund_id), "order_id": str(order_id)},
        }
        if reason in REASONS:
            params["reason"] = reason
        with translated():
            return refund_facts(self._v1.refunds.create(params, {"idempotency_key": key}))

    def payment_of(self, charge_id: str) -> str | None:
        """Which payment of ours a charge says it is for, if it does."""
        with translated():
            charge = plain(self._v1.charges.retrieve(charge_id))
        return (charge.get("metadata") or {}).get("payment_id")

    def refunds_of(self, charge_id: str) -> Sequence[RefundFacts]:
        """Every refund of a charge, oldest first."""
        with translated():
            found = self._v1.refunds.list({"charge": charge_id, "limit": PER_PAGE}).auto_paging_iter()
            return [refund_facts(one) for one in found][::-1]

    def dispute(self, dispute_id: str) -> DisputeFacts:
        with translated():
            return dispute_facts(self._v1.disputes.retrieve(dispute_id))

    def upload_evidence(self, paper: EvidenceFile) -> str:
        stream = io.BytesIO(paper.data)
        stream.name = paper.name
        with translated():
            return str(self._v1.files.create({"purpose": "dispute_evidence", "file": stream}).id)

    def submit_evidence(self, dispute_id: str, text: str, files: Mapping[str, str], key: str) -> None:
        """Answer the bank, once and for good. `files` are kind → id of an uploaded file."""
        evidence = {**files, "uncategorized_text": text} if text else dict(files)
        with translated():
            self._v1.disputes.update(dispute_id, {"evidence": evidence, "submit": True}, {"idempotency_key": key})

    def payout(self, account_id: str, payout_id: str) -> PayoutFacts:
        with translated():
            return payout_facts(self._v1.payouts.retrieve(payout_id, None, {"stripe_account": account_id}))

    # --- events
    def subscriptions(self) -> dict[str, set[str]]:
        """Address of each enabled webhook endpoint → the events it is sent (`*` is all of them)."""
        found: dict[str, set[str]] = {}
        with translated():
            for endpoint in self._v1.webhook_endpoints.list({"limit": PER_PAGE}).auto_paging_iter():
                if endpoint.status == "enabled":
                    found.setdefault(str(endpoint.url), set()).update(endpoint.enabled_events)
        return found

    def events_since(self, moment: datetime, account_id: str | None) -> Iterator[dict[str, Any]]:
        """Stored events, oldest first (Stripe keeps them for 30 days); of one seller's account when given."""
        wanted = {"created": {"gte": int(moment.timestamp())}, "limit": PER_PAGE}
        options = {"stripe_account": account_id} if account_id else {}
        with translated():
            found = [event.to_dict(for_json=True) for event in self._v1.events.list(wanted, options).auto_paging_iter()]
        yield from reversed(found)


def _checkout_params(request: CheckoutRequest) -> dict[str, Any]:
    ours = {"payment_id": str(request.payment_id), "reference_id": str(request.reference_id)}
    return {
        "mode": "payment",
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": str(request.reference_id),
        "customer_email": request.email,
        "expires_at": int(request.expires_at.timestamp()),
        "line_items": [_line_item(line, request.currency) for line in _fitting(request.lines)],
        "metadata": ours,
        "payment_intent_data": {"transfer_group": str(request.reference_id), "metadata": ours},
    }


def _fitting(lines: Sequence[Any]) -> Sequence[Any]:
    """A page lists at most 100 items; of a longer cart the rest is one item with their sum."""
    if len(lines) <= MOST_LINES:
        return lines
    shown, rest = lines[: MOST_LINES - 1], lines[MOST_LINES - 1 :]
    total = sum(int(line["amount_minor"]) * int(line["quantity"]) for line in rest)
    return [*shown, {"name": f"{len(rest)} more items", "amount_minor": total, "quantity": 1}]


def _line_item(line: Any, currency: str) -> dict[str, Any]:
    product: dict[str, Any] = {"name": str(line["name"])[:250]}
    if str(line.get("image") or "").startswith("https://"):
        product["images"] = [line["image"]]
    return {
        "quantity": int(line["quantity"]),
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": int(line["amount_minor"]),
            "product_data": product,
        },
    }
