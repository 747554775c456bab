"""Signatures of WooCommerce (reference: WOOCOMMERCE.md §1, §5): OAuth 1.0a with one leg over plain HTTP, and webhooks."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import quote

METHOD = "HMAC-SHA256"
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&"))


def encoded(value: str) -> str:
    """Percent-encoded as RFC 3986 has it: letters, digits and -._~ stay."""
    return quote(value, safe="~")


def query_string(params: Mapping[str, str]) -> str:
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in params.items())


def oauth_text(method: str, url: str, params: Mapping[str, str]) -> str:
    """What is signed: the method, the address without its query, and all parameters sorted by their encoded names."""
    pairs = sorted((encoded(name), encoded(value)) for name, value in params.items() if name != "oauth_signature")
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join((method.upper(), encoded(url), encoded(joined)))


def oauth_signature(method: str, url: str, params: Mapping[str, str], secret: str) -> str:
    signed = hmac.new(f"{secret}&".encode(), oauth_text(method, url, params).encode(), hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def oauth_params(method: str, url: str, query: Mapping[str, str], key: str, secret: str) -> dict[str, str]:
    """The query and everything that proves it, with a time and a nonce of this very moment: sign again for each attempt."""
    params = {
        **query,
        "oauth_consumer_key": key,
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": secrets.token_hex(20),
        "oauth_signature_method": METHOD,
    }
    return {**params, "oauth_signature": oauth_signature(method, url, params, secret)}


def basic(key: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"


def push_signature(secret: str, raw: bytes) -> str:
    """`X-WC-Webhook-Signature` of these bytes; WordPress takes entities in a secret for what they stand for."""
    for entity, letter in ENTITIES:
        secret = secret.replace(entity, letter)
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
