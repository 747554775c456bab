"""EasyPost (API v2) as the sandbox speaks it, under `/easypost/v2` (and `/easypost/beta/rates`).

Imitated: addresses with verification and corrections; parcels, customs infos and items; shipments with rates, carrier
messages, options, insurance; rerate, buy (once: SHIPMENT.POSTAGE.EXISTS), one-call buy, label conversion, forms, returns
(`is_return`); refunds (submitted → refunded or rejected); SCAN forms; trackers with the EZ test codes; events, payloads
and webhooks signed with HMAC over the NFKD form of the secret; carrier accounts and the user.
Not imitated: batches, orders, pickups, claims, reports, smartrate, end shippers, child users, EPL2 labels, production keys.
"""

from flask import Flask

from app.sandbox.carriers import parcels, voids
from app.sandbox.config import SandboxConfig
from app.sandbox.stripe import webhooks as postman

from . import (
    account,
    addresses,
    buying,
    contents,
    creating,
    dialect,
    events,
    files,
    hooks,
    labels,
    rates,
    refunds,
    scan_forms,
    shipments,
    trackers,
)

# Importing a part registers its calls.
PARTS = (
    account,
    addresses,
    contents,
    shipments,
    creating,
    rates,
    buying,
    labels,
    refunds,
    scan_forms,
    trackers,
    events,
    hooks,
)


def register(app: Flask, config: SandboxConfig) -> None:
    """Add EasyPost's API, its files, and what it says when parcels move."""
    parcels.WATCHERS[dialect.NAME] = trackers.parcel_moved
    voids.WATCHERS[dialect.NAME] = refunds.void_decided
    postman.WRITERS[hooks.KIND] = hooks.letter
    for blueprint in (dialect.blueprint, creating.beta, files.blueprint):
        app.register_blueprint(blueprint)
