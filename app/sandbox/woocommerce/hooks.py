"""Webhooks of a site: registered, pinged, counted, and switched off at the seventh failure in a row."""

import secrets
from typing import Any
from urllib.parse import urlsplit

import requests

from app.sandbox.market import pushes, store
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from . import lists
from .talk import NAME, Site, api, no_id, refusal, site_of

RESOURCES = ("coupon", "customer", "order", "product")
EVENTS = ("created", "updated", "deleted", "restored")
STATUSES = ("active", "paused", "disabled")
MOST_FAILURES = 5
AGENT = "WooCommerce/9.4.2 Hookshot (WordPress/6.7.1)"
TIMEOUT = (2, 10)
SECRET_LENGTH = 40


def is_topic(topic: str) -> bool:
    """Resource and event, a product that was published, or an action of WordPress."""
    resource, _, event = topic.partition(".")
    return (resource in RESOURCES and event in EVENTS) or topic == "product.published" or topic.startswith("action.w")


def shown(site: Site, hook: Doc) -> Doc:
    """A webhook without its secret."""
    resource, _, event = hook["topic"].partition(".")
    return {
        "id": hook["number"], "name": hook["name"], "status": hook["status"], "topic": hook["topic"], "resource": resource,
        "event": event, "hooks": [f"woocommerce_{event}_{resource}"], "delivery_url": hook["url"],
        **site.dates(date_created=hook["created"], date_modified=hook["updated"]),
        "_links": site.links("webhooks", hook["number"]),
    }  # fmt: skip


def hook_of(call: Call, number: str) -> Doc:
    """A webhook of the site; raises Refusal 404."""
    found = next((one for one in pushes.hooks(call.scope, NAME) if str(one["number"]) == number), None)
    if found is None:
        raise no_id("shop_webhook")
    return found


@api.on("GET", "/webhooks")
def search(call: Call) -> Reply:
    """Webhooks, the newest first; `status` narrows it."""
    site = site_of(call)
    status = lists.chosen(call, "status", ("all", *STATUSES), "all")
    found = [one for one in reversed(pushes.hooks(call.scope, NAME)) if status in ("all", one["status"])]
    items = [shown(site, one) for one in lists.part(call, found)]
    return lists.paged(call, site, "webhooks", items, len(found))


@api.on("GET", "/webhooks/<number>")
def retrieve(call: Call, number: str) -> Reply:
    """One webhook."""
    return Reply(shown(site_of(call), hook_of(call, number)))


@api.on("POST", "/webhooks")
def create(call: Call) -> Reply:
    """A new webhook. Its address is pinged at once and has to answer 200, or there is none."""
    wish = call.body if isinstance(call.body, dict) else {}
    _check({"topic": "", "delivery_url": "", **wish})
    number, now = store.following(call.scope, "id", 100_001), call.scope.now()
    hook = pushes.hook(
        call.scope, NAME, str(wish["delivery_url"]), identifier=f"wc:{call.scope.account}:{number}",
        secret=str(wish.get("secret") or secrets.token_urlsafe(SECRET_LENGTH)), number=number,
        name=str(wish.get("name") or f"Webhook created on {now}"), topic=str(wish["topic"]),
        status=str(wish.get("status") or "active"), failures=0, created=now, updated=now,
    )  # fmt: skip
    if hook["status"] == "active":
        _ping(hook)
    return Reply(shown(site_of(call), hook), 201)


def _check(wish: Doc) -> None:
    if "topic" in wish and not is_topic(str(wish["topic"])):
        raise refusal(
            400, "woocommerce_rest_webhook_invalid_topic", "Webhook topic is required and must be valid."
        )  # fmt: skip
    if "delivery_url" in wish:
        parts = urlsplit(str(wish["delivery_url"]))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            words = "Webhook delivery URL must be a valid URL starting with http:// or https://."
            raise refusal(400, "woocommerce_rest_webhook_invalid_delivery_url", words)
    if wish.get("status", "active") not in STATUSES:
        raise refusal(400, "woocommerce_rest_webhook_invalid_status", "Webhook status must be valid.")


def _ping(hook: Doc) -> None:
    """A form with the webhook's number, without any signature."""
    status: Any = None
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                hook["url"], data={"webhook_id": hook["number"]}, headers={"User-Agent": AGENT}, timeout=TIMEOUT,
                allow_redirects=False,
            )  # fmt: skip
            status = answer.status_code
    except requests.RequestException as error:
        raise refusal(400, "error", f"Error: Delivery URL cannot be reached: {type(error).__name__}") from error
    if status != 200:
        raise refusal(400, "error", f"Error: Delivery URL returned response code: {status}")


def _update(call: Call, number: str) -> Reply:
    """Change name, topic, address, secret or status; one that is active again begins to count anew."""
    hook, wish = hook_of(call, number), call.body if isinstance(call.body, dict) else {}
    _check(wish)
    names = {"name": "name", "topic": "topic", "delivery_url": "url", "status": "status"}
    hook.update({mine: str(wish[theirs]) for theirs, mine in names.items() if theirs in wish}, updated=call.scope.now())
    if wish.get("status") == "active":
        hook["failures"] = 0
    pushes.keep(call.scope, hook, str(wish["secret"]) if wish.get("secret") else None)
    return Reply(shown(site_of(call), hook))


for _method in ("PUT", "PATCH", "POST"):
    api.on(_method, "/webhooks/<number>")(_update)


@api.on("DELETE", "/webhooks/<number>")
def remove(call: Call, number: str) -> Reply:
    """For ever: `force` has to be true."""
    hook = hook_of(call, number)
    if call.query.get("force", "").lower() not in ("1", "true"):
        raise refusal(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    pushes.remove(call.scope, hook["id"])
    return Reply(shown(site_of(call), hook))


def settled(scope: Scope, identifier: str, accepted: bool) -> None:
    """A delivery was answered: failures in a row are counted, and the one after the sixth switches the webhook off."""
    hook = pushes.find(scope, NAME, identifier)
    if hook is None:
        return
    if accepted:
        hook["failures"] = 0
    elif hook["failures"] > MOST_FAILURES:
        hook["status"] = "disabled"
    else:
        hook["failures"] += 1
    pushes.keep(scope, hook)
