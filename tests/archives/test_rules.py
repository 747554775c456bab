"""Nothing leaves by accident: each table and each column of a workspace has a decision."""

import re

from sqlalchemy import Table
from sqlalchemy.sql.visitors import iterate

from app.archives import own
from app.archives.rules import RULES
from app.core.ids import new_id
from app.models import metadata

TENANT = {
    table.name: {column.name for column in table.c} - {"workspace_id"}
    for table in metadata.sorted_tables
    if "workspace_id" in table.c and not table.c.workspace_id.nullable and "id" in table.c
}
OPENS = re.compile(r"secret|token|password|credential|nonce|hash$|_key$|^key$|session")
NAMES_ONLY = {
    "audit_entries.prev_hash",  # the chain that proves the trail was not changed
    "audit_entries.hash",
    "audit_anchors.hash",
    "ledger_transactions.key",  # names the fact that was booked
    "tracking_events.key",  # tells a repeated scan from a new one
    "order_lines.channel_key",  # the platform's name of an item
}


def test_every_table_has_a_decision() -> None:
    """A new table of workspaces leaves with their archive, or `stays` says why not (app/archives/rules)."""
    assert {name for name in TENANT if name not in RULES} == set()
    assert {name for name in RULES if name not in TENANT} == set()


def test_every_column_of_what_leaves_has_a_decision() -> None:
    """A new column is listed among those that leave, or withheld for one of the reasons (app/archives/rules)."""
    open_questions = {
        f"{rule.table}.{name}"
        for rule in RULES.values()
        if not rule.stays
        for name in TENANT[rule.table] ^ (set(rule.columns) | set(rule.withheld))
    }
    assert open_questions == set()
    twice = {f"{rule.table}.{name}" for rule in RULES.values() for name in rule.columns if name in rule.withheld}
    assert twice == set()


def test_what_sounds_like_a_secret_is_withheld() -> None:
    leaving = {f"{rule.table}.{name}" for rule in RULES.values() for name in rule.columns if OPENS.search(name)}
    assert leaving == NAMES_ONLY


def test_every_table_that_knows_people_is_in_their_own_archive_or_left_out_with_a_reason() -> None:
    someone = new_id()
    statements = [
        *own._account(someone).values(),
        *own._bought(someone).values(),
        *own._received(someone).values(),
        *own._said(someone).values(),
    ]
    packed = {table.name for one in statements for table in iterate(one, {}) if isinstance(table, Table)}
    packed |= {"forum_pictures"}
    persons = {
        name
        for name, table in metadata.tables.items()
        if {"user_id", "buyer_id", "author_id", "owner_id"} & set(table.c.keys())
    }
    assert persons - packed - set(own.LEFT_OUT) == set()
    assert set(own.LEFT_OUT) <= persons - packed
