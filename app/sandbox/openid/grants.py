"""What was granted: codes that are good for one exchange within a minute, and the access tokens made from them."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass

from app.sandbox.state import State

from .people import Person

# Lifetimes in seconds, by the sandbox's clock: moving it forward lets them run out.
CODE_LIFETIME = 60
TOKEN_LIFETIME = 3600
SCHEMA = """
CREATE TABLE IF NOT EXISTS openid_codes (
    code TEXT PRIMARY KEY, grant_body TEXT NOT NULL, expires INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS openid_tokens (
    token TEXT PRIMARY KEY, code TEXT NOT NULL, grant_body TEXT NOT NULL, expires INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS openid_tokens_code ON openid_tokens (code);
"""


class InvalidGrant(Exception):
    """The code cannot be exchanged; the message is the description for the application."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person allowed: their identity for `scopes`, bound to one address and one PKCE challenge."""

    person: Person
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    nonce: str | None

    def to_json(self) -> str:
        """For the memory."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Grant":
        """From the memory."""
        body = json.loads(text)
        return cls(**{**body, "person": Person(**body["person"]), "scopes": tuple(body["scopes"])})


class Grants:
    """Codes and access tokens."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.extend(SCHEMA, "openid_codes", "openid_tokens")

    def issue_code(self, grant: Grant) -> str:
        """A code for a grant."""
        code = f"4/{secrets.token_urlsafe(32)}"
        sql = "INSERT INTO openid_codes (code, grant_body, expires) VALUES (?, ?, ?)"
        self._state.run(sql, code, grant.to_json(), self._state.now() + CODE_LIFETIME)
        return code

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> tuple[str, Grant]:
        """An access token and what it is for; raises InvalidGrant, and the code is spent either way."""
        grant = self._spend(code)
        if grant.redirect_uri != redirect_uri:
            raise InvalidGrant("redirect_uri is not the one that the code was issued for.")
        if not hmac.compare_digest(_challenge(verifier), grant.challenge.encode()):
            raise InvalidGrant("code_verifier does not match the code_challenge.")
        token = f"ya29.{secrets.token_urlsafe(32)}"
        sql = "INSERT INTO openid_tokens (token, code, grant_body, expires) VALUES (?, ?, ?, ?)"
        self._state.run(sql, token, code, grant.to_json(), self._state.now() + TOKEN_LIFETIME)
        return token, grant

    def _spend(self, code: str) -> Grant:
        with self._state.transaction():
            row = self._state.row("SELECT * FROM openid_codes WHERE code = ?", code)
            self._state.run("UPDATE openid_codes SET spent = 1 WHERE code = ?", code)
            if row and row["spent"]:
                # A code that comes twice was stolen at least once, so what it gave is taken back.
                self._state.run("DELETE FROM openid_tokens WHERE code = ?", code)
        if row is None or row["spent"]:
            raise InvalidGrant("The code is unknown or was used before.")
        if row["expires"] <= self._state.now():
            raise InvalidGrant("The code has expired.")
        return Grant.from_json(row["grant_body"])

    def of_token(self, token: str) -> Grant | None:
        """What an access token is for, while it is good."""
        sql = "SELECT grant_body FROM openid_tokens WHERE token = ? AND expires > ?"
        row = self._state.row(sql, token, self._state.now())
        return Grant.from_json(row["grant_body"]) if row else None


def _challenge(verifier: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
