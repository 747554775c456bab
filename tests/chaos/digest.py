"""What became of everything, without the ids and moments that differ between two histories."""

import hashlib
import json
from typing import Any

from sqlalchemy import text

from app.core import db

PARTS = {
    "payments": "select p.state, p.amount_minor, p.refunded_minor, p.charge_id, p.provider_fee_minor from payments p",
    "parts": "select q.charge_id, p.state, p.refunded_minor, p.fee_refunded_minor, p.provider_fee_refunded_minor,"
    " p.disputed_minor, p.provider_fee_minor from payment_parts p join payments q on q.id = p.payment_id",
    "orders": "select p.charge_id, o.state, o.payment_state, o.refunded_minor, o.total_minor from orders o"
    " join payments p on p.reference_id = o.group_id",
    "refunds": "select r.stripe_refund_id, r.state, r.amount_minor, r.fee_minor from refunds r",
    "disputes": "select d.stripe_dispute_id, d.status, d.amount_minor from disputes d",
    "transfers": "select p.charge_id, t.state, t.amount_minor - t.withheld_minor from transfers t"
    " join payment_parts q on q.workspace_id = t.workspace_id and q.id = t.part_id join payments p on p.id = q.payment_id",
    "ledger": "select t.kind, e.account, e.currency, sum(e.amount_minor) from ledger_entries e"
    " join ledger_transactions t on t.workspace_id = e.workspace_id and t.id = e.transaction_id group by 1, 2, 3",
    "facts": "select name, count(*) from outbox_events where name in ('payments.PaymentPaid', 'orders.OrderPaid') group by 1",
    "mails": "select split_part(reason, ':', 1), template, count(*) from mails group by 1, 2",
    "accounts": "select stripe_account_id, state from seller_accounts",
}


def digest() -> dict[str, list[list[str]]]:
    """Sorted rows by kind."""
    with db.system("test world") as session:
        return {
            name: sorted([str(value) for value in row] for row in session.execute(text(statement)))
            for name, statement in PARTS.items()
        }


def hashed(found: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
