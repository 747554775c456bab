"""What is said about a person, in id tokens and as user information."""

import base64
import hashlib
import time
from typing import Any

from .grants import TOKEN_LIFETIME, Grant
from .people import Person

SUPPORTED = (
    *("iss", "aud", "azp", "sub", "iat", "exp", "nonce", "at_hash"),
    *("email", "email_verified", "name", "given_name", "family_name"),
)


def of_person(grant: Grant) -> dict[str, Any]:
    """The claims that the granted scopes allow."""
    person = grant.person
    claims: dict[str, Any] = {"sub": person.subject}
    if "email" in grant.scopes:
        claims |= {"email": person.email, "email_verified": person.verified}
    if "profile" in grant.scopes:
        claims |= _names(person)
    return claims


def of_token(grant: Grant, issuer: str, client_id: str, access_token: str) -> dict[str, Any]:
    """The claims of an id token; its times are real ones, because the application checks them by its own clock."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": client_id,
        "azp": client_id,
        "iat": now,
        "exp": now + TOKEN_LIFETIME,
        "at_hash": _half_hash(access_token),
        **of_person(grant),
    }
    return claims if grant.nonce is None else {**claims, "nonce": grant.nonce}


def _names(person: Person) -> dict[str, str]:
    given, _, family = person.name.rpartition(" ")
    if not given:
        return {"name": person.name, "given_name": family}
    return {"name": person.name, "given_name": given, "family_name": family}


def _half_hash(token: str) -> str:
    """OpenID Core §3.1.3.6: the left half of the SHA-256 digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()
