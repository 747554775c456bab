"""The neutral marketplace: shops, goods, orders, parcels, cancellations and returns, and the pages on which a person plays buyers.

The platforms' packages (tiktok, shopee, woocommerce) speak their protocols over this state: they read its docs, call its actions, and
turn what `watching` tells them into their own signed pushes.
Not imitated: chats, promotions beyond reserved stock, invoices, settlement, audits of listings.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig

from . import clocks, doors, order_doors, pages, store


def register(app: Flask, config: SandboxConfig) -> None:
    """Add the marketplace's tables and clock; it shares the memory and the postman that Stripe's part opened."""
    app.extensions["sandbox.state"].extend(store.SCHEMA, *store.TABLES)
    app.extensions["sandbox.nav"].append(("Marketplaces", "/market"))
    clocks.register()
    for part in (doors, order_doors, pages):
        app.register_blueprint(part.blueprint)
