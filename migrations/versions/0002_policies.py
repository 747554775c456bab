"""Who sees which row: grants, row-level security, append-only tables, the ledger's sum, search."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
AS_MEMBER, AS_BUYER, AS_SYSTEM = f"{SCOPE} = 'workspace'", f"{SCOPE} = 'buyer'", f"{SCOPE} = 'system'"
AS_ANYBODY = f"{SCOPE} in ('public', 'buyer')"
PLATFORM = "00000000-0000-7000-8000-000000000001"


def seen(table: str, other: str, column: str) -> str:
    """A row that the reader may see through another table's own policy."""
    return f"exists (select 1 from {other} o where o.workspace_id = {table}.workspace_id and o.id = {table}.{column})"


TENANT = [
    "members",
    "invitations",
    "audit_entries",
    "audit_anchors",
    "shops",
    "products",
    "product_options",
    "variants",
    "media",
    "files",
    "delivery_zones",
    "delivery_rates",
    "discounts",
    "discount_uses",
    "locations",
    "stock_levels",
    "stock_movements",
    "reservations",
    "seller_accounts",
    "payment_parts",
    "transfers",
    "transfer_reversals",
    "refunds",
    "disputes",
    "dispute_files",
    "stock_alerts",
    "payouts",
    "ledger_transactions",
    "ledger_entries",
    "grants",
    "orders",
    "order_lines",
    "fulfilments",
    "order_notes",
    "order_events",
    "order_views",
    "downloads",
    "carrier_accounts",
    "shipping_settings",
    "packages",
    "service_rules",
    "parcels",
    "parcel_quotes",
    "checkout_estimates",
    "labels",
    "label_batches",
    "batch_items",
    "manifests",
    "tracking_events",
    "returns",
]

PUBLIC_READ = {
    "shops": "state in ('open', 'closed')",
    "products": "state = 'listed'",
    "product_options": seen("product_options", "products", "product_id"),
    "variants": seen("variants", "products", "product_id"),
    "media": f"{seen('media', 'products', 'product_id')} or {seen('media', 'shops', 'shop_id')}",
    "files": seen("files", "products", "product_id"),
    "delivery_zones": seen("delivery_zones", "shops", "shop_id"),
    "delivery_rates": seen("delivery_rates", "delivery_zones", "zone_id"),
    "stock_levels": seen("stock_levels", "variants", "variant_id"),
}

BUYER_READ = {
    "members": f"user_id = {USER}",
    "products": f"exists (select 1 from grants g where g.workspace_id = products.workspace_id"
    f" and g.product_id = products.id and g.buyer_id = {USER})",
    "orders": f"buyer_id = {USER}",
    "order_lines": seen("order_lines", "orders", "order_id"),
    "fulfilments": seen("fulfilments", "orders", "order_id"),
    "parcels": seen("parcels", "orders", "order_id"),
    "tracking_events": seen("tracking_events", "parcels", "parcel_id"),
    "returns": f"buyer_id = {USER}",
    "grants": f"buyer_id = {USER}",
    "payments": f"buyer_id = {USER}",
    "order_groups": f"buyer_id = {USER}",
    "workspaces": "exists (select 1 from members m where m.workspace_id = workspaces.id and m.removed_at is null)",
}

BUYER_ALL = {
    "users": f"id = {USER}",
    "user_sessions": f"user_id = {USER}",
    "sign_in_codes": f"user_id = {USER}",
    "identities": f"user_id = {USER}",
    "carts": f"owner_id = {USER}",
    "cart_items": f"owner_id = {USER}",
    "checkouts": f"owner_id = {USER}",
    "downloads": f"buyer_id = {USER}",
}

BUYER_INSERT = {"payments": f"buyer_id = {USER}", "order_groups": f"buyer_id = {USER}"}

MEMBER_READ = {
    "users": "exists (select 1 from members m where m.user_id = users.id)",
    "workspaces": f"id = {WORKSPACE}",
    "order_groups": "exists (select 1 from orders o where o.group_id = order_groups.id)",
    "payments": "exists (select 1 from payment_parts o where o.payment_id = payments.id)",
}

PLATFORM_TABLES = [
    "users",
    "user_sessions",
    "sign_in_codes",
    "identities",
    "sign_in_attempts",
    "workspaces",
    "categories",
    "fee_rules",
    "payments",
    "order_groups",
    "carts",
    "cart_items",
    "checkouts",
    "outbox_events",
    "outbox_jobs",
    "schedule_slots",
    "inbound_events",
    "mails",
    "data_keys",
    "idempotency_keys",
]

ANY_SCOPE_INSERT = ("outbox_events", "outbox_jobs", "mails")
ANY_SCOPE_READ = ("categories",)
APPEND_ONLY = ("audit_entries", "audit_anchors", "ledger_transactions", "ledger_entries", "stock_movements")
SEARCHES = ("search_products(text)", "search_orders(text)", "similar_products(text, int)")


