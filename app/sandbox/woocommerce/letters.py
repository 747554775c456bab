"""A push as it leaves: the object as it is then, written as WordPress writes JSON, and signed."""

import base64
import hashlib
import hmac
import json

from app.sandbox.market import goods, orders
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope
from app.sandbox.stripe.webhooks import Letter

from . import order_view, product_view
from .hooks import AGENT
from .talk import NAME, Site, site_in

TIMEOUT = (2, 60)
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"), ("&amp;", "&"))


def letter(scope: Scope, hook: Doc, secret: Doc, event: Doc) -> Letter:
    """The webhook of one event for one hook."""
    site = site_in(scope, scope.config.base_url)
    raw = written(_body(site, event["payload"]))
    topic = hook["topic"]
    resource, _, happened = topic.partition(".")
    headers = {
        "User-Agent": AGENT, "Content-Type": "application/json", "X-WC-Webhook-Source": f"{site.home}/",
        "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Resource": resource, "X-WC-Webhook-Event": happened,
        "X-WC-Webhook-Signature": sign(secret.get("secret", ""), raw), "X-WC-Webhook-ID": str(hook["number"]),
        "X-WC-Webhook-Delivery-ID": delivery_id(hook, scope.now()),
    }  # fmt: skip
    return Letter(hook["url"], raw, headers, TIMEOUT)


def _body(site: Site, payload: Doc) -> Doc:
    """What `GET` would answer now; of what was deleted only the number is left."""
    found: Doc | None
    if payload["topic"].endswith(".deleted"):
        found = None
    elif payload["resource"] == "order":
        order = orders.get(site.scope, site.shop, payload["id"])
        found = order_view.order(site, order) if order else None
    else:
        found = _product(site, payload)
    return found or {"id": int(payload["variation"] or payload["id"])}


def _product(site: Site, payload: Doc) -> Doc | None:
    product = goods.get(site.scope, site.shop, payload["id"])
    if product is None or not payload["variation"]:
        return product_view.product(site, product) if product else None
    sku = next((one for one in product["skus"] if one["id"] == payload["variation"]), None)
    return product_view.variation(site, product, sku, as_product=True) if sku else None


def written(body: Doc) -> bytes:
    r"""JSON as wp_json_encode makes it: slashes as \/ and everything beyond ASCII as \uXXXX."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def sign(secret: str, raw: bytes) -> str:
    """`X-WC-Webhook-Signature`; entities in the secret count as the letters they stand for."""
    for entity, sign_ in ENTITIES:
        secret = secret.replace(entity, sign_)
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def delivery_id(hook: Doc, now: int) -> str:
    """The same for two deliveries of one webhook within a second."""
    return hashlib.md5(f"{NAME}{hook['id']}{now}".encode(), usedforsecurity=False).hexdigest()
