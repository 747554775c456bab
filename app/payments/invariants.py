"""What must always hold of the money, as queries that return the rows that break it (RELIABILITY.md R31)."""

from dataclasses import dataclass

import structlog
from prometheus_client import Gauge
from sqlalchemy import text

from app.core import db

log = structlog.get_logger()
BROKEN = Gauge("guildhall_money_violations", "Rows that break a rule of the money, by rule", ["rule"])
SHOWN = 20

RULES = {
    "ledger_balances": """
        select workspace_id::text || ' ' || transaction_id::text from ledger_entries
        group by workspace_id, transaction_id, currency having sum(amount_minor) <> 0""",
    "parts_make_the_payment": """
        select p.id::text from payments p join payment_parts t on t.payment_id = p.id
        group by p.id having sum(t.amount_minor) <> p.amount_minor""",
    "refunds_within_part": """
        select t.workspace_id::text || ' ' || t.id::text from payment_parts t
        left join refunds r on r.workspace_id = t.workspace_id and r.part_id = t.id and r.state not in ('failed', 'canceled')
        group by t.workspace_id, t.id
        having coalesce(sum(r.amount_minor), 0) <> t.refunded_minor or t.refunded_minor > t.amount_minor""",
    "refunds_within_payment": """
        select p.id::text from payments p join payment_parts t on t.payment_id = p.id
        group by p.id having sum(t.refunded_minor) <> p.refunded_minor or p.refunded_minor > p.amount_minor""",
    "transfers_within_part": """
        select t.workspace_id::text || ' ' || t.id::text from payment_parts t
        join transfers x on x.workspace_id = t.workspace_id and x.part_id = t.id and x.state <> 'void'
        group by t.workspace_id, t.id
        having sum(x.amount_minor - x.withheld_minor - x.reversed_minor)
            > t.amount_minor - t.fee_minor - least(t.provider_fee_minor, t.amount_minor - t.fee_minor)""",
    "sent_transfers_are_booked": """
        select x.workspace_id::text || ' ' || x.id::text from transfers x
        where x.state = 'sent' and not exists (
            select 1 from ledger_transactions l where l.workspace_id = x.workspace_id and l.key = 'transfer:' || x.id)""",
    "paid_parts_are_booked": """
        select t.workspace_id::text || ' ' || t.id::text from payment_parts t join payments p on p.id = t.payment_id
        where p.state = 'paid' and p.paid_at < now() - interval '15 minutes' and not exists (
            select 1 from ledger_transactions l
            where l.workspace_id = t.workspace_id and l.key = 'sale:' || t.order_id)""",
    "flagged_payments": "select id::text from payments where state = 'flagged'",
    "platform_mirrors_sellers": f"""
        select currency from ledger_entries where account = 'clearing'
        group by currency
        having sum(amount_minor) filter (where workspace_id <> '{db.PLATFORM}')
            <> -coalesce(sum(amount_minor) filter (where workspace_id = '{db.PLATFORM}'), 0)""",
}


@dataclass(frozen=True)
class Violation:
    """A rule and the row (as text) that breaks it."""

    rule: str
    row: str


def violations() -> list[Violation]:
    """Every broken rule, at most 20 rows of each. Empty on a good day."""
    found = []
    with db.system("check money") as session:
        for rule, query in RULES.items():
            rows = session.scalars(text(f"select * from ({query}) broken limit {SHOWN}")).all()
            found += [Violation(rule, str(row)) for row in rows]
    return found


def check() -> list[Violation]:
    """Look, count and say it loudly."""
    found = violations()
    for rule in RULES:
        BROKEN.labels(rule).set(sum(1 for one in found if one.rule == rule))
    for one in found:
        log.error("payments.invariant_broken", rule=one.rule, row=one.row)
    return found
