"""Webhook endpoints: the two that the configuration names, and those made through the API."""

from . import objects
from .errors import StripeError, missing, refused
from .ids import new_id
from .objects import Doc
from .postbox import CONNECT_ID, FIRST_ID
from .scope import Scope
from .spec import API_VERSION, blank
from .urls import require_url

MOST = 16
ACCOUNT_EVENTS = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
]
CONNECT_EVENTS = [
    "account.updated",
    "capability.updated",
    "account.application.deauthorized",
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
]


def configure(scope: Scope) -> None:
    """Put the application's two endpoints in place, with the secrets of this start."""
    config = scope.config
    _put(scope, FIRST_ID, f"{config.app_url}/webhooks/stripe", config.webhook_secret, connect=False)
    _put(scope, CONNECT_ID, f"{config.app_url}/webhooks/stripe-connect", config.connect_webhook_secret, connect=True)


def _put(scope: Scope, identifier: str, url: str, secret: str, connect: bool) -> None:
    endpoint = objects.find(scope, "webhook_endpoint", identifier)
    if endpoint is None:
        objects.add(
            scope,
            _endpoint(scope, identifier, url, CONNECT_EVENTS if connect else ACCOUNT_EVENTS, connect),
            {"connect": connect},
        )
    else:
        objects.save(scope, {**endpoint, "url": url})
    objects.keep_secret(scope, identifier, secret=secret)


def _endpoint(scope: Scope, identifier: str, url: str, wanted: list[str], connect: bool) -> Doc:
    return blank(
        "WebhookEndpoint",
        id=identifier,
        api_version=API_VERSION,
        created=scope.now(),
        enabled_events=wanted,
        livemode=False,
        metadata={},
        status="enabled",
        url=url,
        application="ca_sandbox" if connect else None,
        description="Made by the sandbox's configuration" if identifier in (FIRST_ID, CONNECT_ID) else None,
    )


def create(scope: Scope, params: Doc) -> Doc:
    """A new endpoint; its secret is in this answer and in no other."""
    require_url(params["url"], "url")
    version = params.get("api_version", API_VERSION)
    if version != API_VERSION:
        raise refused(f"The sandbox speaks only {API_VERSION}.", "api_version")
    if len(objects.where(scope, "webhook_endpoint")) >= MOST:
        raise refused(f"You have reached the maximum of {MOST} test webhook endpoints.", code="resource_limit_exceeded")
    connect, secret = bool(params.get("connect")), f"whsec_{new_id('s')[2:]}"
    endpoint = _endpoint(scope, new_id("we"), params["url"], params["enabled_events"], connect)
    endpoint.update(description=params.get("description"), metadata=objects.clean_metadata(params))
    objects.add(scope, endpoint, {"connect": connect, "secret": secret})
    return {**endpoint, "secret": secret}


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One endpoint, without its secret."""
    endpoint = objects.find(scope, "webhook_endpoint", identifier)
    if endpoint is None:
        raise missing("webhook endpoint", identifier)
    return endpoint


def search(scope: Scope, params: Doc) -> Doc:
    """Endpoints, newest first."""
    return objects.listing(scope, "webhook_endpoint", params, "/v1/webhook_endpoints")


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change the address, the wanted events, or whether it listens at all."""
    endpoint = retrieve(scope, params, identifier)
    if "url" in params:
        require_url(params["url"], "url")
    endpoint.update({name: params[name] for name in ("url", "enabled_events", "description") if name in params})
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    objects.merge_metadata(endpoint, params)
    return objects.save(scope, endpoint)


def remove(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Delete an endpoint that was made through the API."""
    retrieve(scope, params, identifier)
    if identifier in (FIRST_ID, CONNECT_ID):
        raise StripeError("This endpoint comes from the sandbox's configuration and stays.", status=400)
    scope.state.run("DELETE FROM objects WHERE id = ?", identifier)
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}
