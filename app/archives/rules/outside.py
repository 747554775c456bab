"""Platforms: what was listed and sold there leaves, what opens them does not."""

from app.archives.rules.rule import leaves, stays

OUTSIDE = (
    stays("channel_consents", "is a try to connect, over within an hour, and holds what a platform answered"),
    leaves(
        "channel_grants",
        "kind owner scopes access_until refresh_until ends_at refreshed_at created_at",
        secret="tokens",
    ),
    leaves(
        "channel_connections",
        "kind name grant_id shop_id remote_id url region currency state error warehouses buffer minimum most share"
        " stock_paused push_wanted pushing_until orders_until looked_at listings_at succeeded_at failed_at told_at"
        " disconnected_at version created_at",
        secret="remote_secret webhook_secret settings hooks",
    ),
    leaves(
        "channel_listings",
        "connection_id product_ref variant_ref title variant_title sku state price_minor currency picture url counted"
        " places members match confidence reason seen seen_at asked pushed_version pushed pushed_at push_error"
        " push_failures push_after stock_paused off_sale buffer minimum most share version created_at",
    ),
    leaves("channel_listing_parts", "listing_id variant_id quantity"),
    leaves(
        "channel_orders",
        "connection_id remote_id number order_id state status remote_at read_at unmatched cancel_id cancel_state"
        " cancel_reason masked hold facts raw error failures created_at",
        derived="digest",
    ),
    leaves(
        "channel_shipments",
        "channel_order_id fulfilment_id package_ref state handover ways carrier tracking_number asked_at done_at error"
        " failures created_at",
        place="document",
    ),
    leaves(
        "channel_runs",
        "connection_id kind state cause total done failed cursor error moved_at ended_at ends_at created_at",
    ),
    leaves("channel_run_items", "run_id ref name state words created_at"),
    leaves(
        "channel_requests",
        "channel_order_id kind args asked_by state asked_at done_at error failures created_at",
    ),
    leaves(
        "channel_returns",
        "connection_id channel_order_id remote_id state status reason remote_at received_at facts raw created_at",
    ),
)
