"""What is written down never holds a secret: not under a telling name, not inside a text, not in a traceback (SECURITY.md §2, 16.x)."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import db, logs, settings
from app.core.outbox import OutboxJob, later
from app.licences import queries as licences
from app.licences.routes import asked
from tests.security.stage import Browser, Stage

SECRETS = {
    "password": "violet kettle under snow",
    "session token": "gs_" + "Ab3-" * 10 + "xyz",
    "stripe key": "sk_live_51Nx0abcdefghijklmnop",
    "webhook secret": "whsec_abcdefghijklmnop0123",
    "card": "4242 4242 4242 4242",
    "card without spaces": "5555555555554444",
    "address": "fay.secret@example.test",
    "signed link": "WyIwMTkzLTQ0IiwiMDE5My00NSJd.aXyZ12.h4sH_h4sH-h4sH_h4sHxyz",
}


@pytest.fixture
def written(app: Any) -> Iterator[Callable[[], str]]:
    """Everything logged, as in production: JSON lines, by us and by other libraries."""
    stream, before = io.StringIO(), structlog.get_config()
    logs.configure(_production())
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream), cache_logger_on_first_use=False)
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.Guard())
    logging.getLogger().addHandler(handler)
    yield stream.getvalue
    logging.getLogger().removeHandler(handler)
    structlog.configure(**before)


def _production() -> Any:
    from dataclasses import replace

    return replace(settings.current(), app_env="production", log_level="DEBUG")


def log() -> Any:
    return structlog.get_logger()


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "csrf_token", "Authorization", "stripe_secret", "set-cookie", "card", "code", "email"],
)
def test_a_telling_name_is_enough(written: Callable[[], str], name: str) -> None:
    log().info("test.line", **{name: "hunter2", "nested": {name: "hunter2", "list": [{name: "hunter2"}]}})
    assert "hunter2" not in written()
    assert written().count("[redacted]") == 3


def test_what_operators_need_stays(written: Callable[[], str]) -> None:
    log().info("orders.paid", order_id="0193-44", number=1001, total_minor=129950, status_code=502, queue="payments")
    line = json.loads(written())
    assert (line["order_id"], line["number"], line["total_minor"], line["status_code"], line["queue"]) == (
        "0193-44",
        1001,
        129950,
        502,
        "payments",
    )


@pytest.mark.parametrize("kind", [one for one in SECRETS if one != "password"])
def test_secrets_are_found_inside_of_texts(written: Callable[[], str], kind: str) -> None:
    secret = SECRETS[kind]
    log().error("test.text", error=f"the provider said no to {secret} today", url=f"https://x.test/?q={secret}")
    logging.getLogger("some.library").error("failed for %s", secret)
    assert secret not in written()
    assert "the provider said no to" in written()


@pytest.mark.parametrize("kind", SECRETS)
def test_tracebacks_of_exceptions_too(written: Callable[[], str], kind: str) -> None:
    """Ours and another library's, with the cause that stands behind it."""
    secret = SECRETS[kind]
    try:
        try:
            raise ValueError(f"{{'password': '{secret}'}}")
        except ValueError as cause:
            raise RuntimeError(f"while saving: password={secret}") from cause
    except RuntimeError:
        log().error("test.broken", exc_info=True)
        logging.getLogger("some.library").exception("it broke")
    assert secret not in written()
    assert written().count("while saving") >= 2


@pytest.mark.parametrize(
    "path",
    [
        "/reset/gl_secretsecret",
        "/confirm/gl_secretsecret",
        "/invitations/gi_secretsecret",
        "/d/WyJhIl0.secret.secretsecret",
        "/purchases/open/secretsecret",
        "/me/email/secretsecret",
    ],
)
def test_addresses_that_are_secrets(written: Callable[[], str], path: str) -> None:
    log().error("request.broken", path=path)
    logging.getLogger("gunicorn.error").error("Error handling request %s", path)
    assert "secretsecret" not in written()
    assert path.rpartition("/")[0] in written()


def test_addresses_of_databases_lose_their_password(written: Callable[[], str]) -> None:
    log().error("test.url", error="cannot reach postgresql+psycopg://guildhall:hunter2@db.internal:5432/guildhall")
    assert "hunter2" not in written()
    assert "db.internal" in written()


