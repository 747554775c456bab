"""How files are stamped, the copies that were made for one buyer, and who looked whose copy a leak is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
MINE = "exists (select 1 from grants g where g.workspace_id = copies.workspace_id and g.id = copies.grant_id)"


def upgrade() -> None:
    op.add_column("files", sa.Column("stamped", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("files", sa.Column("stamp_text", sa.String(), nullable=False, server_default=""))
    op.add_column("files", sa.Column("stampable", sa.String(), nullable=True))
    _copies()
    _traces()
    for table in ("copies", "traces"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", "all", f"{SCOPE} = 'system'")
        _policy(table, "member", "all", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}")
    _policy("copies", "buyer", "select", f"{SCOPE} = 'buyer' and {MINE}")


def _policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


def _key(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{other}.workspace_id", f"{other}.id"],
        name=op.f(f"fk_copies_workspace_id_{column}"),
    )


def _copies() -> None:
    op.create_table(
        "copies",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("look", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'ready', 'failed', 'cleared')", name=op.f("ck_copies_state")),
        _key("grant_id", "grants"),
        _key("file_id", "files"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_copies")),
        sa.UniqueConstraint(
            "workspace_id",
            "grant_id",
            "file_id",
            "settings",
            name=op.f("uq_copies_workspace_id_grant_id_file_id_settings"),
        ),
        sa.UniqueConstraint("mark", name=op.f("uq_copies_mark")),
    )
    op.create_index("ix_copies_file", "copies", ["workspace_id", "file_id"])
    op.create_index("ix_copies_ready_at", "copies", ["ready_at"], postgresql_where=sa.text("state = 'ready'"))


def _traces() -> None:
    op.create_table(
        "traces",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("result", JSONB(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('looking', 'found', 'none', 'failed')", name=op.f("ck_traces_state")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_traces")),
    )
    op.create_index("ix_traces_newest", "traces", ["workspace_id", "id"])


def downgrade() -> None:
    for table in ("traces", "copies"):
        op.drop_table(table)
    for column in ("stampable", "stamp_text", "stamped"):
        op.drop_column("files", column)
