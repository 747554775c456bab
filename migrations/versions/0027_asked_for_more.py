"""Buyers who ask for more downloads are found without reading every order's timeline."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_order_events_asked",
        "order_events",
        ["workspace_id", "id"],
        postgresql_where=sa.text("data ->> 'asked' is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_order_events_asked", "order_events")
