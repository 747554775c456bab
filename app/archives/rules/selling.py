"""Shops, stock, orders, parcels and money."""

from app.archives.rules.rule import leaves, stays

MOMENT = "is over within minutes and means nothing elsewhere"

SELLING = (
    leaves(
        "shops",
        "slug name tagline about currency state hue chroma radius font address refund_policy delivery_policy"
        " dispatch_days logo_id version created_at",
    ),
    leaves(
        "products",
        "shop_id category_id slug title description state ships downloads tags currency price_minor sold_count hs_code"
        " origin_country customs_text older_for_all sharing_places sharing_days listed_at updated_at version created_at",
        derived="search",
    ),
    leaves("product_options", "product_id name position values"),
    leaves(
        "variants",
        "product_id sku title option_values position price_minor compare_at_minor currency tracked weight_g length_mm"
        " width_mm height_mm archived_at",
    ),
    leaves(
        "media",
        "product_id shop_id position alt decorative state error width height created_at",
        place="original_key renditions",
    ),
    leaves(
        "files",
        "product_id variant_id name content_type size sha256 position download_limit release replaces_id notes"
        " removed_at variant_past crc32 stream_only stamped stamp_text stampable created_at",
        place="storage_key",
    ),
    stays("uploads", "is a file on its way, with us for a week at most; what it became is among the files"),
    leaves("delivery_zones", "shop_id name countries"),
    leaves("delivery_rates", "zone_id name price_minor per_item_minor free_from_minor currency min_days max_days"),
    leaves(
        "discounts",
        "shop_id code kind value product_ids min_total_minor max_uses used_count once_per_buyer starts_at ends_at"
        " created_at",
    ),
    leaves("discount_uses", "discount_id order_id buyer_email released_at created_at"),
    leaves("locations", "name is_default created_at"),
    leaves("stock_levels", "variant_id location_id on_hand reserved"),
    leaves(
        "stock_movements",
        "variant_id location_id on_hand_delta reserved_delta reason note actor_name reference_id created_at",
    ),
    leaves("reservations", "holder_id variant_id location_id quantity state expires_at created_at"),
    leaves("shortages", "holder_id variant_id quantity created_at"),
    leaves("stock_alerts", "variant_id email confirmed_at created_at"),
    leaves(
        "orders",
        "group_id shop_id number channel connection_id platform_ships buyer_id buyer_name buyer_email ship_to billing"
        " gift_note country delivery_name currency subtotal_minor discount_minor delivery_minor total_minor fee_minor"
        " refunded_minor delivery_refunded_minor discount_code state payment_state fulfilment_state placed_at paid_at"
        " ship_by cancelled_at held_at hold_reason tags version created_at",
        derived="search_text",
    ),
    leaves(
        "order_lines",
        "order_id position product_id variant_id channel_key title variant_title sku ships downloads quantity unit_minor"
        " discount_minor total_minor fee_minor refunded_minor refunded_quantity fulfilled_quantity",
    ),
    leaves("fulfilments", "order_id state carrier tracking_number tracking_url lines delivered_at created_at"),
    leaves("order_notes", "order_id author_id author_name body edited_at created_at"),
    leaves("order_events", "order_id kind actor_kind actor_name summary data created_at"),
    leaves("order_views", "owner_id name query shared created_at"),
    leaves(
        "grants",
        "buyer_id product_id variant_id order_id source_id downloads starts_at ends_at revoked_at revoked_for stops stop_note created_at",
    ),
    leaves("buyer_notes", "product_id words created_at"),
    leaves(
        "downloads",
        "grant_id file_id buyer_id first_byte last_byte bytes_sent completed_at counted ip user_agent way created_at",
    ),
    stays("library_marks", "is the buyer's own: what they put away, and when they last looked"),
    leaves("download_allowances", "grant_id downloads created_at"),
    stays("sightings", "knows where buyers are; what a lock was made from is kept with it"),
    leaves("sharing_locks", "grant_id places devices networks evidence lifted_at lifted_by created_at"),
    leaves(
        "updates",
        "product_id author_id author_name notes files audience variant_id bought_after forum state told sent_at thread_path"
        " created_at",
    ),
    leaves("update_recipients", "update_id grant_id buyer_id email name outcome settled_at"),
    leaves("update_optouts", "shop_id email created_at"),
    leaves(
        "reviews",
        "product_id grant_id stars body name edited_at version void_at hidden_at hidden_for reply reply_author replied_at"
        " created_at",
        derived="shown",
    ),
    stays("review_tallies", "is counted from the reviews"),
    leaves(
        "review_reports",
        "review_id reporter_id reporter_name reason words state answer answered_by version decided_at created_at",
    ),
    leaves("review_settings", "shop_id reminders"),
    leaves("review_reminders", "order_id outcome created_at"),
    leaves("review_optouts", "shop_id email created_at"),
    leaves(
        "copies",
        "grant_id file_id settings mark state error final size sha256 crc32 content_type look asked_at ready_at used_at mail_at"
        " created_at",
        place="storage_key",
    ),
    leaves(
        "traces",
        "actor_id actor_name name kind size sha256 state error result ended_at created_at",
        place="storage_key",
    ),
    stays("positions", "is the buyer's own: how far they are in a book or a film"),
    leaves(
        "licence_offers",
        "product_id enabled source prefix activation_limit valid_days lease_days warn_below warned_at empty_since"
        " giving_since giving_count given_at version created_at",
    ),
    leaves("licence_terms", "offer_id variant_id enabled activation_limit valid_days"),
    stays("licence_stock", "holds nothing but keys that open something; they are exported as a list of their own"),
    leaves(
        "licences",
        "offer_id grant_id unit product_id variant_id order_id order_number buyer_name buyer_email hint activation_limit"
        " valid_days expires_at issued_at disabled_at disabled_for closed_at version created_at",
        secret="digest sealed",
    ),
    leaves("licence_activations", "licence_id fingerprint name last_seen_at freed_at freed_by created_at"),
    leaves("licence_events", "licence_id kind actor_kind actor_name summary data created_at"),
    stays("licence_signers", "signs in this workspace's name"),
    leaves(
        "seller_accounts",
        "stripe_account_id country state charges_enabled payouts_enabled transfers_active details_submitted requirements"
        " refreshed_at created_at",
    ),
    leaves(
        "payment_parts",
        "payment_id order_id currency amount_minor fee_minor provider_fee_minor refunded_minor fee_refunded_minor"
        " provider_fee_refunded_minor disputed_minor state created_at",
    ),
    leaves(
        "transfers",
        "part_id currency amount_minor cause_id withheld_minor reversed_minor state attempt stripe_account_id"
        " stripe_transfer_id error sent_at created_at",
    ),
    leaves(
        "transfer_reversals",
        "transfer_id cause_id currency amount_minor state attempt stripe_reversal_id error created_at",
    ),
    leaves(
        "refunds",
        "part_id order_id currency amount_minor fee_minor provider_fee_minor reason note lines restock state"
        " stripe_refund_id actor_name error created_at",
    ),
    leaves(
        "disputes",
        "part_id order_id stripe_dispute_id currency amount_minor fee_minor provider_fee_minor status reason money_moved"
        " evidence_due_at evidence_text evidence_given_at evidence_sent_at evidence_error closed_at created_at",
    ),
    leaves("dispute_files", "dispute_id kind name content_type size stripe_file_id created_at", place="storage_key"),
    leaves("payouts", "stripe_payout_id currency amount_minor status arrives_at failure created_at"),
    leaves("ledger_transactions", "kind key order_id at"),
    leaves("ledger_entries", "transaction_id account currency amount_minor"),
    leaves(
        "carrier_accounts",
        "kind name state mode settings subscription_id checked_at last_news_at error version created_at",
        secret="credentials webhook_secret",
    ),
    leaves(
        "shipping_settings",
        "sender returns label_format sent_when customs_signer origin_country hs_code checkout_rates return_days"
        " label_sheet slip_code version",
    ),
    leaves("packages", "name length_mm width_mm height_mm tare_g max_g is_default archived_at created_at"),
    leaves(
        "service_rules",
        "name position destination countries over_g upto_g over_minor upto_minor sku_prefix choose account_id carrier"
        " service package_id insure signature cap_minor paused created_at",
    ),
    leaves(
        "parcels",
        "order_id return_id fulfilment_id direction state contents sender recipient package_id weight_g length_mm"
        " width_mm height_mm insured_minor currency signature customs address_check carrier service_name tracking_number"
        " tracking_url status status_at expected_at delivered_at handed_over_at polled_at verified_at raised version"
        " created_at",
        secret="tracking_code",
    ),
    stays("parcel_quotes", MOMENT),
    stays("checkout_estimates", MOMENT),
    leaves(
        "labels",
        "parcel_id account_id batch_id state reference shipment_id rate_id carrier service service_name quoted_minor"
        " total_minor currency remote_id tracking_number tracking_url format test manifest_id asked_at bought_at voided_at"
        " printed_at printed_by actor_name error version created_at",
        place="files",
        secret="remote_files",
    ),
    leaves(
        "label_batches",
        "number state actor_name actor_id options started_at ended_at created_at",
        place="documents",
    ),
    leaves(
        "batch_items",
        "batch_id position order_id parcel_id label_id state account_id rate_id reason fix quoted_minor currency"
        " service_name",
    ),
    leaves("manifests", "account_id state remote_id count actor_name error created_at", place="file"),
    leaves("tracking_events", "parcel_id key at status text place local received_at"),
    leaves(
        "returns",
        "order_id buyer_id number state contents message answer pays parcel_id refund_id answered_at received_at version"
        " created_at",
        place="photos",
    ),
)