def test_a_refused_row_is_not_quoted(written: Callable[[], str], world: Any) -> None:
    """PostgreSQL names the values of a row that it refuses; they are people's addresses."""
    try:
        with db.system("test world") as session, session.begin_nested():
            session.execute(
                text("insert into users (id, email, name) values (gen_random_uuid(), :email, :name)"),
                {"email": world.fay.email, "name": "Fay Of-The-Secret-Road"},
            )
    except SQLAlchemyError as error:
        assert isinstance(error.orig, psycopg.Error)  # type: ignore[attr-defined]
        log().error("test.database", error=str(error), exc_info=error)
    assert "test.database" in written()
    assert world.fay.email not in written()
    assert "Secret-Road" not in written()


def test_no_line_can_be_forged(written: Callable[[], str]) -> None:
    """CR, LF, and the codes that move a terminal's cursor: one event is one line."""
    name = 'Fay\r\n{"event": "payments.paid"}\x1b[2K\x1b]0;title\x07'
    log().info("test.name", who=name)
    assert len(written().splitlines()) == 1
    assert "\x1b" not in written() and "\x07" not in written()
    logging.getLogger("some.library").warning("hello %s", "\x1b[31mred")
    assert "\x1b" not in written()


def test_a_whole_visit_leaves_none_of_what_was_typed(stage: Stage, written: Callable[[], str]) -> None:
    """Sign-in, codes, checkout and reset through the doors, with a crash in between."""
    typed = {
        "email": stage.world.fay.email,
        "password": SECRETS["password"],
        "line1": "1 Secret Road",
        "code": "918273",
    }
    browser = Browser(stage.app.test_client())
    for path in ("/sign-in", "/sign-in/code", "/sign-in/code/check", "/reset", "/checkout/delivery"):
        browser.post(path, typed)
    browser.get("/reset/gl_" + "secret" * 8)
    for value in (stage.world.fay.email, SECRETS["password"], "Secret Road", "918273", "secretsecret"):
        assert value not in written()


def test_a_failed_job_keeps_no_secret_in_its_row(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.core import jobs

    def fail(**_: Any) -> None:
        raise RuntimeError(f"said no to {SECRETS['stripe key']} of {SECRETS['address']}")

    monkeypatch.setitem(jobs._jobs, "mail.send", jobs.Job("mail.send", fail, "mail", 3, True))
    with db.system("test world") as session:
        later("mail.send", mail_id="0193")
        row = session.query(OutboxJob).filter_by(name="mail.send").order_by(OutboxJob.id.desc()).first()
    with stage.app.app_context():
        jobs.perform(str(row.id))
    with db.system("test world") as session:
        kept = session.get_one(OutboxJob, row.id).error or ""
    assert "said no to" in kept
    assert SECRETS["stripe key"] not in kept and SECRETS["address"] not in kept


def test_a_licence_key_is_written_nowhere(
    stage: Stage, written: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent in every way that there is, good and unknown, refused and while the inside breaks."""
    with db.workspace(stage.world.north.id):
        key = licences.key_of(stage.rows["licence"])
    program, place = stage.app.test_client(), {"workspace": stage.world.north.slug, "fingerprint": "log-laptop"}
    unknown = "NEBULA-SECRE-TSECR-ETSEC"
    for verb in ("activate", "validate", "deactivate", "activate"):
        for one in (key, unknown):
            program.post(f"/api/v1/licences/{verb}", json={"key": one, **place})
            program.post(f"/api/v1/licences/{verb}", data={"key": one, **place, "activation_id": "nonsense"})
            program.get(f"/api/v1/licences/{verb}", query_string={"key": one})
    monkeypatch.setattr(licences, "find", _broken)
    assert program.post("/api/v1/licences/validate", json={"key": key, **place}).status_code == 500
    log().info("licences.asked", key=key, found=repr(asked.Asked(key, None, "north", "f", "n", None)))
    assert "request.broken" in written()
    for secret in (key, key.lower(), key.partition("-")[2], unknown):
        assert secret not in written()


def _broken(key: str, *_: Any) -> None:
    raise RuntimeError("the inside broke")
