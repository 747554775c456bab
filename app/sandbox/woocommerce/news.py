"""What a site tells when something changes: twins at checkout, one more with every further change, never a second try."""

from app.sandbox.market import pushes
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from . import keys
from .product_view import is_variable, skus
from .talk import NAME


def heard(scope: Scope, shop: Doc, event: str, doc: Doc, detail: Doc) -> None:
    """Something changed in a shop."""
    if event == "access_ended":
        keys.remove_all(scope)
    elif event in ("product_changed", "stock_changed"):
        _product(scope, doc, detail)
    elif event == "order_placed":
        tell(scope, "order.created", "order", doc["id"], doc["number"])
        tell(scope, "order.updated", "order", doc["id"], doc["number"])
    else:
        _order(scope, doc)


def _order(scope: Scope, order: Doc) -> None:
    private = order["private"]
    is_gone = private.get("status") == "trash" and private.get("state") == order["state"]
    tell(scope, "order.deleted" if is_gone else "order.updated", "order", order["id"], order["number"])


def _product(scope: Scope, product: Doc, detail: Doc) -> None:
    """Hooks of products fire for variations too, each for itself."""
    if detail.get("cause") == "created":
        tell(scope, "product.created", "product", product["id"], product["title"])
    elif product["state"] == "deleted":
        tell(scope, "product.deleted", "product", product["id"], product["title"])
    else:
        sku = str(detail.get("sku") or "")
        variation = sku if is_variable(product) and sku in [one["id"] for one in skus(product)] else ""
        tell(scope, "product.updated", "product", product["id"], product["title"], variation)


def tell(scope: Scope, topic: str, resource: str, identifier: str, about: str, variation: str = "") -> None:
    """Queue a push for every active webhook of a topic; what it says is read when it leaves."""
    to = [one for one in pushes.hooks(scope, NAME) if one["status"] == "active" and one["topic"] == topic]
    payload = {"topic": topic, "resource": resource, "id": identifier, "variation": variation}
    pushes.send(scope, NAME, topic, payload, to, about)
