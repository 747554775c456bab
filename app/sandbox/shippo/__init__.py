"""Shippo (API version 2018-02-08) as the sandbox speaks it, under `/shippo`.

Imitated: addresses with validation; parcels in any unit; customs items and declarations; shipments (`async` or not) with
rates, carrier messages, insurance, signature, returns; transactions, also without a shipment first (instalabel), with
status ERROR in a 201, found again by `rate`; label addresses that are signed and expire after a day; refunds (PENDING →
SUCCESS or ERROR); manifests; tracks with the SHIPPO_ test numbers; webhooks with `Shippo-Auth-Signature`, one letter per
registration; carrier accounts. As at Shippo, nothing stops a rate from being bought twice.
Not imitated: batches, orders, pickups, live rates, parcel templates, managed accounts, the v2 address endpoints.
"""

from flask import Flask

from app.sandbox.carriers import parcels, voids
from app.sandbox.config import SandboxConfig
from app.sandbox.stripe import webhooks as postman

from . import (
    account,
    addresses,
    contents,
    customs,
    dialect,
    files,
    hooks,
    manifests,
    refunds,
    shipments,
    tracks,
    transactions,
)

# Importing a part registers its calls.
PARTS = (account, addresses, contents, customs, shipments, transactions, refunds, manifests, tracks, hooks)


def register(app: Flask, config: SandboxConfig) -> None:
    """Add Shippo's API, its files, and what it says when parcels move."""
    parcels.WATCHERS[dialect.NAME] = tracks.parcel_moved
    voids.WATCHERS[dialect.NAME] = refunds.void_decided
    postman.WRITERS[hooks.KIND] = hooks.letter
    for blueprint in (dialect.blueprint, files.blueprint, hooks.doors):
        app.register_blueprint(blueprint)
