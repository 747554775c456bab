"""The start-up check: the application refuses to serve what is not safe to serve (ARCHITECTURE.md §16)."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from rq.serializers import JSONSerializer
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import crypto, db, outbox_relay, settings, storage
from app.core.settings import Settings, SettingsError

SECRETS = {
    "stripe_secret_key": "Copy it from the Stripe dashboard.",
    "stripe_webhook_secret": "Copy it from the endpoint /webhooks/stripe in the Stripe dashboard.",
    "stripe_connect_webhook_secret": "Copy it from the endpoint /webhooks/stripe-connect in the Stripe dashboard.",
}
DEFAULTS = ("dev", "secret", "password", "test", "guildhall", "postgres", "example", "none")
"""Values that stand in examples and tutorials; `changeme`, `...` and `xxx` give a placeholder away wherever they are."""
URLS = ("database_url", "database_admin_url", "redis_url", "smtp_url")
DISTINCT = 8
"""A secret of fewer distinct characters (or bytes) was typed, not drawn."""


def run(config: Mapping[str, Any], head: str | None, chosen: Settings | None = None) -> None:
    """`config` is the Flask app's, `head` the newest migration. Raises SettingsError listing every reason, each with what to do."""
    chosen = chosen or settings.current()
    reasons = [*_settings(config, chosen), *_secrets(chosen), *_queues(), *_files(), *_database(head)]
    if reasons:
        raise SettingsError("Guildhall does not start:\n- " + "\n- ".join(reasons))


def _settings(config: Mapping[str, Any], chosen: Settings) -> Iterator[str]:
    if not any(config["TRUSTED_HOSTS"] or ()):
        yield "TRUSTED_HOSTS is empty. Set APP_URL or name the hosts that requests may come for."
    if chosen.development:
        return
    if chosen.debug or config["DEBUG"] or config["TESTING"]:
        yield "DEBUG is on outside development. Remove DEBUG and FLASK_DEBUG from the environment."
    if not chosen.app_url.startswith("https://"):
        yield "APP_URL does not start with https://, so cookies cannot be Secure. Set the public https address."
    if not _locked_to_host(config):
        yield (
            "Cookies are not __Host- and Secure outside development. Leave SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE, "
            "SESSION_COOKIE_DOMAIN and SESSION_COOKIE_PATH as app/core/web/install.py sets them."
        )


def _locked_to_host(config: Mapping[str, Any]) -> bool:
    """Whether browsers will hold the session cookie to this host: what the `__Host-` prefix asks for."""
    return (
        config["SESSION_COOKIE_NAME"].startswith("__Host-")
        and bool(config["SESSION_COOKIE_SECURE"])
        and not config["SESSION_COOKIE_DOMAIN"]
        and config["SESSION_COOKIE_PATH"] in (None, "/")
    )


def _secrets(chosen: Settings) -> Iterator[str]:
    if len(chosen.secret_key) < 32 or _is_default(chosen.secret_key):
        yield "SECRET_KEY is missing, short or a default. Set 32 or more random characters (`openssl rand -hex 32`)."
    for name, remedy in SECRETS.items():
        if any(map(_is_default, getattr(chosen, name).split(","))):
            yield f"{name.upper()} is missing or a default. {remedy}"
    if chosen.google_client_id and _is_default(chosen.google_client_secret):
        yield "GOOGLE_CLIENT_SECRET is missing or a default. Copy it from the Google console, or remove GOOGLE_CLIENT_ID."
    for name in URLS if not chosen.development else ():
        password = urlsplit(getattr(chosen, name)).password
        if password is not None and password.lower() in DEFAULTS:
            yield f"{name.upper()} has a default password. Give the role a random one (`openssl rand -hex 24`)."
    yield from _wrapping_keys(chosen)


def _is_default(secret: str) -> bool:
    word = secret.strip().lower()
    placeholder = word in DEFAULTS or any(mark in word for mark in ("changeme", "change-me", "...", "xxx"))
    return placeholder or len(set(word)) < DISTINCT


