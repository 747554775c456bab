"""The start-up check refuses each unsafe case, in a sentence that says what to do (ARCHITECTURE.md §16)."""

import base64
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from rq.serializers import PickleSerializer
from sqlalchemy import create_engine

from app.cli import database
from app.core import db, outbox_relay, selfcheck, settings, storage
from app.core.settings import SettingsError

HEAD = database.head()
SAFE = "safe-" + secrets.token_hex(20)


@pytest.fixture(scope="module")
def prepared(app: Any) -> Iterator[str]:
    """A migrated database that nobody connects to, to make copies of. Returns its name."""
    from tests.engines import test_engines

    admin, name = test_engines()[0], f"startup_{os.getpid()}_{os.urandom(3).hex()}"
    target = database.with_database(admin, name)
    database.prepare(admin, database.with_role(target, "guildhall", "guildhall"))
    yield name
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


class Scratch:
    """A copy of the migrated database, a login role of its own, and the owner's hand to break things with."""

    def __init__(self, admin_url: str, template: str) -> None:
        self.admin_url, self.name = admin_url, f"{template}_{os.urandom(3).hex()}"
        self.role = f"role_{self.name}"
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(f'create database "{self.name}" template "{template}" strategy file_copy')
            admin.execute(f"create role {self.role} login password 'scratch' in role guildhall_app")
            admin.execute(f'grant connect on database "{self.name}" to {self.role}')
        self.owner_url = database.with_database(admin_url, self.name)
        url = database.with_role(self.owner_url, self.role, "scratch")
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))

    def do(self, statement: str) -> None:
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            owner.execute(sql.SQL(statement).format(role=sql.Identifier(self.role)))

    def drop(self) -> None:
        self.engine.dispose()
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f'drop database "{self.name}" with (force)')
            admin.execute(f"drop role {self.role}")


