"""API keys of a site: two random halves, and rights to read, to write, or both."""

import hashlib
import hmac
import secrets

from app.sandbox.market import store
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

KIND = "woocommerce.key"
RIGHTS = ("read", "write", "read_write")


def make(scope: Scope, rights: str, user_id: str = "", description: str = "") -> Doc:
    """A new key; this once with its halves, of which the site keeps the first as a hash. Raises ValueError."""
    if rights not in RIGHTS:
        raise ValueError(f"permissions must be one of {', '.join(RIGHTS)}")
    key, secret = f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}"
    number = store.following(scope, "key", 1)
    doc: Doc = {
        "id": str(number), "hash": _hash(key), "secret": secret, "permissions": rights, "user_id": user_id,
        "description": description,
    }  # fmt: skip
    store.add(scope, KIND, doc)
    return {
        "key_id": number,
        "user_id": user_id,
        "consumer_key": key,
        "consumer_secret": secret,
        "key_permissions": rights,
    }


def find(scope: Scope, key: str) -> Doc | None:
    """The key with this first half."""
    wanted = _hash(key)
    return next((one for one in store.listed(scope, KIND) if hmac.compare_digest(one["hash"], wanted)), None)


def remove(scope: Scope, identifier: object) -> None:
    """Take one key back."""
    scope.state.run(
        "DELETE FROM market_docs WHERE account = ? AND kind = ? AND id = ?", scope.account, KIND, str(identifier)
    )


def remove_all(scope: Scope) -> None:
    """Take all keys back."""
    scope.state.run("DELETE FROM market_docs WHERE account = ? AND kind = ?", scope.account, KIND)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
