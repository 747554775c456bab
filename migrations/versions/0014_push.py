"""Push: devices that ring, what they rang for, quiet hours, and the choice of it by kind."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
OWN = ("push_devices", "quiet_hours")
TABLES = (*OWN, "push_messages")


def upgrade() -> None:
    op.add_column("notification_choices", sa.Column("push", sa.Boolean(), nullable=True))
    _devices()
    _messages()
    _quiet_hours()
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", f"{SCOPE} = 'system'")
    for table in OWN:
        _policy(table, "buyer", f"{SCOPE} = 'buyer' and user_id = {USER}")


def _policy(table: str, name: str, rule: str) -> None:
    op.execute(f"create policy {name} on {table} for all using ({rule}) with check ({rule})")


def _devices() -> None:
    op.create_table(
        "push_devices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_push_devices_user_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["user_sessions.id"], name=op.f("fk_push_devices_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_devices")),
        sa.UniqueConstraint("user_id", "endpoint", name=op.f("uq_push_devices_user_id_endpoint")),
    )
    op.create_index("ix_push_devices_session_id", "push_devices", ["session_id"], unique=False)
    op.create_index("ix_push_devices_endpoint", "push_devices", ["endpoint"], unique=False)


def _messages() -> None:
    op.create_table(
        "push_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carrier_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('waiting', 'sending', 'sent', 'joined', 'dropped')", name=op.f("ck_push_messages_state")
        ),
        _own_key("device_id", "push_devices"),
        _own_key("item_id", "inbox_items"),
        _own_key("carrier_id", "push_messages"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_messages")),
        sa.UniqueConstraint("device_id", "item_id", name=op.f("uq_push_messages_device_id_item_id")),
    )
    op.create_index("ix_push_messages_item_id", "push_messages", ["item_id"], unique=False)
    op.create_index("ix_push_messages_carrier_id", "push_messages", ["carrier_id"], unique=False)
    op.create_index(
        "ix_push_messages_settled",
        "push_messages",
        ["settled_at"],
        postgresql_where=sa.text("settled_at is not null"),
    )


def _own_key(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=op.f(f"fk_push_messages_{column}"), ondelete="CASCADE"
    )


def _quiet_hours() -> None:
    op.create_table(
        "quiet_hours",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "starts between 0 and 1439 and ends between 0 and 1439 and starts <> ends", name=op.f("ck_quiet_hours_day")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_quiet_hours_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_quiet_hours")),
    )


def downgrade() -> None:
    for table in ("push_messages", "push_devices", "quiet_hours"):
        op.drop_table(table)
    op.drop_column("notification_choices", "push")
