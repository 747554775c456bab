"""Archives of workspaces and of people, and those that are brought in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
RULES = {
    "archives": ("member", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}"),
    "archive_imports": ("member", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}"),
    "own_archives": ("buyer", f"{SCOPE} = 'buyer' and user_id = {USER}"),
}


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('asked', 'running', 'ready', 'failed', 'gone')", name=op.f("ck_archives_state")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_archives")),
    )
    op.create_index(
        "ix_archives_expiry", "archives", ["expires_at"], unique=False, postgresql_where=sa.text("state = 'ready'")
    )
    op.create_index(
        "uq_archives_under_way",
        "archives",
        ["workspace_id"],
        unique=True,
        postgresql_where=sa.text("state in ('asked', 'running')"),
    )
    op.create_table(
        "own_archives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'running', 'ready', 'failed', 'gone')", name=op.f("ck_own_archives_state")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_own_archives_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_archives")),
    )
    op.create_index(
        "ix_own_archives_expiry",
        "own_archives",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "uq_own_archives_under_way",
        "own_archives",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("state in ('asked', 'running')"),
    )
    op.create_table(
        "archive_imports",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('checking', 'checked', 'refused', 'bringing', 'done', 'failed')",
            name=op.f("ck_archive_imports_state"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_archive_imports")),
    )
    op.create_index(
        "uq_archive_imports_open",
        "archive_imports",
        ["workspace_id"],
        unique=True,
        postgresql_where=sa.text("state in ('checking', 'checked', 'bringing')"),
    )

    for table, (name, rule) in RULES.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        policy(table, "system", f"{SCOPE} = 'system'")
        policy(table, name, rule)


def policy(table: str, name: str, rule: str) -> None:
    op.execute(f"create policy {name} on {table} for all using ({rule}) with check ({rule})")


def downgrade() -> None:
    for table in RULES:
        op.drop_table(table)
