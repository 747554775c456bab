"""The OpenID provider: authlib's Flask client signs people in with it, unmodified, and every rule of the flow holds."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, url_for
from werkzeug.serving import make_server

from app.sandbox.__main__ import parse
from app.sandbox.config import SandboxConfig
from app.sandbox.openid.keys import SigningKey

from .conftest import Receiver, config_for, free_port, halt, serve

ID, SECRET = "sandbox-google", "sandbox-google-secret"
VERIFIER = "a-verifier-of-at-least-forty-three-letters-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Provider:
    """The running provider, and an application that sends people to it."""

    url: str
    app_url: str
    config: SandboxConfig
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def back(self) -> str:
        return f"{self.app_url}/back"

    def ask(self, **changes: Any) -> dict[str, Any]:
        """A sound authorisation request, with changes (None leaves a member out)."""
        sound = {
            "client_id": ID,
            "redirect_uri": self.back,
            "response_type": "code",
            "scope": "openid email profile",
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**sound, **changes}.items() if value is not None}

    def authorise(self, form: dict[str, str], **changes: Any) -> requests.Response:
        """What the authorise page answers to a decision."""
        url = f"{self.url}/openid/authorize"
        return self.http.post(url, params=self.ask(**changes), data=form, allow_redirects=False, timeout=20)

    def code(self, **changes: Any) -> str:
        """A fresh code for Fay."""
        return members(self.authorise({"pick": "fay@example.com"}, **changes))["code"]

    def token(self, code: str, /, auth: tuple[str, str] | None = (ID, SECRET), **changes: Any) -> requests.Response:
        """What the token endpoint answers."""
        sound = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": VERIFIER,
        }
        form = {name: value for name, value in {**sound, **changes}.items() if value is not None}
        return self.http.post(f"{self.url}/openid/token", data=form, auth=auth, timeout=20)

    def userinfo(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.get(f"{self.url}/openid/userinfo", headers=headers, timeout=20)


def members(answer: requests.Response) -> dict[str, str]:
    """What a redirect takes back to the application."""
    assert answer.status_code in (302, 303), answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def application(issuer: str, method: str) -> Flask:
    """An application that signs people in with authlib, as its documentation says."""
    app = Flask("signs-in")
    app.secret_key = "for the test"
    google = OAuth(app).register(
        "google",
        client_id=ID,
        client_secret=SECRET,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
        },
    )

    @app.get("/start")
    def start() -> Any:
        return google.authorize_redirect(url_for("back", _external=True), login_hint="zoe@example.com")

    @app.get("/back")
    def back() -> Any:
        try:
            token = google.authorize_access_token()
        except OAuthError as error:
            return jsonify({"error": error.error, "about": error.description})
        return jsonify({"claims": token["userinfo"], "info": google.userinfo(token=token)})

    return app


@pytest.fixture(scope="module", params=["client_secret_basic", "client_secret_post"])
def provider(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[Provider]:
    port = free_port()
    app_url = f"http://127.0.0.1:{port}"
    config = replace(config_for(tmp_path_factory.mktemp("openid"), receiver), app_url=app_url)
    sandbox, server = serve(config)
    shop = make_server("127.0.0.1", port, application(f"{config.base_url}/openid", request.param), threaded=True)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    yield Provider(config.base_url, app_url, config)
    shop.shutdown()
    shop.server_close()
    halt(sandbox, server)


# --- authlib's client ------------------------------------------------------------------------------------------------
def test_authlib_signs_somebody_in(provider: Provider) -> None:
    browser = requests.Session()
    page = browser.get(f"{provider.app_url}/start", timeout=20)
    assert 'value="zoe@example.com"' in page.text
    form = {"email": " Zoe@example.com", "name": "Zoe  van Dyck", "verified": "1"}
    told = browser.post(page.url, data=form, timeout=20).json()
    assert told["claims"]["iss"] == f"{provider.url}/openid"
    assert told["claims"]["email"] == told["info"]["email"] == "Zoe@example.com"
    assert told["claims"]["email_verified"] is told["info"]["email_verified"] is True
    assert (told["info"]["given_name"], told["info"]["family_name"]) == ("Zoe van", "Dyck")
    assert told["claims"]["sub"] == told["info"]["sub"] and len(told["info"]["sub"]) == 21


def test_authlib_hears_that_somebody_cancelled(provider: Provider) -> None:
    browser = requests.Session()
    page = browser.get(f"{provider.app_url}/start", timeout=20)
    told = browser.post(page.url, data={"cancel": "1"}, timeout=20).json()
    assert told == {"error": "access_denied", "about": "The person cancelled."}


# --- choosing --------------------------------------------------------------------------------------------------------
def test_state_and_nonce_come_back(provider: Provider) -> None:
    back = members(provider.authorise({"pick": "fay@example.com"}, state="a&b=ü"))
    assert back["state"] == "a&b=ü" and back["iss"] == f"{provider.url}/openid"
    assert claims(provider.token(back["code"]))["nonce"] == "the nonce"
    without = members(provider.authorise({"pick": "fay@example.com"}, state=None, nonce=None))
    assert "state" not in without and "nonce" not in claims(provider.token(without["code"]))


def test_an_unverified_person_is_not_vouched_for(provider: Provider) -> None:
    code = members(provider.authorise({"email": "una@example.com", "name": "Una"}))["code"]
    said = claims(provider.token(code))
    assert (said["email"], said["email_verified"], said["given_name"]) == ("una@example.com", False, "Una")


def test_somebody_is_remembered_with_the_same_number(provider: Provider) -> None:
    form = {"email": "kim@example.com", "name": "Kim One", "verified": "1"}
    first = claims(provider.token(members(provider.authorise(form))["code"]))
    page = provider.http.get(f"{provider.url}/openid/authorize", params=provider.ask(), timeout=20).text
    assert 'value="kim@example.com"' in page and "Kim One" in page
    again = claims(provider.token(members(provider.authorise({"pick": "kim@example.com"}))["code"]))
    assert (again["sub"], again["name"]) == (first["sub"], "Kim One")
    assert first["sub"] in provider.http.get(f"{provider.url}/openid", timeout=20).text


@pytest.mark.parametrize(
    "email", ["", "fay", "fay@", "a b@example.com", "fay@example..com", "f" * 250 + "@example.com"]
)
def test_typing_nonsense_is_answered_beside_the_field(provider: Provider, email: str) -> None:
    answer = provider.authorise({"email": email, "name": ""})
    assert answer.status_code == 422
    assert 'aria-describedby="email-error"' in answer.text and 'aria-describedby="name-error"' in answer.text
    assert "<script" not in answer.text and " style=" not in answer.text


# --- refusals of the authorise page ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.test/back"},
        {"redirect_uri": "{app}.evil.test/back"},
        {"redirect_uri": "{app}@evil.test/back"},
        {"redirect_uri": "{app}/back#fragment"},
        {"redirect_uri": "{app}/a/../../back"},
        {"redirect_uri": ["{app}/back", "{app}/other"]},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_ours(provider: Provider, changes: dict[str, Any]) -> None:
    filled = {name: fill(value, provider.app_url) for name, value in changes.items()}
    answer = provider.authorise({"pick": "fay@example.com"}, **filled)
    assert answer.status_code == 400 and "Location" not in answer.headers
    assert "This sign-in cannot go on" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"nonce": ["one", "two"]}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": "openid drive"}, "invalid_scope"),
        ({"prompt": "none"}, "interaction_required"),
        ({"request": "jwt"}, "request_not_supported"),
    ],
)
def test_a_bad_request_goes_back_as_an_error(provider: Provider, changes: dict[str, Any], error: str) -> None:
    url = f"{provider.url}/openid/authorize"
    shown = provider.http.get(url, params=provider.ask(**changes), allow_redirects=False, timeout=20)
    for answer in (shown, provider.authorise({"pick": "fay@example.com"}, **changes)):
        assert answer.headers["Location"].startswith(f"{provider.back}?")
        back = members(answer)
        assert (back["error"], back["state"]) == (error, "the state") and "code" not in back


# --- token endpoint --------------------------------------------------------------------------------------------------
def test_a_code_is_good_once_and_its_token_dies_when_it_comes_again(provider: Provider) -> None:
    code = provider.code()
    answer = provider.token(code)
    assert answer.ok and answer.headers["Cache-Control"] == "no-store"
    assert provider.userinfo(answer.json()["access_token"]).ok
    again = provider.token(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    refused = provider.userinfo(answer.json()["access_token"])
    assert refused.status_code == 401 and "invalid_token" in refused.headers["WWW-Authenticate"]


def test_codes_and_tokens_run_out(provider: Provider) -> None:
    code, token = provider.code(), provider.token(provider.code()).json()["access_token"]
    advance(provider, 45)
    assert provider.token(code).ok
    late = provider.code()
    advance(provider, 60)
    assert provider.token(late).json() == {"error": "invalid_grant", "error_description": "The code has expired."}
    assert provider.userinfo(token).ok
    advance(provider, 3600)
    assert provider.userinfo(token).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"code": "4/unknown"}, "invalid_grant"),
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "{app}/other"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code_verifier": [VERIFIER, VERIFIER]}, "invalid_request"),
    ],
)
def test_the_token_endpoint_is_strict(provider: Provider, changes: dict[str, Any], error: str) -> None:
    filled = {name: fill(value, provider.app_url) for name, value in changes.items()}
    answer = provider.token(provider.code(), **filled)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert "id_token" not in answer.json()


def test_a_wrong_verifier_spends_the_code(provider: Provider) -> None:
    code = provider.code()
    assert provider.token(code, code_verifier="w" * 43).status_code == 400
    assert provider.token(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("auth", [(ID, "wrong"), ("wrong", SECRET), ("", ""), None])
def test_a_client_without_the_secret_gets_nothing(provider: Provider, auth: tuple[str, str] | None) -> None:
    code = provider.code()
    answer = provider.token(code, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert provider.token(code, auth=None, client_id=ID, client_secret="wrong").status_code == 401
    assert provider.token(code).ok


def test_a_client_authenticates_in_one_way_only(provider: Provider) -> None:
    code = provider.code()
    assert provider.token(code, client_id=ID, client_secret=SECRET).json()["error"] == "invalid_request"
    assert provider.token(code, auth=None, client_id=ID, client_secret=SECRET).ok


def test_only_what_was_granted_is_told(provider: Provider) -> None:
    answer = provider.token(provider.code(scope="openid")).json()
    assert answer["scope"] == "openid"
    assert set(provider.userinfo(answer["access_token"]).json()) == {"sub"}
    assert provider.http.get(f"{provider.url}/openid/userinfo", timeout=20).status_code == 401


# --- key and settings ------------------------------------------------------------------------------------------------
def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "openid-key.json"
    first, second = SigningKey(path).public(), SigningKey(path).public()
    assert first == second and path.stat().st_mode & 0o777 == 0o600
    assert set(first["keys"][0]) == {"kty", "n", "e", "use", "alg", "kid"}


def test_the_client_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLIENT_ID", raising=False)
    monkeypatch.setenv("GOOGLE_CLIENT_SECRET", "another")
    config = parse([])
    assert (config.google_client_id, config.google_client_secret) == (ID, "another")


def claims(answer: requests.Response) -> dict[str, Any]:
    """What an id token says; its signature is checked by authlib above."""
    payload = answer.json()["id_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def advance(provider: Provider, seconds: int) -> None:
    answer = provider.http.post(f"{provider.url}/_sandbox/clock", json={"advance": seconds}, timeout=20)
    assert answer.ok, answer.text


def fill(value: Any, app_url: str) -> Any:
    """Put the application's address in."""
    if isinstance(value, list):
        return [fill(one, app_url) for one in value]
    return value.replace("{app}", app_url) if isinstance(value, str) else value
