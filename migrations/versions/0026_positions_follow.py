"""How far somebody is in a purchase stays with it when it changes hands, as its downloads and marks do."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
BUYER = "(select current_setting('app.scope', true)) = 'buyer'"
OWN = "exists (select 1 from grants g where g.workspace_id = positions.workspace_id and g.id = positions.grant_id)"


def upgrade() -> None:
    _policy(OWN)


def downgrade() -> None:
    _policy(f"buyer_id = {USER}")


def _policy(rule: str) -> None:
    op.execute("drop policy buyer on positions")
    op.execute(f"create policy buyer on positions for all using ({BUYER} and {rule}) with check ({BUYER} and {rule})")
