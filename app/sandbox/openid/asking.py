"""What an application asks for when it sends somebody here, checked as strictly as RFC 6749, 7636 and OpenID Core say."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import MultiDict

from app.sandbox.config import SandboxConfig

SCOPES = ("openid", "email", "profile")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Untrusted(Exception):
    """The asker is unknown, so nobody may be sent back; the message is a sentence for the person."""


class Refused(Exception):
    """The asker is known and is told an error `code` with a description."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """Where an answer goes: one of the application's own addresses, with its `state`."""

    redirect_uri: str
    state: str | None
    issuer: str

    def answer(self, **members: str) -> str:
        """The address that takes an answer back to the application."""
        if self.state is not None:
            members["state"] = self.state
        glue = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{glue}{urlencode({**members, 'iss': self.issuer})}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A sound request: which scopes, which nonce, and the PKCE challenge (S256) that the code will be bound to."""

    scopes: tuple[str, ...]
    nonce: str | None
    challenge: str
    login_hint: str


def client_of(args: MultiDict[str, str], config: SandboxConfig) -> Client:
    """Who asks; raises Untrusted."""
    for name in ("client_id", "redirect_uri"):
        if len(args.getlist(name)) != 1:
            raise Untrusted(f"The request must name exactly one {name}.")
    if args["client_id"] != config.google_client_id:
        raise Untrusted(f"No application is known as “{args['client_id']}”.")
    if not _ours(args["redirect_uri"], config.app_url):
        raise Untrusted(f"“{args['redirect_uri']}” is not an address under {config.app_url}.")
    return Client(args["redirect_uri"], args.get("state"), issuer_of(config))


def issuer_of(config: SandboxConfig) -> str:
    """The name under which this provider vouches for people."""
    return f"{config.base_url}/openid"


def asked(args: MultiDict[str, str]) -> Asked:
    """What is asked for; raises Refused."""
    _check_form(args)
    scopes = tuple(args.get("scope", "").split())
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if "openid" not in scopes or unknown:
        raise Refused("invalid_scope", f"scope must contain openid, and nothing but {', '.join(SCOPES)}.")
    if args.get("code_challenge_method") != "S256":
        raise Refused("invalid_request", "PKCE is required: code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(args.get("code_challenge", "")):
        raise Refused("invalid_request", "code_challenge must be a SHA-256 digest in base64url, 43 characters.")
    if args.get("prompt") == "none":
        raise Refused("interaction_required", "The person has to choose who they are.")
    return Asked(scopes, args.get("nonce"), args["code_challenge"], args.get("login_hint", ""))


def _check_form(args: MultiDict[str, str]) -> None:
    repeated = [name for name in args if len(args.getlist(name)) > 1]
    if repeated:
        raise Refused("invalid_request", f"{', '.join(sorted(repeated))} must not be repeated.")
    if "request" in args or "request_uri" in args:
        code = "request_not_supported" if "request" in args else "request_uri_not_supported"
        raise Refused(code, "Request objects are not supported.")
    if args.get("response_type") != "code":
        raise Refused("unsupported_response_type", "response_type must be code.")
    if args.get("response_mode", "query") != "query":
        raise Refused("invalid_request", "response_mode must be query.")


def _ours(address: str, app_url: str) -> bool:
    """The slash ends the host, so `http://shop.test.evil.test` is not taken for `http://shop.test`."""
    climbs = ".." in urlsplit(address).path.split("/")
    return address.startswith(f"{app_url}/") and "#" not in address and not climbs
