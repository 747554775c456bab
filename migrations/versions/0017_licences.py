"""Licences: what products give, the sellers' lists of keys, the keys that were sold, their seats, their history, and who signs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
TABLES = (
    "licence_offers",
    "licence_terms",
    "licence_stock",
    "licences",
    "licence_activations",
    "licence_events",
    "licence_signers",
)
MINE = (
    "exists (select 1 from grants g where g.workspace_id = licences.workspace_id and g.id = licences.grant_id"
    f" and g.buyer_id = {USER})"
)
OF_MINE = (
    "exists (select 1 from licences l where l.workspace_id = licence_activations.workspace_id"
    " and l.id = licence_activations.licence_id)"
)
SHOWN = (
    "enabled and exists (select 1 from products p where p.workspace_id = licence_offers.workspace_id"
    " and p.id = licence_offers.product_id)"
)
SHOWN_WITH_OFFER = (
    "exists (select 1 from licence_offers o where o.workspace_id = licence_terms.workspace_id"
    " and o.id = licence_terms.offer_id)"
)
"""Terms are as public as their product; the policies of that table decide, inside of these. Keys are their buyer's."""


def upgrade() -> None:
    _offers()
    _terms()
    _stock()
    _licences()
    _activations()
    _events()
    _signers()
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", "all", f"{SCOPE} = 'system'")
        _policy(table, "member", "all", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}")
    _policy("licences", "buyer", "select", f"{SCOPE} = 'buyer' and {MINE}")
    _policy("licence_activations", "buyer", "select", f"{SCOPE} = 'buyer' and {OF_MINE}")
    _policy("licence_offers", "anybody", "select", f"{SCOPE} in ('public', 'buyer') and {SHOWN}")
    _policy("licence_terms", "anybody", "select", f"{SCOPE} in ('public', 'buyer') and {SHOWN_WITH_OFFER}")


def _policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


def _offers() -> None:
    op.create_table(
        "licence_offers",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("activation_limit", sa.Integer(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("lease_days", sa.Integer(), nullable=False),
        sa.Column("warn_below", sa.Integer(), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("empty_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source in ('generated', 'listed')", name=op.f("ck_licence_offers_source")),
        sa.CheckConstraint(
            "activation_limit > 0 and valid_days > 0 and lease_days > 0", name=op.f("ck_licence_offers_limits")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "product_id"],
            ["products.workspace_id", "products.id"],
            name=op.f("fk_licence_offers_workspace_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licence_offers")),
        sa.UniqueConstraint("workspace_id", "product_id", name=op.f("uq_licence_offers_workspace_id_product_id")),
    )


def _terms() -> None:
    op.create_table(
        "licence_terms",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("activation_limit", sa.Integer(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("activation_limit > 0 and valid_days > 0", name=op.f("ck_licence_terms_limits")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "offer_id"],
            ["licence_offers.workspace_id", "licence_offers.id"],
            name=op.f("fk_licence_terms_workspace_id_offer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "variant_id"],
            ["variants.workspace_id", "variants.id"],
            name=op.f("fk_licence_terms_workspace_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licence_terms")),
        sa.UniqueConstraint(
            "workspace_id", "offer_id", "variant_id", name=op.f("uq_licence_terms_workspace_id_offer_id_variant_id")
        ),
    )


def _stock() -> None:
    op.create_table(
        "licence_stock",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "offer_id"],
            ["licence_offers.workspace_id", "licence_offers.id"],
            name=op.f("fk_licence_stock_workspace_id_offer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licence_stock")),
        sa.UniqueConstraint("workspace_id", "digest", name=op.f("uq_licence_stock_workspace_id_digest")),
    )
    op.create_index(
        "ix_licence_stock_next", "licence_stock", ["workspace_id", "offer_id", "position", "id"], unique=False
    )


def _licences() -> None:
    op.create_table(
        "licences",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Integer(), nullable=False),
        sa.Column("buyer_name", sa.String(), nullable=False),
        sa.Column("buyer_email", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("activation_limit", sa.Integer(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_for", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(issued_at is null) = (digest is null)", name=op.f("ck_licences_issued")),
        sa.CheckConstraint("activation_limit > 0", name=op.f("ck_licences_limit")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "grant_id"],
            ["grants.workspace_id", "grants.id"],
            name=op.f("fk_licences_workspace_id_grant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "offer_id"],
            ["licence_offers.workspace_id", "licence_offers.id"],
            name=op.f("fk_licences_workspace_id_offer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "product_id"],
            ["products.workspace_id", "products.id"],
            name=op.f("fk_licences_workspace_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "variant_id"],
            ["variants.workspace_id", "variants.id"],
            name=op.f("fk_licences_workspace_id_variant_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licences")),
        sa.UniqueConstraint("workspace_id", "digest", name=op.f("uq_licences_workspace_id_digest")),
        sa.UniqueConstraint("workspace_id", "grant_id", "unit", name=op.f("uq_licences_workspace_id_grant_id_unit")),
    )
    op.create_index(
        "ix_licences_email", "licences", ["workspace_id", sa.literal_column("lower(buyer_email)")], unique=False
    )
    op.create_index("ix_licences_order", "licences", ["workspace_id", "order_id"], unique=False)
    op.create_index(
        "ix_licences_owed",
        "licences",
        ["workspace_id", "offer_id", "id"],
        unique=False,
        postgresql_where=sa.text("issued_at is null"),
    )
    op.create_index("ix_licences_product", "licences", ["workspace_id", "product_id", "id"], unique=False)


def _activations() -> None:
    op.create_table(
        "licence_activations",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("freed_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "licence_id"],
            ["licences.workspace_id", "licences.id"],
            name=op.f("fk_licence_activations_workspace_id_licence_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licence_activations")),
    )
    op.create_index(
        "uq_licence_activations_live",
        "licence_activations",
        ["workspace_id", "licence_id", "fingerprint"],
        unique=True,
        postgresql_where=sa.text("freed_at is null"),
    )


def _events() -> None:
    op.create_table(
        "licence_events",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "licence_id"],
            ["licences.workspace_id", "licences.id"],
            name=op.f("fk_licence_events_workspace_id_licence_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licence_events")),
    )
    op.create_index("ix_licence_events_licence", "licence_events", ["workspace_id", "licence_id", "id"], unique=False)


def _signers() -> None:
    op.create_table(
        "licence_signers",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_licence_signers")),
    )
    op.create_index(
        "uq_licence_signers_present",
        "licence_signers",
        ["workspace_id"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
