"""What comes into a workspace with an archive, table by table; and why the rest stays outside."""

COMES = {
    "shops": "Shops",
    "products": "Products",
    "product_options": "Options of products",
    "variants": "Variants and prices",
    "buyer_notes": "Notes to buyers",
    "media": "Pictures of products and shops",
    "files": "Files for sale",
    "delivery_zones": "Delivery zones",
    "delivery_rates": "Delivery rates",
    "discounts": "Discounts",
    "discount_uses": "Uses of discounts",
    "locations": "Places of stock",
    "stock_levels": "Stock",
    "stock_movements": "Movements of stock",
    "packages": "Packages",
    "shipping_settings": "Shipping settings",
    "orders": "Orders, as history",
    "order_lines": "Lines of orders",
    "order_events": "Timelines of orders",
    "order_notes": "Notes on orders",
    "fulfilments": "What was sent",
    "communities": "The forum",
    "forum_categories": "Categories",
    "forum_category_products": "Products that open categories",
    "forum_people": "Names of those who wrote",
    "forum_threads": "Threads",
    "forum_posts": "Posts",
    "forum_revisions": "Earlier words of posts",
    "forum_votes": "Votes",
    "forum_polls": "Polls",
    "forum_poll_options": "Options of polls",
    "forum_poll_votes": "Votes in polls",
    "forum_pictures": "Pictures in posts",
    "forum_moderations": "The log of moderators",
    "product_answers": "Answers on product pages",
}
"""In words. They are written in the order of the schema, those first that others point at."""

MONEY = "Money moved where it was booked. Books that no payment stands behind would be wrong here; they stay in your zip to read."
PERSON = "People are never made or linked by a file. Invite your team again."
OPENED = "A connection needs your consent again, given here."
MOMENT = "It was about a moment that is over."
PAPER = "Labels, parcels and returns belong to the carrier account they were made with; what was sent comes in with its order."

STAYS = {
    "members": PERSON,
    "invitations": PERSON,
    "audit_entries": "A trail says what happened in this workspace. The old one stays in your zip.",
    "audit_anchors": "A trail says what happened in this workspace. The old one stays in your zip.",
    "grants": "Buyers open what they bought where they bought it. Here they would be linked to accounts silently.",
    "downloads": "Buyers open what they bought where they bought it.",
    "copies": "Copies belong to purchases made elsewhere. Their marks stay in your zip.",
    "traces": "Whose copy a leak is can be told where the copies were made. What was found stays in your zip.",
    **dict.fromkeys(
        ("download_allowances", "sharing_locks", "updates", "update_recipients"),
        "It is about buyers, who open what they bought where they bought it.",
    ),
    "update_optouts": "Whoever bought there hears nothing from here.",
    "review_optouts": "Whoever bought there hears nothing from here.",
    **dict.fromkeys(
        ("reviews", "review_reports"),
        "A review is somebody's word about what they bought here. No file can vouch for that; yours stay in your zip.",
    ),
    "review_settings": "Shops choose anew whether buyers are asked for reviews.",
    "review_reminders": "It is about buyers, who are asked where they bought.",
    **dict.fromkeys(
        ("licence_offers", "licence_terms", "licences", "licence_activations", "licence_events"),
        "Keys are good where they were sold. Switch licences on again at the product; a list of keys is imported there.",
    ),
    "order_views": "Saved views belong to the person who made them.",
    "reservations": MOMENT,
    "shortages": MOMENT,
    "stock_alerts": "Whoever waits for stock said yes to a letter from the other place, not from here.",
    "forum_flags": MOMENT,
    "forum_appeals": MOMENT,
    "service_rules": "They choose among carrier accounts, which are not here yet.",
    "carrier_accounts": OPENED,
    **dict.fromkeys(
        ("parcels", "labels", "label_batches", "batch_items", "manifests", "tracking_events", "returns"), PAPER
    ),
    **dict.fromkeys(
        (
            "seller_accounts",
            "payment_parts",
            "transfers",
            "transfer_reversals",
            "refunds",
            "disputes",
            "dispute_files",
            "payouts",
            "ledger_transactions",
            "ledger_entries",
        ),
        MONEY,
    ),
    **dict.fromkeys(
        (
            "channel_grants",
            "channel_connections",
            "channel_listings",
            "channel_listing_parts",
            "channel_orders",
            "channel_shipments",
            "channel_runs",
            "channel_run_items",
            "channel_requests",
            "channel_returns",
        ),
        OPENED,
    ),
}

SAID = {
    "products.state": ("draft", "listed", "archived"),
    "discounts.kind": ("percent", "amount", "delivery"),
    "stock_movements.reason": (
        "received",
        "counted",
        "damaged",
        "sold",
        "returned",
        "refunded",
        "reserved",
        "released",
        "corrected",
    ),
    "orders.state": ("pending", "open", "done", "cancelled"),
    "orders.payment_state": ("unpaid", "processing", "paid", "part_refunded", "refunded", "disputed"),
    "orders.fulfilment_state": ("none_needed", "unfulfilled", "part_fulfilled", "fulfilled"),
    "fulfilments.state": ("shipped", "delivered", "cancelled"),
    "media.state": ("processing", "ready", "refused"),
    "forum_pictures.state": ("waiting", "ready", "refused"),
    "shipping_settings.label_format": ("pdf", "png", "zpl"),
    "shipping_settings.sent_when": ("label", "scan"),
}
"""Words that the application acts upon, and that the database does not hold to a list itself."""
