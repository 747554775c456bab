"""What applications call: discovery, keys, token, user information."""

import hmac
from typing import Any
from urllib.parse import unquote_plus

from flask import Blueprint, Response, current_app, jsonify, request

from app.sandbox.config import SandboxConfig

from . import claims
from .asking import SCOPES, issuer_of
from .grants import TOKEN_LIFETIME, Grants, InvalidGrant
from .keys import ALGORITHM, SigningKey

blueprint = Blueprint("openid", __name__, url_prefix="/openid")
REQUIRED = ("code", "redirect_uri", "code_verifier")


class TokenError(Exception):
    """A refusal of the token endpoint: RFC 6749 §5.2's `code`, a description, and the status."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code, self.status = code, status


@blueprint.after_request
def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(TokenError)
def _refused(error: TokenError) -> Response:
    response = jsonify({"error": error.code, "error_description": str(error)})
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Guildhall sandbox"'
    return response


@blueprint.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """Where everything is and what is understood."""
    issuer = issuer_of(_config())
    return jsonify(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "scopes_supported": SCOPES,
            "claims_supported": claims.SUPPORTED,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }
    )


@blueprint.get("/jwks")
def jwks() -> Response:
    """The keys that check id tokens."""
    return jsonify(_key().public())


@blueprint.post("/token")
def token() -> Response:
    """Exchange a code for an access token and an id token."""
    config = _config()
    _check_form()
    _check_client(config)
    if request.form.get("grant_type") != "authorization_code":
        raise TokenError("unsupported_grant_type", "grant_type must be authorization_code.")
    code, redirect_uri, verifier = (_field(name) for name in REQUIRED)
    try:
        access, grant = _grants().exchange(code, redirect_uri, verifier)
    except InvalidGrant as error:
        raise TokenError("invalid_grant", str(error)) from error
    said = claims.of_token(grant, issuer_of(config), config.google_client_id, access)
    return jsonify(
        {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME,
            "scope": " ".join(grant.scopes),
            "id_token": _key().sign(said),
        }
    )


@blueprint.route("/userinfo", methods=["GET", "POST"])
def userinfo() -> Response:
    """Who the bearer of an access token is."""
    given = request.authorization
    grant = _grants().of_token(given.token or "") if given and given.type == "bearer" else None
    if grant is None:
        return _unknown_bearer(given is not None)
    return jsonify(claims.of_person(grant))


def _unknown_bearer(tried: bool) -> Response:
    """RFC 6750 §3.1: no error code for a request that tried nothing."""
    code: dict[str, Any] = {"error": "invalid_token", "error_description": "The access token is unknown or expired."}
    response = jsonify(code if tried else {})
    response.status_code = 401
    response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if tried else "Bearer"
    return response


def _check_form() -> None:
    repeated = [name for name in request.form if len(request.form.getlist(name)) > 1]
    if repeated:
        raise TokenError("invalid_request", f"{', '.join(sorted(repeated))} must not be repeated.")


def _field(name: str) -> str:
    value = request.form.get(name, "")
    if not value:
        raise TokenError("invalid_request", f"{name} is missing.")
    return value


def _check_client(config: SandboxConfig) -> None:
    """The right id with the right secret, in the header or in the body but not in both."""
    basic = request.authorization if request.authorization and request.authorization.type == "basic" else None
    if basic and "client_secret" in request.form:
        raise TokenError("invalid_request", "The client must authenticate in one way only.")
    name, secret = (basic.username, basic.password) if basic else map(request.form.get, ("client_id", "client_secret"))
    right_name = _same(name or "", config.google_client_id, encoded=basic is not None)
    right_secret = _same(secret or "", config.google_client_secret, encoded=basic is not None)
    if not (right_name and right_secret):
        raise TokenError("invalid_client", "The client id or its secret is wrong.", 401)


def _same(given: str, expected: str, encoded: bool) -> bool:
    """Many clients put their secret into the header without the encoding that RFC 6749 §2.3.1 asks for; Google too."""
    forms = {given, unquote_plus(given)} if encoded else {given}
    return any(hmac.compare_digest(form.encode(), expected.encode()) for form in forms)


def _config() -> SandboxConfig:
    return current_app.config["SANDBOX"]


def _key() -> SigningKey:
    return current_app.extensions["sandbox.openid.key"]


def _grants() -> Grants:
    return current_app.extensions["sandbox.openid.grants"]
