"""Fills a database for measuring: one shop among many, 100,000 orders, most of them shipped with a label, 20,000 products.

Straight SQL as the tables' owner.
"""

from uuid import UUID

import psycopg

ORDERS, PRODUCTS = 100_000, 20_000
WORDS = [
    "nebula",
    "meadow",
    "copper",
    "harbour",
    "linen",
    "ember",
    "glacier",
    "tabby",
    "brick",
    "willow",
    "saffron",
    "orbit",
    "cobalt",
    "birch",
    "lantern",
    "quartz",
]


def fill(admin_url: str, workspace_id: UUID, shop_id: UUID, buyer_id: UUID) -> None:
    """Rows that look like a busy seller's: orders over two years, products with two variants and a picture each."""
    with psycopg.connect(admin_url) as connection:
        connection.execute("set session_replication_role = replica")
        values = {"w": workspace_id, "s": shop_id, "b": buyer_id, "n": ORDERS, "p": PRODUCTS, "words": WORDS}
        for statement in (
            PRODUCT_ROWS,
            VARIANT_ROWS,
            MEDIA_ROWS,
            LEVEL_ROWS,
            GROUP_ROWS,
            ORDER_ROWS,
            LINE_ROWS,
            *SHIPPED,
        ):
            connection.execute(statement, values)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


