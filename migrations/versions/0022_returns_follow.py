"""A buyer sees the returns of their own orders, whoever they were when they asked: a purchase may have changed hands since."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
BUYER = "(select current_setting('app.scope', true)) = 'buyer'"
OWN = "exists (select 1 from orders o where o.workspace_id = returns.workspace_id and o.id = returns.order_id)"


def upgrade() -> None:
    op.execute("drop policy buyer on returns")
    op.execute(f"create policy buyer on returns for select using ({BUYER} and {OWN})")


def downgrade() -> None:
    op.execute("drop policy buyer on returns")
    op.execute(f"create policy buyer on returns for select using ({BUYER} and buyer_id = {USER})")
