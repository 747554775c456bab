"""Sign-in with Google (OpenID Connect): authlib keeps state, nonce and the PKCE verifier in this browser's session."""

from functools import cache
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, current_app, flash, session
from joserfc.errors import JoseError
from requests import RequestException

from app.accounts import actions
from app.accounts.actions import Claims
from app.accounts.routes import blueprint
from app.accounts.routes.browser import browser, wanted, welcome
from app.core import http, settings
from app.core.errors import NotFound, ProviderError, Refused
from app.core.web.access import back, public, signed_in, viewer
from app.core.web.limits import address, limit
from app.core.web.urls import absolute

SECONDS = 5
UPSTREAM = "google"


class Refusal(Refused):
    """Google, or the person at Google, said no; or the answer was not for this browser."""

    status = 400
    message = "The sign-in with Google did not finish. Nothing was changed; start again from the sign-in page."


def offered() -> bool:
    """Whether Google sign-in is configured."""
    return bool(settings.current().google_client_id)


@cache
def _client(app: Flask, client_id: str, secret: str, discovery: str) -> Any:
    return OAuth(app).register(
        "google",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=discovery,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


def _google() -> Any:
    chosen = settings.current()
    if not chosen.google_client_id:
        raise NotFound
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _client(app, chosen.google_client_id, chosen.google_client_secret, chosen.google_discovery_url)


@blueprint.get("/sign-in/google")
@limit("30/5 minutes", key_func=address)
@public
def google() -> Response:
    """Off to Google. A link, because a form's redirect to another host is refused by our own policy."""
    target = wanted()
    session["next"] = target
    session.pop("google_for", None)
    return _leave()


@blueprint.get("/me/google")
@signed_in
def connect() -> Response:
    """The same way round, to connect Google to the account that is signed in."""
    person = viewer()
    session["google_for"] = str(person.id) if person else None
    return _leave()


def _leave() -> Response:
    gate = http.guard(UPSTREAM)
    try:
        answer: Response = _google().authorize_redirect(absolute("/sign-in/google/back"))
    except (RequestException, ValueError) as error:
        gate.failure()
        raise ProviderError(UPSTREAM, type(error).__name__, permanent=False) from error
    gate.success()
    return answer


@blueprint.get("/sign-in/google/back")
@limit("30/5 minutes", key_func=address)
@public
def google_back() -> Response:
    claims, person = _claims(), viewer()
    if claims is None:
        flash("You cancelled the sign-in with Google. Nothing was changed.", "info")
        return back("/me" if person else "/sign-in")
    if (wish := session.pop("google_for", None)) is not None:
        if person is None or str(person.id) != wish:
            raise Refusal
        actions.connect_google(person.id, claims)
        flash("Google can now sign you in.", "success")
        return back("/me")
    return welcome(actions.sign_in_with_google(claims, browser()))


def _claims() -> Claims | None:
    """Who the checked id token names; None when the person cancelled. Raises Refusal, ProviderError."""
    gate = http.guard(UPSTREAM)
    try:
        info = _google().authorize_access_token()["userinfo"]
        found = Claims(info["sub"], info["email"], info.get("email_verified") is True, info.get("name") or "")
    except OAuthError as error:
        if error.error == "access_denied":
            return None
        raise Refusal from error
    except RequestException as error:
        gate.failure()
        raise ProviderError(UPSTREAM, type(error).__name__, permanent=False) from error
    except (JoseError, KeyError, ValueError) as error:
        raise Refusal from error
    gate.success()
    return found


@blueprint.post("/me/google/disconnect")
@signed_in
def disconnect() -> Response:
    person = viewer()
    if person:
        actions.disconnect_google(person.id)
    flash("Google no longer signs you in.", "success")
    return back("/me")