PRODUCT_ROWS = """
insert into products (workspace_id, id, shop_id, slug, title, description, state, ships, downloads, tags, currency, price_minor,
                      sold_count, listed_at, created_at, updated_at, version)
select %(w)s, gen_random_uuid(), %(s)s, 'bench-' || n,
       initcap((%(words)s::text[])[1 + n %% 16] || ' ' || (%(words)s::text[])[1 + (n / 16) %% 16]) || ' ' || n,
       'Made for measuring, number ' || n, 'listed', n %% 2 = 0, n %% 2 = 1, array[(%(words)s::text[])[1 + n %% 16]], 'USD',
       500 + n %% 9000, n %% 50, now() - n * interval '1 minute', now(), now() - n * interval '1 minute', 1
from generate_series(1, %(p)s) n
"""
VARIANT_ROWS = """
insert into variants (workspace_id, id, product_id, sku, title, option_values, position, price_minor, currency, tracked,
                      weight_g, length_mm, width_mm, height_mm)
select p.workspace_id, gen_random_uuid(), p.id, p.slug || '-' || v, '', '{}', v, p.price_minor, 'USD', p.ships, 200, 0, 0, 0
from products p, generate_series(0, 1) v where p.slug like 'bench-%%'
"""
MEDIA_ROWS = """
insert into media (workspace_id, id, product_id, position, alt, decorative, state, original_key, width, height, renditions, created_at)
select p.workspace_id, gen_random_uuid(), p.id, 0, 'A picture', false, 'ready', 'none', 1024, 1024,
       '{"320": "k", "640": "k", "1024": "k"}', now() from products p where p.slug like 'bench-%%'
"""
LEVEL_ROWS = """
with place as (
    insert into locations (workspace_id, id, name, is_default, created_at) values (%(w)s, gen_random_uuid(), 'Bench', true, now())
    returning id
)
insert into stock_levels (workspace_id, id, variant_id, location_id, on_hand, reserved)
select v.workspace_id, gen_random_uuid(), v.id, place.id, 50, 0 from variants v, place where v.sku like 'bench-%%' and v.tracked
"""
GROUP_ROWS = """
insert into order_groups (id, code, buyer_id, email, currency, total_minor, created_at)
select md5('g' || n)::uuid, 'B' || n, %(b)s, 'buyer' || n %% 5000 || '@example.test', 'USD', 2500, now() from generate_series(1, %(n)s) n
"""
ORDER_ROWS = """
insert into orders (workspace_id, id, group_id, shop_id, number, channel, buyer_id, buyer_name, buyer_email, ship_to, country,
    delivery_name, currency, subtotal_minor, discount_minor, delivery_minor, total_minor, fee_minor, refunded_minor,
    delivery_refunded_minor, discount_code, state, payment_state, fulfilment_state, placed_at, paid_at, ship_by, search_text,
    version, created_at)
select %(w)s, md5('o' || n)::uuid, md5('g' || n)::uuid, %(s)s, 1000 + n, 'own', %(b)s, 'Buyer ' || n %% 5000,
    'buyer' || n %% 5000 || '@example.test', '{"city": "Bristol", "country": "GB"}', 'GB', 'Post', 'USD', 2000, 0, 500, 2500, 125, 0, 0, '',
    case when n %% 50 = 0 then 'open' else 'done' end, 'paid', case when n %% 50 = 0 then 'unfulfilled' else 'fulfilled' end,
    now() - n * interval '10 minutes', now() - n * interval '10 minutes', now() - n * interval '10 minutes' + interval '2 days',
    '#' || 1000 + n || ' buyer ' || n %% 5000 || ' buyer' || n %% 5000 || '@example.test', 1, now()
from generate_series(1, %(n)s) n
"""
LINE_ROWS = """
insert into order_lines (workspace_id, id, order_id, position, product_id, variant_id, title, variant_title, sku, ships, downloads,
    quantity, unit_minor, discount_minor, total_minor, fee_minor, refunded_minor, refunded_quantity, fulfilled_quantity)
select o.workspace_id, gen_random_uuid(), o.id, 0, v.product_id, v.id, 'Copper lantern', '', v.sku, true, false, 1, 2000, 0, 2000, 100, 0, 0, 0
from orders o, lateral (select * from variants where sku = 'bench-' || (2 * (1 + o.number %% 9000)) || '-0') v
where o.workspace_id = %(w)s
"""
ACCOUNT_ROW = """
insert into carrier_accounts (workspace_id, id, kind, name, credentials, webhook_secret, state, mode, settings, subscription_id,
    error, version, created_at)
values (%(w)s, md5('carrier')::uuid, 'easypost', 'Bench', '', '', 'removed', 'test', '{}', '', '', 1, now())
"""
FULFILMENT_ROWS = """
insert into fulfilments (workspace_id, id, order_id, state, carrier, tracking_number, tracking_url, lines, created_at)
select o.workspace_id, md5('f' || o.number)::uuid, o.id, 'delivered', 'USPS', '94' || o.number, '',
    jsonb_build_array(jsonb_build_object('line_id', l.id, 'quantity', 1)), o.placed_at
from orders o join order_lines l on l.workspace_id = o.workspace_id and l.order_id = o.id
where o.workspace_id = %(w)s and o.state = 'done'
"""
PARCEL_ROWS = """
insert into parcels (workspace_id, id, order_id, fulfilment_id, direction, state, contents, sender, recipient, weight_g, length_mm,
    width_mm, height_mm, insured_minor, currency, signature, customs, address_check, carrier, service_name, tracking_number,
    tracking_url, tracking_code, status, status_at, delivered_at, handed_over_at, raised, version, created_at)
select f.workspace_id, md5('p' || f.tracking_number)::uuid, f.order_id, f.id, 'out', 'delivered', f.lines,
    '{"name": "North", "line1": "388 Townsend St", "city": "San Francisco", "postcode": "94107", "country": "US"}',
    '{"name": "Fay", "line1": "179 N Harbor Dr", "city": "Redondo Beach", "postcode": "90277", "country": "US"}', 200, 0, 0, 0, 0,
    'USD', 'none', '{}', '{}', f.carrier, 'Ground', f.tracking_number, '', f.tracking_number, 'delivered', f.created_at,
    f.created_at, f.created_at, '', 1, f.created_at
from fulfilments f where f.workspace_id = %(w)s
"""
LABEL_ROWS = """
insert into labels (workspace_id, id, parcel_id, account_id, state, reference, shipment_id, rate_id, carrier, service, service_name,
    quoted_minor, total_minor, currency, remote_id, tracking_number, tracking_url, format, files, remote_files, test, bought_at,
    printed_by, actor_name, error, version, created_at)
select p.workspace_id, md5('l' || p.tracking_number)::uuid, p.id, md5('carrier')::uuid, 'bought', p.tracking_number, '', '',
    p.carrier, 'Ground', p.service_name, 525, 525, 'USD', 'shp_' || p.tracking_number, p.tracking_number, '', 'pdf', '{}', '{}', true,
    p.created_at, '', 'Bench', '', 1, p.created_at
from parcels p where p.workspace_id = %(w)s
"""
SHIPPED = (ACCOUNT_ROW, FULFILMENT_ROWS, PARCEL_ROWS, LABEL_ROWS)
