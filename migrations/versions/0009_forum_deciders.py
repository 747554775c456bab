"""Who decided, so that somebody else answers the appeal; and who answered it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("forum_moderations", sa.Column("actor_id", sa.Uuid(), nullable=True))
    op.add_column("forum_appeals", sa.Column("answered_by", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("forum_appeals", "answered_by")
    op.drop_column("forum_moderations", "actor_id")