@pytest.fixture
def scratch(prepared: str, admin_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    one = Scratch(admin_url, prepared)
    monkeypatch.setattr(db, "_engine", one.engine)
    yield one
    one.drop()


@pytest.fixture(scope="module")
def untouched(prepared: str) -> Iterator[Scratch]:
    from tests.engines import test_engines

    one = Scratch(test_engines()[0], prepared)
    yield one
    one.drop()


@pytest.fixture
def sound(untouched: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database without fault, for the cases that are not about it."""
    monkeypatch.setattr(db, "_engine", untouched.engine)


@pytest.fixture
def config(app: Any) -> dict[str, Any]:
    """The configuration that the app has in production."""
    return dict(app.config) | {
        "DEBUG": False,
        "TESTING": False,
        "SESSION_COOKIE_NAME": "__Host-guildhall",
        "SESSION_COOKIE_SECURE": True,
    }


@pytest.fixture
def production(app: Any) -> settings.Settings:
    return replace(
        settings.current(),
        app_env="production",
        app_url="https://guildhall.example",
        secret_key=SAFE,
        stripe_secret_key=f"sk_live_{SAFE}",
        stripe_webhook_secret=f"whsec_{SAFE}",
        stripe_connect_webhook_secret=f"whsec_{SAFE}",
        database_url="postgresql+psycopg://guildhall:kq8Tz3vW1pLx@db.example/guildhall",
        database_admin_url="",
        encryption_keys=(f"k1:{base64.b64encode(os.urandom(32)).decode()}",),
    )


def refusals(config: dict[str, Any], chosen: settings.Settings, head: str | None = HEAD) -> list[str]:
    """The sentences of the check; none when it is satisfied."""
    try:
        selfcheck.run(config, head, chosen)
    except SettingsError as error:
        return str(error).split("\n- ")[1:]
    return []


def test_what_is_safe_may_serve(sound: None, config: Any, production: settings.Settings) -> None:
    assert refusals(config, production) == []


DEFAULT_KEY = f"k1:{base64.b64encode(bytes(32)).decode()}"
SETTINGS: dict[str, tuple[dict[str, Any], str, str]] = {
    # case: changed settings, what the sentence names, what it says to do
    "debug": ({"debug": True}, "DEBUG is on", "Remove DEBUG"),
    "no secret key": ({"secret_key": ""}, "SECRET_KEY is missing", "openssl rand -hex 32"),
    "short secret key": ({"secret_key": "kq8Tz3vW1pLx"}, "SECRET_KEY is missing, short", "openssl rand -hex 32"),
    "typed secret key": ({"secret_key": "0" * 40}, "SECRET_KEY", "openssl rand -hex 32"),
    "default secret key": ({"secret_key": "please-changeme-before-you-go-live-0123"}, "SECRET_KEY", "openssl"),
    "no stripe key": ({"stripe_secret_key": ""}, "STRIPE_SECRET_KEY is missing", "Stripe dashboard"),
    "default stripe key": ({"stripe_secret_key": "sk_test_..."}, "STRIPE_SECRET_KEY", "Stripe dashboard"),
    "no webhook secret": ({"stripe_webhook_secret": ""}, "STRIPE_WEBHOOK_SECRET", "/webhooks/stripe"),
    "default webhook secret": ({"stripe_webhook_secret": "whsec_xxx"}, "STRIPE_WEBHOOK_SECRET", "/webhooks/stripe"),
    "one of two webhook secrets": ({"stripe_webhook_secret": f"{SAFE},"}, "STRIPE_WEBHOOK_SECRET", "dashboard"),
    "no connect secret": ({"stripe_connect_webhook_secret": ""}, "STRIPE_CONNECT_WEBHOOK", "/webhooks/stripe-connect"),
    "no google secret": (
        {"google_client_id": "id", "google_client_secret": ""},
        "GOOGLE_CLIENT_SECRET",
        "Google console",
    ),
    "default database password": (
        {"database_url": "postgresql+psycopg://guildhall:password@db.example/guildhall"},
        "DATABASE_URL has a default password",
        "random",
    ),
    "default cache password": ({"redis_url": "redis://:password@cache.example/0"}, "REDIS_URL has a default", "random"),
    "no encryption key": ({"encryption_keys": ()}, "ENCRYPTION_KEYS is not set", "32 random bytes"),
    "short encryption key": ({"encryption_keys": ("k1:c2hvcnQ=",)}, "not 32 bytes", "openssl rand -base64 32"),
    "default encryption key": ({"encryption_keys": (DEFAULT_KEY,)}, "no random key", "openssl rand -base64 32"),
    "plain address": ({"app_url": "http://guildhall.example"}, "cookies cannot be Secure", "https address"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_an_unsafe_setting_is_refused(sound: None, config: Any, production: settings.Settings, case: str) -> None:
    changes, names, remedy = SETTINGS[case]
    (sentence,) = refusals(config, replace(production, **changes))
    assert names in sentence
    assert remedy in sentence


CONFIGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "flask's debug mode": ({"DEBUG": True}, "DEBUG is on", "Remove DEBUG and FLASK_DEBUG"),
    "flask's testing mode": ({"TESTING": True}, "DEBUG is on", "Remove DEBUG"),
    "no trusted hosts": ({"TRUSTED_HOSTS": []}, "TRUSTED_HOSTS is empty", "Set APP_URL"),
    "an empty trusted host": ({"TRUSTED_HOSTS": [""]}, "TRUSTED_HOSTS is empty", "Set APP_URL"),
    "cookies of any host": ({"SESSION_COOKIE_NAME": "guildhall"}, "not __Host- and Secure", "install.py"),
    "cookies over plain http": ({"SESSION_COOKIE_SECURE": False}, "not __Host- and Secure", "install.py"),
    "cookies of a whole domain": (
        {"SESSION_COOKIE_DOMAIN": "guildhall.example"},
        "not __Host-",
        "SESSION_COOKIE_DOMAIN",
    ),
    "cookies of one path": ({"SESSION_COOKIE_PATH": "/shop"}, "not __Host-", "SESSION_COOKIE_PATH"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_an_unsafe_application_is_refused(sound: None, config: Any, production: settings.Settings, case: str) -> None:
    changes, names, remedy = CONFIGS[case]
    (sentence,) = refusals(config | changes, production)
    assert names in sentence
    assert remedy in sentence


VIEW = "create view leak {}as select * from orders; grant select on leak to guildhall_app"
DATABASES: dict[str, tuple[str, str, str]] = {
    "superuser": ("alter role {role} superuser", "can bypass row-level security", "NOSUPERUSER NOBYPASSRLS"),
    "bypass": ("alter role {role} bypassrls", "can bypass row-level security", "NOSUPERUSER NOBYPASSRLS"),
    "may become a bypasser": ("grant guildhall_search to {role}", "may become guildhall_search", "Revoke"),
    "owns a table": (
        "alter table products owner to {role}",
        "owns tables or views (products)",
        "serve as another role",
    ),
    "owns through a group": (
        "create role {role_group}; alter table products owner to {role_group}; grant {role_group} to {role}",
        "owns tables or views (products)",
        "serve as another role",
    ),
    "row security off": (
        "alter table orders disable row level security",
        "forced row-level security: orders",
        "migration",
    ),
    "not forced": ("alter table orders no force row level security", "forced row-level security: orders", "migration"),
    "a new table without": (
        "create table notes (workspace_id uuid not null, body text);"
        " create policy member on notes using (current_setting('app.scope', true) = 'system')",
        "forced row-level security: notes",
        "migration",
    ),
    "a new table elsewhere": (
        "create schema extra; create table extra.notes (workspace_id uuid not null);"
        " create policy member on extra.notes using (false)",
        "forced row-level security: notes",
        "migration",
    ),
    "no policy": (
        "create table notes (workspace_id uuid not null); alter table notes enable row level security;"
        " alter table notes force row level security",
        "have no policy: notes",
        "Add one",
    ),
    "view of its owner": (VIEW.replace("{}", ""), "views run as their owner: leak", "security_invoker = true"),
    "view told not to": (
        VIEW.replace("{}", "with (security_invoker = off) "),
        "views run as their owner: leak",
        "security_invoker",
    ),
    "materialised view": (
        VIEW.replace("{}", "").replace("view", "materialized view", 1),
        "every workspace's rows: leak",
        "Revoke",
    ),
    "migrations behind": ("update alembic_version set version_num = '0001'", f"at 0001, the code at {HEAD}", "setup"),
    "never migrated": ("drop table alembic_version", f"is empty, the code at {HEAD}", "flask --app wsgi setup"),
    "no database": (
        "revoke connect on database {database} from {role}, guildhall_app, public",
        "cannot be asked",
        "setup",
    ),
}


@pytest.mark.parametrize("case", DATABASES)
def test_an_unsafe_database_is_refused(scratch: Scratch, config: Any, production: settings.Settings, case: str) -> None:
    statement, names, remedy = DATABASES[case]
    group = f"{scratch.role}_group"
    scratch.do(statement.replace("{role_group}", group).replace("{database}", f'"{scratch.name}"'))
    try:
        (sentence,) = refusals(config, production)
    finally:
        if group in statement.replace("{role_group}", group):
            scratch.do(f"drop owned by {group} cascade; drop role {group}")
    assert names in sentence
    assert remedy in sentence


@pytest.mark.parametrize(
    "statement", [VIEW.replace("{}", f"with (security_invoker = {yes}) ") for yes in ("true", "on", "1")]
)
def test_a_view_of_its_reader_is_safe(
    scratch: Scratch, config: Any, production: settings.Settings, statement: str
) -> None:
    scratch.do(statement)
    assert refusals(config, production) == []


def test_an_extension_may_bring_views_of_its_own(scratch: Scratch, config: Any, production: settings.Settings) -> None:
    scratch.do("create extension pg_stat_statements")
    assert refusals(config, production) == []


def test_pickled_jobs_are_refused(
    sound: None, config: Any, production: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_relay, "SERIALIZER", PickleSerializer)
    (sentence,) = refusals(config, production)
    assert "RQ is not on JSON" in sentence
    assert "JSONSerializer" in sentence


@pytest.mark.parametrize("url", ["", "/var/files", "ftp://files", "s3://", "file://", "file:///proc/guildhall"])
def test_a_place_for_files_that_is_none_is_refused(
    sound: None, config: Any, production: settings.Settings, url: str, storing: Callable[[str], None]
) -> None:
    storing(url)
    (sentence,) = refusals(config, production)
    assert "STORAGE_URL" in sentence


@pytest.fixture
def storing(app: Any) -> Iterator[Callable[[str], None]]:
    """Keep files somewhere else for a test."""
    chosen, before = settings.current(), settings.current().storage_url

    def at(url: str) -> None:
        object.__setattr__(chosen, "storage_url", url)
        storage.forget()

    yield at
    at(before)


def test_every_reason_is_told_at_once(scratch: Scratch, config: Any, production: settings.Settings) -> None:
    scratch.do("alter table orders no force row level security")
    found = refusals(config | {"TRUSTED_HOSTS": []}, replace(production, secret_key="dev", encryption_keys=()), "9999")
    names = ("TRUSTED_HOSTS", "SECRET_KEY", "ENCRYPTION_KEYS", "orders", "Migrations are behind")
    assert [next(n for n in names if n in sentence) for sentence in found] == list(names)


def test_development_may_be_plain_but_not_careless(scratch: Scratch, config: Any) -> None:
    """On one's own machine cookies may be plain and debug on; secrets and walls between workspaces stay."""
    plain = {"DEBUG": True, "SESSION_COOKIE_NAME": "guildhall", "SESSION_COOKIE_SECURE": False}
    chosen = replace(settings.current(), app_env="development", debug=True)
    assert refusals(config | plain, chosen) == []
    scratch.do("alter table orders no force row level security")
    assert len(refusals(config | plain, replace(chosen, stripe_webhook_secret=""))) == 2
