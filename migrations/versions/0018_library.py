"""What a library keeps: marks of buyers, limits of one buyer, signs of sharing, news of releases; why a grant is stopped; how a
purchase changes hands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
OF_GRANT = "exists (select 1 from grants g where g.workspace_id = {0}.workspace_id and g.id = {0}.grant_id)"
BUYER = {
    "library_marks": ("all", OF_GRANT.format("library_marks")),
    "download_allowances": ("select", OF_GRANT.format("download_allowances")),
    "sharing_locks": ("select", OF_GRANT.format("sharing_locks")),
    "update_recipients": ("select", OF_GRANT.format("update_recipients")),
    "updates": (
        "select",
        "state <> 'draft' and exists (select 1 from grants g where g.workspace_id = updates.workspace_id"
        " and g.product_id = updates.product_id)",
    ),
}
"""A buyer sees what belongs to a grant that they see."""
TENANT = (*BUYER, "sightings", "update_optouts")
STOPS = """
update grants g set stops = case
    when g.revoked_for = 'refund' and o.payment_state = 'disputed' then array['dispute', 'refund']
    else array[coalesce(g.revoked_for, 'refund')] end
from orders o where o.workspace_id = g.workspace_id and o.id = g.order_id and g.revoked_at is not null
"""


def upgrade() -> None:
    _columns()
    _tables()
    for table in (*TENANT, "purchase_changes"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", "all", f"{SCOPE} = 'system'")
    for table in TENANT:
        _policy(table, "member", "all", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}")
    for table, (command, rule) in BUYER.items():
        _policy(table, "buyer", command, f"{SCOPE} = 'buyer' and {rule}")
    op.execute("drop policy buyer on downloads")
    _policy("downloads", "buyer", "all", f"{SCOPE} = 'buyer' and {OF_GRANT.format('downloads')}")


def _policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


def _columns() -> None:
    op.add_column("grants", sa.Column("stops", sa.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("grants", sa.Column("stop_note", sa.String(), server_default="", nullable=False))
    op.add_column("order_groups", sa.Column("link_no", sa.Integer(), server_default="0", nullable=False))
    op.add_column("products", sa.Column("older_for_all", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("products", sa.Column("sharing_places", sa.Integer(), server_default="8", nullable=True))
    op.add_column("products", sa.Column("sharing_days", sa.Integer(), server_default="7", nullable=False))
    op.execute("select set_config('app.scope', 'system', true)")
    op.execute(STOPS)
    op.create_check_constraint(op.f("ck_grants_stops"), "grants", "(stops = '{}') = (revoked_at is null)")


def _tables() -> None:
    op.create_table(
        "purchase_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("from_email", sa.String(), nullable=False),
        sa.Column("to_email", sa.String(), nullable=False),
        sa.Column("old_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seller_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('claim', 'email')", name=op.f("ck_purchase_changes_kind")),
        sa.CheckConstraint("state in ('open', 'done', 'dropped')", name=op.f("ck_purchase_changes_state")),
        sa.ForeignKeyConstraint(["group_id"], ["order_groups.id"], name=op.f("fk_purchase_changes_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_changes")),
    )
    op.create_index(op.f("ix_purchase_changes_group_id"), "purchase_changes", ["group_id"], unique=False)
    op.create_index(
        "uq_purchase_changes_open",
        "purchase_changes",
        ["group_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "update_optouts",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "shop_id"],
            ["shops.workspace_id", "shops.id"],
            name=op.f("fk_update_optouts_workspace_id_shop_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_update_optouts")),
        sa.UniqueConstraint(
            "workspace_id", "shop_id", "email", name=op.f("uq_update_optouts_workspace_id_shop_id_email")
        ),
    )
    op.create_table(
        "download_allowances",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("downloads", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("downloads > 0", name=op.f("ck_download_allowances_downloads")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "grant_id"],
            ["grants.workspace_id", "grants.id"],
            name=op.f("fk_download_allowances_workspace_id_grant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_download_allowances")),
        sa.UniqueConstraint("workspace_id", "grant_id", name=op.f("uq_download_allowances_workspace_id_grant_id")),
    )
    op.create_table(
        "library_marks",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "grant_id"],
            ["grants.workspace_id", "grants.id"],
            name=op.f("fk_library_marks_workspace_id_grant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_library_marks")),
        sa.UniqueConstraint("workspace_id", "grant_id", name=op.f("uq_library_marks_workspace_id_grant_id")),
    )
    op.create_table(
        "sharing_locks",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.Column("networks", sa.Integer(), nullable=False),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "grant_id"],
            ["grants.workspace_id", "grants.id"],
            name=op.f("fk_sharing_locks_workspace_id_grant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_sharing_locks")),
    )
    op.create_index(
        "uq_sharing_locks_open",
        "sharing_locks",
        ["workspace_id", "grant_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "sightings",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "grant_id"],
            ["grants.workspace_id", "grants.id"],
            name=op.f("fk_sightings_workspace_id_grant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_sightings")),
        sa.UniqueConstraint("workspace_id", "grant_id", "device_id", "family", "network", name="uq_sightings_pair"),
    )
    op.create_index("ix_sightings_grant", "sightings", ["workspace_id", "grant_id", "last_at"], unique=False)
    op.create_table(
        "updates",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("files", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("bought_after", sa.Date(), nullable=True),
        sa.Column("forum", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thread_path", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience in ('all', 'older', 'never')", name=op.f("ck_updates_audience")),
        sa.CheckConstraint("state in ('draft', 'sending', 'sent')", name=op.f("ck_updates_state")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "product_id"],
            ["products.workspace_id", "products.id"],
            name=op.f("fk_updates_workspace_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "variant_id"],
            ["variants.workspace_id", "variants.id"],
            name=op.f("fk_updates_workspace_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_updates")),
    )
    op.create_index("ix_updates_product", "updates", ["workspace_id", "product_id", "id"], unique=False)
    op.create_table(
        "update_recipients",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "grant_id"],
            ["grants.workspace_id", "grants.id"],
            name=op.f("fk_update_recipients_workspace_id_grant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "update_id"],
            ["updates.workspace_id", "updates.id"],
            name=op.f("fk_update_recipients_workspace_id_update_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_update_recipients")),
        sa.UniqueConstraint(
            "workspace_id", "update_id", "email", name=op.f("uq_update_recipients_workspace_id_update_id_email")
        ),
    )
    op.create_index(
        "ix_update_recipients_left",
        "update_recipients",
        ["workspace_id", "update_id", "id"],
        unique=False,
        postgresql_where=sa.text("outcome = ''"),
    )


def downgrade() -> None:
    op.execute("drop policy buyer on downloads")
    _policy("downloads", "buyer", "all", f"{SCOPE} = 'buyer' and buyer_id = {USER}")
    for table in ("update_recipients", "updates", "update_optouts", "sightings", "sharing_locks"):
        op.drop_table(table)
    for table in ("library_marks", "download_allowances", "purchase_changes"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_grants_stops"), "grants")
    for table, column in (
        ("grants", "stops"),
        ("grants", "stop_note"),
        ("order_groups", "link_no"),
        ("products", "older_for_all"),
        ("products", "sharing_places"),
        ("products", "sharing_days"),
    ):
        op.drop_column(table, column)
