"""Every paid line is a grant, shipped or downloaded; those that were paid before get theirs now."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FILL = """
with back as (
    select r.workspace_id, nullif(e ->> 'line_id', '')::uuid as line_id, sum((e ->> 'amount_minor')::bigint) as minor
    from refunds r cross join lateral jsonb_array_elements(r.lines) e
    where r.state = 'succeeded' group by 1, 2
), whole as (
    select workspace_id, order_id, sum(amount_minor) as minor from refunds where state = 'succeeded' group by 1, 2
), paid as (
    select l.*, o.buyer_id, o.paid_at, case
        when (o.total_minor > 0 and w.minor >= o.total_minor)
            or (l.total_minor > 0 and b.minor >= l.total_minor) then 'refund'
        when o.payment_state = 'disputed' then 'dispute' end as ended
    from order_lines l
    join orders o on o.workspace_id = l.workspace_id and o.id = l.order_id
    left join back b on b.workspace_id = l.workspace_id and b.line_id = l.id
    left join whole w on w.workspace_id = o.workspace_id and w.order_id = o.id
    where o.channel = 'own' and o.paid_at is not null and o.state <> 'cancelled' and l.product_id is not null
)
insert into grants (workspace_id, id, buyer_id, product_id, variant_id, order_id, source_id, downloads,
    starts_at, created_at, revoked_at, revoked_for)
select workspace_id, gen_random_uuid(), buyer_id, product_id, variant_id, order_id, id, downloads,
    paid_at, paid_at, case when ended is not null then now() end, ended
from paid on conflict (workspace_id, source_id) do nothing
"""
"""The rule of app/orders, for all at once. What was refunded or is disputed gets a grant that has ended, so that it returns when
that is undone. What was cancelled gets none; a platform's orders have no buyer whom we know."""


def upgrade() -> None:
    op.add_column("grants", sa.Column("downloads", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column("grants", "downloads", server_default=None)
    op.execute("select set_config('app.scope', 'system', true)")
    op.execute(FILL)


def downgrade() -> None:
    op.execute("select set_config('app.scope', 'system', true)")
    op.execute("delete from grants where not downloads")
    op.drop_column("grants", "downloads")
