"""WooCommerce's webhooks (reference: WOOCOMMERCE.md §5): registered per shop, never repeated, switched off after failures."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from app.channels.channel_facts import Hooks, Push
from app.channels.platforms.woocommerce_goods import owner
from app.channels.platforms.woocommerce_signing import push_signature
from app.channels.platforms.woocommerce_site import Site
from app.core.port import Forged, Headers
from app.core.wire import decoded, mapping, mark, moment, text

EVENTS = ("created", "updated", "deleted", "restored")
WANTED = tuple(f"{resource}.{event}" for resource in ("order", "product") for event in EVENTS)
KINDS = {"order": "order", "product": "listing"}
TITLE = "Guildhall"
FORM = "application/x-www-form-urlencoded"
PING = re.compile(rb"webhook_id=[0-9]{1,20}")


# --- registering
def ours(site: Site, address: str) -> list[Mapping[str, Any]]:
    """Webhooks that lead to us, oldest first; also to the same path at the address that we had before."""
    found = [one for one in site.every("/webhooks") if _leads_here(one, address)]
    return sorted(found, key=lambda one: int(one.get("id") or 0))


def _leads_here(one: Mapping[str, Any], address: str) -> bool:
    url = text(one.get("delivery_url"))
    moved = text(one.get("name")).startswith(TITLE) and urlsplit(url).path == urlsplit(address).path
    return url == address or moved


def state(found: Sequence[Mapping[str, Any]], address: str) -> Hooks:
    """`healthy` is False when one is switched off, which a shop does without a word, or leads to an address of before."""
    present = sorted({text(one.get("topic")) for one in found})
    return Hooks(WANTED, present, all(is_well(one, address) for one in found if text(one.get("topic")) in WANTED))


def is_well(one: Mapping[str, Any], address: str) -> bool:
    return text(one.get("status")) == "active" and text(one.get("delivery_url")) == address


def subscribe(site: Site, address: str, secret: str) -> None:
    """One webhook per topic. The secret cannot be read, so it is given again to those that are there, which wakes them too."""
    wanted = {"delivery_url": address, "secret": secret, "status": "active"}
    found = ours(site, address)
    for topic in WANTED:
        known = [text(one.get("id")) for one in found if text(one.get("topic")) == topic]
        if known:
            site.send("PUT", f"/webhooks/{known[0]}", wanted)
        else:
            site.send("POST", "/webhooks", {**wanted, "name": f"{TITLE} {topic}", "topic": topic})
        for more in known[1:]:
            site.send("DELETE", f"/webhooks/{more}", {}, force=True)


# --- reading
def read(headers: Headers, raw: bytes, secret: str) -> Sequence[Push]:
    """What one delivery is about; none for the ping of a new webhook. Raises Forged."""
    said = headers.get("X-WC-Webhook-Signature") or ""
    if not said and is_ping(headers, raw):
        return ()
    expected = push_signature(secret, raw)
    if not secret or not said.isascii() or not hmac.compare_digest(said.encode(), expected.encode()):
        raise Forged("the signature does not fit")
    try:
        body = mapping(decoded(raw))
    except ValueError:
        body = {}
    return [push(headers, raw, body)]


def is_ping(headers: Headers, raw: bytes) -> bool:
    """A form with nothing but the webhook's number, unsigned; exactly this and nothing longer."""
    kind = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    return kind == FORM and PING.fullmatch(raw) is not None


def push(headers: Headers, raw: bytes, body: Mapping[str, Any]) -> Push:
    topic = headers.get("X-WC-Webhook-Topic") or ""
    resource = topic.partition(".")[0]
    kind = KINDS.get(resource, "other")
    about = owner(body) if kind == "listing" else text(body.get("id"))
    return Push(
        key=key(headers, raw, body),
        kind=kind if about else "other",
        ids=(about,) if about and kind != "other" else (),
        status=text(body.get("status")),
        at=moment(body.get("date_modified_gmt")),
        body=body,
    )


def key(headers: Headers, raw: bytes, body: Mapping[str, Any]) -> str:
    """The number of a delivery is the same for two within a second, so it is the content that counts, and whose it is.

    What was deleted twice looks the same both times; there the delivery's number is all there is.
    """
    modified = text(body.get("date_modified_gmt")) or headers.get("X-WC-Webhook-Delivery-ID") or ""
    whose = headers.get("X-WC-Webhook-Source") or ""
    topic = headers.get("X-WC-Webhook-Topic") or ""
    return mark("woocommerce", whose, topic, body.get("id"), modified, hashlib.sha256(raw).hexdigest())
