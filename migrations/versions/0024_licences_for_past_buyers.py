"""Licences for those who bought before there were any: since when keys are given to them, to how many, and when it was done."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

ONE_TO_MANY = """
update mails set context = context - 'key' || jsonb_build_object('keys', jsonb_build_array(context -> 'key'))
where template = 'licence_ready' and context ? 'key'
"""
"""Mails that wait meanwhile were written for one key; the template takes several."""


def upgrade() -> None:
    op.add_column("licence_offers", sa.Column("giving_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("licence_offers", sa.Column("giving_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("licence_offers", sa.Column("given_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_grants_workspace_id_product_id", "grants", ["workspace_id", "product_id"], unique=False)
    op.execute(ONE_TO_MANY)


def downgrade() -> None:
    op.drop_index("ix_grants_workspace_id_product_id", "grants")
    for column in ("given_at", "giving_count", "giving_since"):
        op.drop_column("licence_offers", column)
