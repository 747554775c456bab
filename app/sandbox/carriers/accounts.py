"""Accounts at the label providers: whoever uses a key of the right form has one."""

from app.sandbox.stripe.scope import Scope

from . import store
from .store import Doc

KIND = "carriers.account"


def seen(scope: Scope, provider: str, base: str) -> None:
    """Remember that this key is in use and at which address its owner reaches the sandbox."""
    identifier = f"{provider}:{scope.account}"
    found = store.find(scope, KIND, identifier)
    if found is None:
        store.add(scope, KIND, identifier, {"provider": provider, "key": scope.account, "base": base})
    elif found["base"] != base:
        store.save(scope, identifier, {**found, "base": base})


def base_of(scope: Scope, provider: str) -> str:
    """The address under which the account's owner last spoke to the sandbox."""
    found = store.find(scope, KIND, f"{provider}:{scope.account}")
    return found["base"] if found else scope.config.base_url


def get(scope: Scope, provider: str) -> Doc:
    """The account; raises KeyError when the key was never used."""
    found = store.find(scope, KIND, f"{provider}:{scope.account}")
    if found is None:
        raise KeyError(scope.account)
    return found
