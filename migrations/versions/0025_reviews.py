"""Reviews of what was paid for: who sees them, and the stars of each product counted by a trigger; when parcels arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
TABLES = ("reviews", "review_tallies", "review_reports", "review_settings", "review_reminders", "review_optouts")
PRODUCT_SEEN = (
    "exists (select 1 from products p where p.workspace_id = reviews.workspace_id and p.id = reviews.product_id)"
)
SHOP_SEEN = "exists (select 1 from shops s where s.workspace_id = review_tallies.workspace_id and s.id = review_tallies.shop_id)"
OWN = "exists (select 1 from grants g where g.workspace_id = reviews.workspace_id and g.id = reviews.grant_id)"
OWN_ORDER = "exists (select 1 from orders o where o.workspace_id = review_reminders.workspace_id and o.id = review_reminders.order_id)"
"""As public as the product; its author reads it also while it is not. The policies of those tables decide, inside of these.
The figures are as public as the shop: taking a product off sale takes nothing from what the shop is rated."""
COUNTED = """
create function count_review() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    if tg_op <> 'INSERT' and old.shown then
        update review_tallies set one = one - (old.stars = 1)::int, two = two - (old.stars = 2)::int,
            three = three - (old.stars = 3)::int, four = four - (old.stars = 4)::int, five = five - (old.stars = 5)::int
        where workspace_id = old.workspace_id and product_id = old.product_id;
    end if;
    if tg_op <> 'DELETE' and new.shown then
        insert into review_tallies as t (workspace_id, id, product_id, shop_id, one, two, three, four, five)
        select new.workspace_id, gen_random_uuid(), new.product_id, p.shop_id, (new.stars = 1)::int, (new.stars = 2)::int,
            (new.stars = 3)::int, (new.stars = 4)::int, (new.stars = 5)::int
        from products p where p.workspace_id = new.workspace_id and p.id = new.product_id
        on conflict (workspace_id, product_id) do update set one = t.one + excluded.one, two = t.two + excluded.two,
            three = t.three + excluded.three, four = t.four + excluded.four, five = t.five + excluded.five;
    end if;
    return null;
end $$
"""
ARRIVED = """
update fulfilments f set delivered_at = coalesce(
    (select max(p.delivered_at) from parcels p where p.workspace_id = f.workspace_id and p.fulfilment_id = f.id), f.created_at)
where f.state = 'delivered'
"""


def upgrade() -> None:
    op.execute("select set_config('app.scope', 'system', true)")
    op.add_column("fulfilments", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(ARRIVED)
    _reviews()
    _tallies()
    _reports()
    _reminders()
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", "all", f"{SCOPE} = 'system'")
        _policy(table, "member", "all", f"{SCOPE} = 'workspace' and workspace_id = {WORKSPACE}")
    _policy("reviews", "anybody", "select", f"{SCOPE} in ('public', 'buyer') and shown and {PRODUCT_SEEN}")
    _policy("reviews", "buyer", "select", f"{SCOPE} = 'buyer' and {OWN}")
    _policy("review_tallies", "anybody", "select", f"{SCOPE} in ('public', 'buyer') and {SHOP_SEEN}")
    _policy("review_reminders", "buyer", "select", f"{SCOPE} = 'buyer' and {OWN_ORDER}")
    op.execute(COUNTED)
    op.execute(
        "create trigger counted after insert or delete or update of stars, hidden_at, void_at, product_id on reviews"
        " for each row execute function count_review()"
    )


def _policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("void_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_for", sa.String(), nullable=True),
        sa.Column(
            "shown", sa.Boolean(), sa.Computed("hidden_at is null and void_at is null", persisted=True), nullable=False
        ),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("reply_author", sa.String(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(hidden_at is null) = (hidden_for is null)", name=op.f("ck_reviews_hidden")),
        sa.CheckConstraint("(reply is null) = (replied_at is null)", name=op.f("ck_reviews_reply")),
        sa.CheckConstraint("stars between 1 and 5", name=op.f("ck_reviews_stars")),
        _key("reviews", "grants", "grant_id"),
        _key("reviews", "products", "product_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("workspace_id", "grant_id", name=op.f("uq_reviews_workspace_id_grant_id")),
    )
    newest = [sa.literal_column("created_at desc"), sa.literal_column("id desc")]
    shown, unanswered = sa.text("shown"), sa.text("reply is null and shown")
    op.create_index("ix_reviews_product", "reviews", ["workspace_id", "product_id", *newest], postgresql_where=shown)
    op.create_index("ix_reviews_newest", "reviews", ["workspace_id", *newest])
    op.create_index("ix_reviews_unanswered", "reviews", ["workspace_id", *newest], postgresql_where=unanswered)


def _key(table: str, other: str, column: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{other}.workspace_id", f"{other}.id"],
        name=op.f(f"fk_{table}_workspace_id_{column}"),
        **options,  # type: ignore[arg-type]
    )


def _tallies() -> None:
    counts = [
        sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        for name in ("one", "two", "three", "four", "five")
    ]
    op.create_table(
        "review_tallies",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        *counts,
        sa.CheckConstraint("least(one, two, three, four, five) >= 0", name=op.f("ck_review_tallies_counts")),
        _key("review_tallies", "products", "product_id"),
        _key("review_tallies", "shops", "shop_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_review_tallies")),
        sa.UniqueConstraint("workspace_id", "product_id", name=op.f("uq_review_tallies_workspace_id_product_id")),
    )
    op.create_index("ix_review_tallies_shop", "review_tallies", ["workspace_id", "shop_id"])


def _reports() -> None:
    op.create_table(
        "review_reports",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reporter_name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'kept', 'hidden')", name=op.f("ck_review_reports_state")),
        _key("review_reports", "reviews", "review_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_review_reports")),
    )
    op.create_index(
        "uq_review_reports_open",
        "review_reports",
        ["workspace_id", "review_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_review_reports_review", "review_reports", ["workspace_id", "review_id", "id"])


def _reminders() -> None:
    op.create_table(
        "review_settings",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("reminders", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _key("review_settings", "shops", "shop_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_review_settings")),
        sa.UniqueConstraint("workspace_id", "shop_id", name=op.f("uq_review_settings_workspace_id_shop_id")),
    )
    op.create_table(
        "review_reminders",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("review_reminders", "orders", "order_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_review_reminders")),
        sa.UniqueConstraint("workspace_id", "order_id", name=op.f("uq_review_reminders_workspace_id_order_id")),
    )
    op.create_table(
        "review_optouts",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("review_optouts", "shops", "shop_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_review_optouts")),
        sa.UniqueConstraint(
            "workspace_id", "shop_id", "email", name=op.f("uq_review_optouts_workspace_id_shop_id_email")
        ),
    )


def downgrade() -> None:
    for table in ("review_optouts", "review_reminders", "review_settings", "review_reports", "review_tallies"):
        op.drop_table(table)
    op.drop_table("reviews")
    op.execute("drop function count_review()")
    op.drop_column("fulfilments", "delivered_at")
