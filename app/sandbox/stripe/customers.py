"""Customers: people who pay more than once."""

from . import events, objects
from .errors import missing
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank

EDITABLE = ("address", "description", "email", "name", "phone", "shipping", "preferred_locales")


def require(scope: Scope, identifier: str) -> Doc:
    """The customer; raises 400 `resource_missing` when a parameter names one that does not exist."""
    customer = objects.find(scope, "customer", identifier)
    if customer is None or customer.get("deleted"):
        raise missing("customer", identifier, "customer", 400)
    return customer


def create(scope: Scope, params: Doc) -> Doc:
    """A new customer."""
    customer = blank(
        "Customer",
        id=new_id("cus"),
        created=scope.now(),
        livemode=False,
        balance=0,
        delinquent=False,
        metadata=objects.clean_metadata(params),
        preferred_locales=[],
        tax_exempt="none",
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
    )
    for name in ("cash_balance", "sources", "subscriptions", "tax", "tax_ids", "invoice_credit_balance"):
        customer.pop(name, None)  # sent only when expanded
    customer.update({name: params[name] for name in EDITABLE if name in params})
    objects.add(scope, customer)
    events.announce(scope, "customer.created", customer)
    return customer


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One customer; a deleted one answers with `deleted: true`."""
    return objects.get(scope, "customer", identifier)


def search(scope: Scope, params: Doc) -> Doc:
    """Customers, newest first."""
    return objects.listing(scope, "customer", params, "/v1/customers", ("email",))


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change a customer; an empty value clears a member."""
    customer = retrieve(scope, params, identifier)
    old = dict(customer)
    customer.update({name: params[name] or None for name in EDITABLE if name in params})
    objects.merge_metadata(customer, params)
    objects.save(scope, customer)
    events.announce(scope, "customer.updated", customer, events.previous(old, customer))
    return customer


def remove(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Delete a customer for good."""
    customer = retrieve(scope, params, identifier)
    gone = {"id": customer["id"], "object": "customer", "deleted": True}
    objects.save(scope, gone)
    events.announce(scope, "customer.deleted", customer)
    return gone
