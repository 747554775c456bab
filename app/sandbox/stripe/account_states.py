"""The states of a connected account, moved by the onboarding page, by tests and by the home page's buttons."""

from . import accounts, events, objects
from .ids import new_id
from .objects import Doc
from .requirements import CAPABILITIES_WHEN, NEW
from .scope import Scope


def set_state(scope: Scope, identifier: str, state: str) -> Doc:
    """Put an account into one of requirements.STATES and announce it; ValueError for an unknown state."""
    if state not in CAPABILITIES_WHEN:
        raise ValueError(f"state must be one of {', '.join([*CAPABILITIES_WHEN, 'deauthorised'])}")
    account = objects.get(scope.on(""), "account", identifier)
    old = dict(account)
    accounts.apply(account, scope, state, objects.secret_of(scope, identifier)["requested"])
    if state != NEW:
        _submit(account, scope)
    objects.keep_secret(scope, identifier, state=state, deauthorised=False)
    return accounts.changed(scope.on(""), account, old)


def _submit(account: Doc, scope: Scope) -> None:
    """What a person leaves behind by going through onboarding: terms accepted and a bank account."""
    account["tos_acceptance"] = {**account["tos_acceptance"], "date": account["tos_acceptance"]["date"] or scope.now()}
    if not account["external_accounts"]["data"]:
        account["external_accounts"] = {**account["external_accounts"], "data": [_bank(account)]}


def _bank(account: Doc) -> Doc:
    return {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "account_holder_name": None,
        "account_holder_type": None,
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "SANDBOX TEST BANK",
        "country": account["country"],
        "currency": account["default_currency"],
        "default_for_currency": True,
        "fingerprint": new_id("fp"),
        "last4": "6789",
        "metadata": {},
        "routing_number": "110000000",
        "status": "new",
    }


def deauthorise(scope: Scope, identifier: str) -> None:
    """The seller disconnects the platform: one last event, then every call for the account answers 403."""
    objects.get(scope.on(""), "account", identifier)
    application = {"id": "ca_sandbox", "object": "application", "name": "Guildhall"}
    events.announce(scope.on(identifier), "account.application.deauthorized", application)
    objects.keep_secret(scope, identifier, deauthorised=True)
