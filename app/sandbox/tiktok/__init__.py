"""TikTok Shop (Open API) as the sandbox speaks it; `/tiktok` stands for its three hosts.

Imitated: the consent page, tokens (absolute ends, rotating refresh tokens), authorised shops with ciphers; signatures, the time window,
scopes and cipher rules; product search with its cap, detail, stock and prices with errors per item, off and on sale; orders (one line
per unit), packages, slots, shipping both ways, documents whose addresses die after a day, scans; cancellations and returns;
webhooks per shop with the documented pauses, and pushes for orders, addresses, packages, products, cancellations, returns and access.
Not imitated: chats, invoices, promotions, settlement, listing audits, global products, splitting and combining by API (the
marketplace's own page does both), inventory pushes (27, 71), which no shop can ask for by name. Chosen here, because the documents are
silent: codes 2101xxxx and 2500xxxx, and that a denied consent comes back with `error=access_denied`.
"""

import secrets

from flask import Flask

from app.sandbox.config import SandboxConfig
from app.sandbox.market import ids, pushes, shops, watching
from app.sandbox.market.store import Doc
from app.sandbox.stripe import clockwork

from . import (
    access,
    aftersales,
    carriers,
    consent,
    grants,
    hooks,
    inventory,
    labels,
    news,
    orders,
    packages,
    products,
    returns,
)
from .dialect import FIRST_IDS, NAME, maker
from .door import blueprint

# Importing a part registers its calls.
PARTS = (access, consent, products, inventory, orders, packages, carriers, labels, aftersales, returns, hooks)


def register(app: Flask, config: SandboxConfig) -> None:
    """Add TikTok's protocol over the marketplace."""
    ids.register(NAME, unit_lines=True, **{noun: maker(noun) for noun in FIRST_IDS})
    shops.register(NAME, _private)
    pushes.register(NAME, hooks.letter, hooks.PAUSES)
    watching.watch(NAME, news.heard)
    clockwork.TASKS[grants.ENDS] = news.consent_ends
    app.register_blueprint(blueprint)


def _private(shop: Doc) -> Doc:
    """What TikTok alone keeps about a shop: the cipher that names it, its code, and whose it is."""
    return {
        "cipher": f"{'GCP' if shop['region'] == 'GB' else 'ROW'}_{secrets.token_urlsafe(24)}",
        "code": f"{shop['region']}LC{secrets.token_hex(4).upper()}",
        "open_id": str(7_010_736_057_180_000_000 + secrets.randbelow(10**9)),
        "seller_type": "LOCAL",
    }