def upgrade() -> None:
    op.execute("grant usage on schema public to guildhall_app, guildhall_search")
    op.execute("grant select on alembic_version to guildhall_app")
    op.execute("grant select on products, shops, orders, ledger_entries to guildhall_search")
    for table in (*TENANT, *PLATFORM_TABLES):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        policy(table, "system", "all", AS_SYSTEM)
    for table in TENANT:
        policy(table, "member", "all", f"{AS_MEMBER} and workspace_id = {WORKSPACE}")
    for table, rule in MEMBER_READ.items():
        policy(table, "member", "select", f"{AS_MEMBER} and {rule}")
    op.execute(f"create policy member_change on workspaces for update using ({AS_MEMBER} and id = {WORKSPACE})")
    for table, rule in PUBLIC_READ.items():
        policy(table, "public", "select", f"{AS_ANYBODY} and ({rule})")
    for table, rule in BUYER_READ.items():
        policy(table, "buyer", "select", f"{AS_BUYER} and {rule}")
    for table, rule in BUYER_ALL.items():
        policy(table, "buyer", "all", f"{AS_BUYER} and {rule}")
    for table, rule in BUYER_INSERT.items():
        op.execute(f"create policy buyer_insert on {table} for insert with check ({AS_BUYER} and {rule})")
    for table in ANY_SCOPE_INSERT:
        op.execute(f"create policy anyone_insert on {table} for insert with check ({SCOPE} <> '')")
    for table in ANY_SCOPE_READ:
        policy(table, "anyone", "select", f"{SCOPE} <> ''")
    append_only()
    ledger()
    search()
    op.execute(
        f"insert into workspaces (id, slug, name, hue, created_at) values ('{PLATFORM}', 'guildhall', 'Guildhall', 150, now())"
    )
    op.execute(
        "insert into fee_rules (id, basis_points, starts_at, created_at) values (gen_random_uuid(), 500, '2000-01-01', now())"
    )


def policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


def append_only() -> None:
    op.execute(
        "create function refuse_change() returns trigger language plpgsql as $$"
        " begin raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege'; end $$"
    )
    for table in APPEND_ONLY:
        op.execute(f"revoke update, delete on {table} from guildhall_app")
        op.execute(
            f"create trigger append_only before update or delete on {table} for each row execute function refuse_change()"
        )


def ledger() -> None:
    """A transaction sums to zero per currency, checked at commit, whatever scope the transaction ends in."""
    op.execute("""
        create function ledger_balances() returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$
        begin
            if exists (
                select 1 from ledger_entries e
                where e.workspace_id = new.workspace_id and e.transaction_id = new.transaction_id
                group by e.currency having sum(e.amount_minor) <> 0
            ) then
                raise exception 'ledger transaction % does not sum to zero', new.transaction_id
                    using errcode = 'check_violation';
            end if;
            return null;
        end $$
    """)
    owned_by_definer("ledger_balances()")
    op.execute("""
        create constraint trigger balances after insert on ledger_entries
        deferrable initially deferred for each row execute function ledger_balances()
    """)


def search() -> None:
    """Full-text and trigram operators are not leakproof, so their indexes are lost under RLS: definer functions keep them."""
    op.execute("""
        create function search_products(wanted text) returns table (workspace_id uuid, id uuid, rank real)
        language sql stable security definer
        set search_path = public, pg_temp set pg_trgm.word_similarity_threshold = 0.5 as $$
            with q as (select websearch_to_tsquery('simple', wanted) as words, lower(wanted) as said),
            hits as (
                select p.workspace_id, p.id, p.shop_id,
                       ts_rank(p.search, q.words) * 2 + word_similarity(q.said, p.title) as score
                from products p, q where p.state = 'listed' and (p.search @@ q.words or q.said <% p.title)
                union all
                select p.workspace_id, p.id, p.shop_id, word_similarity(q.said, s.name) * 0.5
                from q join shops s on q.said <% s.name
                join products p on p.workspace_id = s.workspace_id and p.shop_id = s.id where p.state = 'listed'
            )
            select h.workspace_id, h.id, sum(h.score)::real
            from hits h join shops s on s.workspace_id = h.workspace_id and s.id = h.shop_id and s.state = 'open'
            group by h.workspace_id, h.id order by 3 desc, 2 limit 2000
        $$
    """)
    op.execute(f"""
        create function search_orders(wanted text) returns table (id uuid)
        language sql stable security definer set search_path = public, pg_temp as $$
            select o.id from orders o
            where {AS_MEMBER} and o.workspace_id = {WORKSPACE}
              and o.search_text ilike '%' || replace(replace(replace(lower(wanted), chr(92), ''), '%', ''), '_', chr(92) || '_') || '%'
            order by o.placed_at desc limit 2000
        $$
    """)
    op.execute(f"""
        create function similar_products(called text, most int) returns table (id uuid, alike real)
        language sql stable security definer
        set search_path = public, pg_temp set pg_trgm.similarity_threshold = 0.3 as $$
            select p.id, similarity(p.title, called) from products p
            where {AS_MEMBER} and p.workspace_id = {WORKSPACE} and p.state <> 'archived' and p.title % called
            order by p.title <-> called, p.id limit most
        $$
    """)
    for function in SEARCHES:
        owned_by_definer(function)


def owned_by_definer(function: str) -> None:
    op.execute(f"alter function {function} owner to guildhall_search")
    op.execute(f"revoke all on function {function} from public")
    op.execute(f"grant execute on function {function} to guildhall_app")


def downgrade() -> None:
    for function in SEARCHES:
        op.execute(f"drop function {function}")
    op.execute("drop trigger balances on ledger_entries")
    op.execute("drop function ledger_balances()")
    for table in APPEND_ONLY:
        op.execute(f"drop trigger append_only on {table}")
    op.execute("drop function refuse_change()")
    for table in (*TENANT, *PLATFORM_TABLES):
        op.execute(
            f"do $$ declare p record; begin for p in select policyname from pg_policies where tablename = '{table}'"
            f" loop execute format('drop policy %I on {table}', p.policyname); end loop; end $$"
        )
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
        op.execute(f"revoke all on {table} from guildhall_app")
