"""Getting to a WooCommerce shop: the address that a person types, the page of consent, and the keys that the shop posts."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from app.channels.channel_facts import App, Authorised, ShopFacts, Tokens
from app.channels.platforms.woocommerce_signing import query_string
from app.channels.platforms.woocommerce_site import NAME, Site
from app.core import outside
from app.core.errors import ProviderError
from app.core.http import NotSent
from app.core.wire import text

APP_NAME = "Guildhall"
SCOPE = "read_write"
KEY, SECRET = re.compile(r"ck_[0-9A-Za-z]{8,80}"), re.compile(r"cs_[0-9A-Za-z]{8,80}")
HOPS = 3
NOBODY = Tokens("", "")
INNER = re.compile(r"/(wp-admin|wp-json|wp-login\.php|wc-auth)(/.*)?$")
"""Pages of a shop that people copy the address from."""


def read_address(typed: str) -> str:
    """A shop's address as it is called: with scheme, without query and slash at the end. Raises ProviderError with words."""
    found = typed.strip()
    if "://" not in found:
        found = f"https://{found}"
    try:
        parts = outside.checked(found)
    except NotSent as error:
        raise error.told(NAME) from None
    if "." not in (parts.hostname or "") and not outside.is_sandbox(found):
        raise ProviderError(NAME, "this is not an address on the web", permanent=True, remote_code="address")
    path = quote(INNER.sub("", parts.path.rstrip("/")), safe="/%~+:@!$&'()*,;=")
    return f"{parts.scheme}://{parts.netloc}{path}"


def shop_id(address: str) -> str:
    """The same for http and https: host and path."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def consent_url(app: App, state: str, address: str) -> str:
    """`state` comes back as user_id, in the browser's return and beside the keys; it has to be impossible to guess."""
    callback = app.auth or f"{app.redirect.rpartition('/')[0]}/keys"
    asked = {
        "app_name": APP_NAME,
        "scope": SCOPE,
        "user_id": state,
        "return_url": app.redirect,
        "callback_url": callback,
    }
    return f"{address}/wc-auth/v1/authorize?{query_string(asked)}"


def authorised(answer: Mapping[str, str]) -> Authorised:
    """Keys that a shop posted, proven by reading the shop with them. Anybody can post there, so nothing is believed."""
    address = text(answer.get("address"))
    key, secret = text(answer.get("consumer_key")), text(answer.get("consumer_secret"))
    if not KEY.fullmatch(key) or not SECRET.fullmatch(secret):
        raise ProviderError(NAME, "handed over no keys. Connect the shop again", permanent=True, remote_code="no_keys")
    rights = text(answer.get("key_permissions")) or SCOPE
    if rights != SCOPE:
        words = "gave keys that may only read or only write. Connect again and allow both"
        raise ProviderError(NAME, words, permanent=True, remote_code="rights")
    address = settled(read_address(address))
    tokens = Tokens(owner=shop_id(address), access=key, refresh=secret, scopes=(rights,))
    return Authorised(read_shop(Site(address, tokens, lambda: None)), tokens)


def settled(address: str) -> str:
    """The address that the shop goes by, from one that leads there; asked without keys. Never from https down to http."""
    for _ in range(HOPS):
        target = Site(address, NOBODY, lambda: None).sends_on_to()
        if not target:
            return address
        following = read_address(target)
        if following == address or (address.startswith("https:") and following.startswith("http:")):
            break
        address = following
    raise ProviderError(NAME, "sends from address to address; type the last one", permanent=True, remote_code="moved")


def read_shop(site: Site) -> ShopFacts:
    """Currency and country need the keys, the name does not; a site that hides its name is called by its host."""
    general = {text(one.get("id")): one.get("value") for one in site.page("/settings/general").items}
    currency = text(general.get("woocommerce_currency")).upper()
    if not currency:
        raise ProviderError(NAME, "does not say which currency it sells in", permanent=False, remote_code="currency")
    return ShopFacts(
        id=shop_id(site.address),
        name=text(_index(site).get("name")) or shop_id(site.address),
        region=text(general.get("woocommerce_default_country")).partition(":")[0],
        currency=currency,
        url=site.address,
    )


def _index(site: Site) -> Mapping[str, Any]:
    try:
        return site.index()
    except ProviderError as error:
        if not error.permanent and error.remote_code != "page":
            raise
        return {}
