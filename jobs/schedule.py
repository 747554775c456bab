"""Periodic work, one line each; and the import of every module that registers jobs."""

from datetime import timedelta

from app.core.scheduler import Periodic, periodic
from jobs import (  # noqa: F401
    accounts,
    archives,
    catalogue,
    channels,
    downloads,
    forum,
    inventory,
    licences,
    mail,
    notifications,
    payments,
    reviews,
    shipping,
    storefront,
    webhooks,
    workspaces,
)

EVERY: tuple[Periodic, ...] = (
    Periodic("accounts.sweep", timedelta(days=1)),
    Periodic("archives.sweep", timedelta(hours=1)),
    Periodic("workspaces.anchor_trails", timedelta(hours=1)),
    Periodic("notifications.send_bundles", timedelta(minutes=1)),
    Periodic("notifications.sweep", timedelta(days=1)),
    Periodic("inventory.expire", timedelta(minutes=1)),
    Periodic("licences.look_everywhere", timedelta(minutes=10)),
    Periodic("storefront.look_for_stock", timedelta(minutes=2)),
    Periodic("payments.reconcile", timedelta(minutes=1)),
    Periodic("payments.backfill", timedelta(minutes=10)),
    Periodic("shipping.sweep", timedelta(minutes=2)),
    Periodic("shipping.poll_due", timedelta(minutes=10)),
    Periodic("shipping.check_accounts", timedelta(hours=1)),
    Periodic("channels.look_after", timedelta(minutes=2)),
    Periodic("channels.catch_up_all", timedelta(minutes=15)),
    Periodic("channels.sweep", timedelta(hours=6)),
    Periodic("catalogue.sweep_uploads", timedelta(hours=1)),
    Periodic("catalogue.sum_files", timedelta(hours=1)),
    Periodic("downloads.sweep_copies", timedelta(hours=1)),
    Periodic("downloads.sweep_traces", timedelta(hours=1)),
    Periodic("downloads.forget_sightings", timedelta(days=1)),
    Periodic("reviews.remind_everywhere", timedelta(hours=6)),
    Periodic("forum.sweep_pictures", timedelta(hours=6)),
    Periodic("payments.check_invariants", timedelta(minutes=5)),
    Periodic("inventory.check_invariants", timedelta(minutes=5)),
)

periodic(*EVERY)
