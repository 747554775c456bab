"""Shopee Open Platform v2 as the sandbox speaks it, under `/shopee` (which is no part of what is signed).

Imitated: the consent page (links of five minutes, shop or main account), codes, access tokens of four hours and refresh tokens that
work once per shop; request signatures and timestamps; shops, stock locations, items, models, kits; stock and prices with every
documented refusal; orders in windows of fifteen days with optional fields and hidden addresses; shipping in steps, labels in
steps, splitting, cancelling, returns; pushes signed over the registered address, repeated after 300, 1800 and 10800 seconds,
lost ones, suspension; rate limit and daily quota when a door sets them.
Not imitated: global products, bookings, merchants, chats, ads, promotions other than reserved stock, first mile, invoices.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig
from app.sandbox.market.calls import Call, Reply

from . import (
    access,
    changes,
    consent,
    dialect,
    doors,
    items,
    logistics,
    news,
    order_calls,
    papers,
    push_calls,
    return_calls,
    shop_calls,
    styles,
)

# Importing a part registers its calls.
PARTS = (access, shop_calls, items, changes, order_calls, logistics, papers, return_calls, push_calls)


def _nowhere(call: Call, **_: str) -> Reply:
    raise dialect.plain(404)


for _method in ("GET", "POST"):
    dialect.api.on(_method, "/<path:anything>")(_nowhere)


def register(app: Flask, config: SandboxConfig) -> None:
    """Add Shopee's API, its consent page, its doors, and what it tells when something changes."""
    styles.register()
    news.register()
    for blueprint in (consent.blueprint, dialect.blueprint, doors.blueprint):
        app.register_blueprint(blueprint)
