"""What people see: choosing who to sign in as, and what the provider is good for."""

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.config import SandboxConfig

from .asking import Asked, Client, Refused, Untrusted, asked, client_of, issuer_of
from .grants import Grant, Grants
from .people import People, Person, problems

blueprint = Blueprint("openid_pages", __name__, url_prefix="/openid")
SHARED = {"openid": "who you are here", "email": "your e-mail address", "profile": "your name"}


@blueprint.errorhandler(Untrusted)
def _untrusted(error: Untrusted) -> tuple[str, int]:
    return render_template("openid/refused.html", message=str(error)), 400


@blueprint.get("")
def home() -> str:
    """How an application is connected, and who signed in before."""
    config = _config()
    return render_template("openid/home.html", config=config, issuer=issuer_of(config), people=_people().listed(50))


@blueprint.get("/authorize")
def choose() -> AnyResponse | str:
    """Ask who signs in; a bad request goes back to the application as an error."""
    client = client_of(request.args, _config())
    try:
        wish = asked(request.args)
    except Refused as error:
        return redirect(client.answer(error=error.code, error_description=str(error)))
    return _page(wish, Person(wish.login_hint, "", True), {})


@blueprint.post("/authorize")
def decide() -> AnyResponse | tuple[str, int]:
    """Somebody `pick`s a listed person, types `email`, `name` and `verified`, or presses `cancel`."""
    client = client_of(request.args, _config())
    try:
        wish = asked(request.args)
    except Refused as error:
        return redirect(client.answer(error=error.code, error_description=str(error)), 303)
    if "cancel" in request.form:
        return redirect(client.answer(error="access_denied", error_description="The person cancelled."), 303)
    person = _people().find(request.form.get("pick", "")) or _typed()
    wrong = problems(person)
    if wrong:
        return _page(wish, person, wrong), 422
    return redirect(client.answer(code=_grant(client, wish, person)), 303)


def _grant(client: Client, wish: Asked, person: Person) -> str:
    _people().remember(person)
    return _grants().issue_code(Grant(person, wish.scopes, client.redirect_uri, wish.challenge, wish.nonce))


def _typed() -> Person:
    form = request.form
    return Person(form.get("email", "").strip(), " ".join(form.get("name", "").split()), "verified" in form)


def _page(wish: Asked, typed: Person, wrong: dict[str, str]) -> str:
    return render_template(
        "openid/choose.html",
        config=_config(),
        people=_people().listed(),
        shared=[SHARED[scope] for scope in wish.scopes],
        typed=typed,
        wrong=wrong,
    )


def _config() -> SandboxConfig:
    return current_app.config["SANDBOX"]


def _people() -> People:
    return current_app.extensions["sandbox.openid.people"]


def _grants() -> Grants:
    return current_app.extensions["sandbox.openid.grants"]
