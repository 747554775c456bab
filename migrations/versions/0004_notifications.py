"""Notifications: what people are told, what they chose, and the windows that gather their mail; a mail's own headers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
TABLES = ("mail_windows", "inbox_items", "notification_choices")
OWN = {"inbox_items": "all", "notification_choices": "all", "mail_windows": "select"}


def upgrade() -> None:
    op.create_table(
        "mail_windows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'sent', 'empty')", name=op.f("ck_mail_windows_state")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mail_windows_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_windows")),
    )
    op.create_index(
        "uq_mail_windows_open", "mail_windows", ["user_id"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_mail_windows_due", "mail_windows", ["due_at"], postgresql_where=sa.text("state = 'open'"))
    op.create_index(
        "ix_mail_windows_closed", "mail_windows", ["closed_at"], postgresql_where=sa.text("state <> 'open'")
    )
    op.create_table(
        "inbox_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_id", sa.Uuid(), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("path like '/%' and path not like '//%'", name=op.f("ck_inbox_items_path")),
        sa.CheckConstraint("count > 0", name=op.f("ck_inbox_items_count")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_inbox_items_user_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_inbox_items_workspace_id")),
        sa.ForeignKeyConstraint(
            ["window_id"], ["mail_windows.id"], name=op.f("fk_inbox_items_window_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_items")),
    )
    op.create_index(
        "ix_inbox_items_list",
        "inbox_items",
        ["user_id", sa.literal_column("updated_at desc"), sa.literal_column("id desc")],
        postgresql_where=sa.text("listed"),
    )
    op.create_index(
        "uq_inbox_items_unread",
        "inbox_items",
        ["user_id", "kind", "subject"],
        unique=True,
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_index(
        "ix_inbox_items_window", "inbox_items", ["window_id"], postgresql_where=sa.text("window_id is not null")
    )
    op.create_index("ix_inbox_items_read", "inbox_items", ["read_at"], postgresql_where=sa.text("read_at is not null"))
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("inbox", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.CheckConstraint("mail in ('never', 'bundled', 'at_once')", name=op.f("ck_notification_choices_mail")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_choices")),
    )
    op.add_column(
        "mails",
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        policy(table, "system", "all", f"{SCOPE} = 'system'")
        policy(table, "buyer", OWN[table], f"{SCOPE} = 'buyer' and user_id = {USER}")


def policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


def downgrade() -> None:
    op.drop_column("mails", "headers")
    for table in reversed(TABLES):
        op.drop_table(table)
