"""Licences for those who bought before there were any; and signers that are made before they sign, so that programs can learn of them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ONE_TO_MANY = """
update mails set context = context - 'key' || jsonb_build_object('keys', jsonb_build_array(context -> 'key'))
where template = 'licence_ready' and context ? 'key'
"""
"""Mails that wait meanwhile were written for one key; the template takes several."""


def upgrade() -> None:
    op.execute("select set_config('app.scope', 'system', true)")
    op.add_column("licence_offers", sa.Column("giving_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("licence_offers", sa.Column("giving_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("licence_offers", sa.Column("given_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_grants_workspace_id_product_id", "grants", ["workspace_id", "product_id"], unique=False)
    op.execute(ONE_TO_MANY)
    op.add_column("licence_signers", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update licence_signers set started_at = created_at")
    op.create_check_constraint(
        op.f("ck_licence_signers_retired"), "licence_signers", "retired_at is null or started_at is not null"
    )
    _one_of("present", "started_at is not null and retired_at is null")
    _one_of("next", "started_at is null")


def _one_of(name: str, condition: str) -> None:
    """At most one such signer in a workspace."""
    index = f"uq_licence_signers_{name}"
    op.execute(f"drop index if exists {index}")
    op.create_index(index, "licence_signers", ["workspace_id"], unique=True, postgresql_where=sa.text(condition))


def downgrade() -> None:
    op.execute("select set_config('app.scope', 'system', true)")
    op.execute("delete from licence_signers where started_at is null")
    op.drop_index("uq_licence_signers_next", "licence_signers")
    _one_of("present", "retired_at is null")
    op.drop_constraint("ck_licence_signers_retired", "licence_signers")
    op.drop_column("licence_signers", "started_at")
    op.drop_index("ix_grants_workspace_id_product_id", "grants")
    for column in ("given_at", "giving_count", "giving_since"):
        op.drop_column("licence_offers", column)