def _wrapping_keys(chosen: Settings) -> Iterator[str]:
    try:
        weak = [name for name, key in crypto.keys_of(chosen.encryption_keys).items() if len(set(key)) < DISTINCT]
    except SettingsError as error:
        yield str(error)
        return
    if weak:
        yield f"ENCRYPTION_KEYS: {', '.join(weak)} is no random key. Make one with `openssl rand -base64 32`."


def _queues() -> Iterator[str]:
    queue = outbox_relay.queue("default", outbox_relay.valkey())
    if queue.serializer is not JSONSerializer or outbox_relay.SERIALIZER is not JSONSerializer:
        yield (
            "RQ is not on JSON: pickled jobs let whoever writes to Valkey run code. "
            "Set SERIALIZER in app/core/outbox_relay.py to JSONSerializer."
        )


def _files() -> Iterator[str]:
    try:
        storage.check()
    except SettingsError as error:
        yield str(error)


def _database(head: str | None) -> Iterator[str]:
    try:
        with db.engine().connect() as connection:
            for check, reason in CHECKS:
                found = connection.execute(text(check)).scalars().all()
                if found:
                    yield reason.format(", ".join(map(str, found)))
            yield from _migrations(connection, head)
    except SQLAlchemyError as error:
        yield f"The database cannot be asked ({type(error).__name__}). Check DATABASE_URL and run `flask --app wsgi setup`."


def _migrations(connection: Connection, head: str | None) -> Iterator[str]:
    table = connection.execute(text("select to_regclass('public.alembic_version') is not null")).scalar()
    present = connection.execute(text("select version_num from alembic_version")).scalar() if table else None
    if present is None or present != head:
        there = f"is at {present}" if present else "is empty"
        yield f"Migrations are behind: the database {there}, the code at {head}. Run `flask --app wsgi setup`."


OURS = (
    " n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
    " and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"
)
"""Not PostgreSQL's own, and not an extension's."""
WORKSPACE_TABLES = (
    "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped"
    f" where c.relkind in ('r', 'p') and {OURS}"
)
CHECKS = (
    (
        "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)",
        "The database role {} can bypass row-level security. Use a role made with NOSUPERUSER NOBYPASSRLS.",
    ),
    (
        "select r.rolname from pg_roles r, pg_roles me where me.rolname = current_user and not me.rolsuper"
        " and r.oid <> me.oid and (r.rolsuper or r.rolbypassrls) and pg_has_role(me.oid, r.oid, 'MEMBER')",
        "The database role may become {} and so bypass row-level security. Revoke that membership.",
    ),
    (
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_roles me"
        " where me.rolname = current_user and not me.rolsuper and c.relkind in ('r', 'p', 'v', 'm')"
        f" and pg_has_role(me.oid, c.relowner, 'MEMBER') and {OURS} order by 1",
        "The database role owns tables or views ({}). Run migrations as DATABASE_ADMIN_URL and serve as another role.",
    ),
    (
        f"{WORKSPACE_TABLES} and not (c.relrowsecurity and c.relforcerowsecurity) order by 1",
        "These workspace tables lack forced row-level security: {}. Enable and force it in a migration.",
    ),
    (
        f"{WORKSPACE_TABLES} and not exists (select from pg_policy p where p.polrelid = c.oid) order by 1",
        "These workspace tables have no policy: {}. Add one in a migration.",
    ),
    (
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where c.relkind = 'v' and {OURS} and not exists (select from unnest(c.reloptions) o"
        " where o ~* '^security_invoker=(true|on|yes|1)$') order by 1",
        "These views run as their owner: {}. Create them with security_invoker = true.",
    ),
    (
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where c.relkind = 'm' and {OURS} and has_table_privilege(current_user, c.oid, 'select') order by 1",
        "These materialised views show every workspace's rows: {}. Revoke them from the application's role.",
    ),
)
