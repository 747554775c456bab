"""One migrated PostgreSQL database per worker, a savepoint per test, no network but loopback, the ledger summed after each test."""

import base64
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import stamina

from app.cli.database import prepare, with_database, with_role
from tests.engines import test_engines

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
ENVIRONMENT = {
    "APP_ENV": "test",
    "APP_URL": "http://localhost",
    "SECRET_KEY": "only-for-tests-0123456789abcdef0123456789",
    "ENCRYPTION_KEYS": f"k1:{KEY}",
    "STRIPE_SECRET_KEY": "sk_test_guildhall",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "STRIPE_WEBHOOK_SECRET": "whsec_account",
    "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_connect",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "MAIL_FROM": "Guildhall <hello@guildhall.test>",
    "VAPID_PRIVATE_KEY": KEY,
    "LOG_LEVEL": "ERROR",
}


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        _prepare_worker(os.environ.get("PYTEST_XDIST_WORKER", "main"))


def _prepare_worker(worker: str) -> None:
    """Point this process at a database of its own before anything reads the settings."""
    admin, valkey = test_engines()
    app_url = with_role(with_database(admin, f"guildhall_test_{worker}_{os.getpid()}"), "guildhall", "guildhall")
    os.environ.update(ENVIRONMENT, DATABASE_URL=app_url, REDIS_URL=valkey)
    os.environ["STORAGE_URL"] = f"file://{tempfile.mkdtemp(prefix='guildhall-files-')}"
    os.environ["DATABASE_ADMIN_URL"] = prepare(admin, app_url)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """One worker walks all journeys, so that only one town is built; it begins with them, while the others do the rest."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "journeys" if nodeid.startswith("tests/journeys/") else nodeid

    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Why a journey had to be walked twice: whatever fails afterwards may come from there."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"walked twice: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext[-6000:])


@pytest.fixture(scope="session")
def app() -> Any:
    import wsgi

    return wsgi.app


@pytest.fixture(autouse=True)
def savepoint(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything a test writes is undone; deferred checks run first, so an unbalanced ledger fails the test that wrote it."""
    if "app" not in request.fixturenames or "committed" in request.fixturenames:
        yield
        return
    from app.core import db

    request.getfixturevalue("app")
    if db._engine is None:  # a test with an application of its own, without a database
        yield
        return
    with db.engine().connect() as connection:
        transaction = connection.begin()
        db.bind(connection)
        try:
            yield
            connection.exec_driver_sql("set constraints all immediate")
        finally:
            db.bind(db.engine())
            transaction.rollback()


@pytest.fixture
def committed(app: Any) -> Iterator[None]:
    """For tests with threads: real commits, swept away afterwards by the owner of the tables."""
    from app.core.db import Base

    yield
    keep = {"workspaces", "alembic_version", "fee_rules"}
    tables = ", ".join(name for name in Base.metadata.tables if name not in keep)
    # A relay or a web server that outlives the test may be reading: who meets it in a deadlock begins again.
    for attempt in stamina.retry_context(on=psycopg.errors.DeadlockDetected, attempts=5):
        with attempt, psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as connection:
            connection.execute(f"truncate {tables}")
            connection.execute("delete from workspaces where slug <> 'guildhall'")


@pytest.fixture
def client(app: Any) -> Any:
    return app.test_client()


@pytest.fixture
def world(app: Any) -> Any:
    from tests.world import World

    return World()


@pytest.fixture
def run_jobs(app: Any) -> Callable[..., list[str]]:
    """Run due outbox jobs inline, and those they ask for, until none is left. Returns their names."""
    from sqlalchemy import func, select

    from app.core import db
    from app.core.jobs import perform
    from app.core.outbox import OutboxJob

    def due() -> list[Any]:
        with db.system("jobs") as session:
            return list(
                session.execute(
                    select(OutboxJob.id, OutboxJob.name)
                    .where(OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None), OutboxJob.due_at <= func.now())
                    .order_by(OutboxJob.id)
                )
            )

    def run(*, only: str | None = None, limit: int = 1000) -> list[str]:
        ran: list[str] = []
        while (jobs := [job for job in due() if only is None or job.name.startswith(only)]) and len(ran) < limit:
            for job in jobs:
                with app.app_context():
                    perform(str(job.id))
                ran.append(job.name)
        return ran

    return run


@pytest.fixture(scope="session")
def stripe_sandbox(tmp_path_factory: pytest.TempPathFactory, app: Any) -> Iterator[Any]:
    """The real sandbox over HTTP; the application's settings point at it. Its webhooks are collected by a receiver."""
    from dataclasses import replace

    from app.core import settings
    from tests.letters import postbox
    from tests.sandbox.conftest import Receiver, Sandbox, config_for, connect, halt, serve

    with postbox(Receiver()) as receiver:
        config = config_for(tmp_path_factory.mktemp("sandbox"), receiver)
        sandbox_app, server = serve(config)
        chosen = settings.current()
        for name, value in vars(replace(chosen, stripe_api_base=config.base_url, sandbox_url=config.base_url)).items():
            object.__setattr__(chosen, name, value)
        yield Sandbox(config.base_url, connect(config.base_url), receiver, config)
        halt(sandbox_app, server)


@pytest.fixture(scope="module")
def letters() -> Iterator[Any]:
    """Our address, where providers send what they have to say."""
    from tests.letters import Letters, postbox

    with postbox(Letters()) as found:
        yield found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, letters: Any) -> Iterator[str]:
    """The address of a live sandbox that sends its letters to ours."""
    from tests.sandbox.conftest import config_for, halt, serve

    config = config_for(tmp_path_factory.mktemp("sandbox"), letters)
    app, server = serve(config)
    yield config.base_url
    halt(app, server)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless browser per worker: a second Playwright in the same process is refused."""
    from playwright.sync_api import expect, sync_playwright

    from app.cli import chromium as found

    expect.set_options(timeout=20_000)  # a machine that builds and tests beside us is slow, not wrong
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=str(found.find() or "") or None, args=flags)
        yield browser
        browser.close()
