"""WooCommerce's REST API v3 as one WordPress site per shop speaks it, under `/woocommerce/<store>`.

Imitated: keys with rights, HTTP Basic over HTTPS, keys in the query, OAuth 1.0a with nonces and a window of 15 minutes over HTTP; the
wc-auth page with the keys posted to a callback; products, variations and their batches with stock per SKU, on the parent or not counted;
orders with statuses by hand, notes, refunds through a gateway that can or cannot; pages with Link and X-WP headers; local time beside GMT;
webhooks with a ping, bodies built when they leave, signatures, twins, no second try, and switched off at the seventh failure in a row.
Not imitated: creating products and orders by API, coupons, customers, reports, taxes and shipping zones, `?rest_route=`.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig
from app.sandbox.market import pushes, shops, watching

from . import consent, doors, hooks, letters, news, notes, orders, products, refunds, site, talk, variations

# Importing a part registers its calls.
PARTS = (products, variations, orders, notes, refunds, hooks)


def register(app: Flask, config: SandboxConfig) -> None:
    """Add the sites, and what they say when something changes in them."""
    shops.register(talk.NAME, site.private)
    watching.watch(talk.NAME, news.heard)
    pushes.register(talk.NAME, letters.letter, (), hooks.settled)
    for blueprint in (talk.blueprint, site.blueprint, consent.blueprint, doors.blueprint):
        app.register_blueprint(blueprint)
