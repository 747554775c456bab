"""What a seller tells everybody who bought a product, read only by them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
OPEN = (
    "exists (select 1 from grants g where g.workspace_id = buyer_notes.workspace_id"
    " and g.product_id = buyer_notes.product_id and g.revoked_at is null and g.starts_at <= statement_timestamp()"
    " and (g.ends_at is null or g.ends_at > statement_timestamp()))"
)
"""A buyer sees their own grants only."""
POLICIES = (
    ("system", "all", f"{SCOPE} = 'system'"),
    ("member", "all", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}"),
    ("buyer", "select", f"{SCOPE} = 'buyer' and {OPEN}"),
)


def upgrade() -> None:
    op.create_table(
        "buyer_notes",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "product_id"],
            ["products.workspace_id", "products.id"],
            name=op.f("fk_buyer_notes_workspace_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_buyer_notes")),
        sa.UniqueConstraint("workspace_id", "product_id", name=op.f("uq_buyer_notes_workspace_id_product_id")),
    )
    op.execute("alter table buyer_notes enable row level security")
    op.execute("alter table buyer_notes force row level security")
    op.execute("grant select, insert, update, delete on buyer_notes to guildhall_app")
    for name, command, rule in POLICIES:
        check = f" with check ({rule})" if command == "all" else ""
        op.execute(f"create policy {name} on buyer_notes for {command} using ({rule}){check}")


def downgrade() -> None:
    op.drop_table("buyer_notes")
