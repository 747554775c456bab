"""Uploads in pieces, what a zip says of a file, what is only listened to, and how far somebody is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
TABLES = ("uploads", "positions")


def upgrade() -> None:
    op.add_column("files", sa.Column("crc32", sa.BigInteger(), nullable=True))
    op.add_column("files", sa.Column("stream_only", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("downloads", sa.Column("way", sa.String(), nullable=False, server_default="download"))
    op.create_check_constraint(op.f("ck_downloads_way"), "downloads", "way in ('download', 'zip', 'play', 'read')")
    _uploads()
    _positions()
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", f"{SCOPE} = 'system'")
    _policy("uploads", "member", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}")
    _policy("positions", "buyer", f"{SCOPE} = 'buyer' and buyer_id = {USER}")


def _policy(table: str, name: str, rule: str) -> None:
    op.execute(f"create policy {name} on {table} for all using ({rule}) with check ({rule})")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{other}.workspace_id", f"{other}.id"],
        name=op.f(f"fk_{table}_workspace_id_{column}"),
    )


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("waits_for", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('receiving', 'checking', 'done', 'refused', 'given_up')", name=op.f("ck_uploads_state")
        ),
        sa.CheckConstraint("received between 0 and size", name=op.f("ck_uploads_received")),
        _key("uploads", "product_id", "products"),
        _key("uploads", "variant_id", "variants"),
        _key("uploads", "replaces_id", "files"),
        _key("uploads", "file_id", "files"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_product", "uploads", ["workspace_id", "product_id", "id"], unique=False)
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"], unique=False)


def _positions() -> None:
    op.create_table(
        "positions",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("spot", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "spot between 0 and 1000000 and part between 0 and 1000 and size between 1 and 5",
            name=op.f("ck_positions_within"),
        ),
        _key("positions", "grant_id", "grants"),
        _key("positions", "file_id", "files"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_positions")),
        sa.UniqueConstraint(
            "workspace_id",
            "grant_id",
            "file_id",
            "device",
            name=op.f("uq_positions_workspace_id_grant_id_file_id_device"),
        ),
    )
    op.create_index("ix_positions_buyer_id", "positions", ["buyer_id"], unique=False)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_constraint(op.f("ck_downloads_way"), "downloads", type_="check")
    op.drop_column("downloads", "way")
    op.drop_column("files", "stream_only")
    op.drop_column("files", "crc32")
