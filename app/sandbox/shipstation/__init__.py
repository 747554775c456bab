"""ShipStation (API v2, formerly ShipEngine) as the sandbox speaks it, under `/shipstation/v2`; its keys at `/shipstation/jwks`.

Imitated: carriers with services and packages; shipments with `external_shipment_id` (unique, cut at 50 characters) and
address validation; rates whose price has four parts, invalid rates and carrier errors inside a 200; estimates; labels from
a shipment, a rate or inline, found again by rate, shipment and external id, as addresses or `data:` URLs, slow carriers
(`processing`); voids that say no with a 200; returns; tracking; manifests; webhooks signed with RSA and a key that can be
rotated. As at ShipStation, nothing stops a rate from being bought twice.
Not imitated: batches, pickups, warehouses beyond the one, inventory, products, users, order sources, API V1.
"""

from flask import Flask

from app.sandbox.carriers import parcels
from app.sandbox.config import SandboxConfig
from app.sandbox.stripe import webhooks as postman

from . import (
    account,
    buying,
    dialect,
    files,
    hooks,
    keys,
    labels,
    manifests,
    rates,
    shipments,
    tracks,
    validation,
    voiding,
)

# Importing a part registers its calls.
PARTS = (account, validation, shipments, rates, buying, labels, voiding, tracks, manifests, hooks)


def register(app: Flask, config: SandboxConfig) -> None:
    """Add ShipStation's API, its files, its keys, and what it says when parcels move."""
    parcels.WATCHERS[dialect.NAME] = tracks.parcel_moved
    postman.WRITERS[hooks.KIND] = hooks.letter
    for blueprint in (dialect.blueprint, files.blueprint, keys.blueprint, keys.doors):
        app.register_blueprint(blueprint)
