"""Keys between tables of one workspace."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint


def owned_by(table: str, column: str, **options: Any) -> ForeignKeyConstraint:
    """A key that cannot leave the workspace: referential checks bypass row-level security (ARCHITECTURE.md §7)."""
    return ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"], **options)
