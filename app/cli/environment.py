"""What `make run` tells its children: settings from the environment and .env, and sandbox values for all that has no real key."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from honcho.environ import parse

from app.cli import database
from app.cli.database import DatabaseError
from app.cli.ports import choose

ROOT = Path(__file__).parents[2]
WEB, SANDBOX, SMTP = 8000, 9400, 9425


@dataclass(frozen=True)
class Ports:
    """Chosen ports, and a sentence for each one that was taken."""

    web: int
    sandbox: int
    smtp: int
    notes: tuple[str, ...] = ()


def outer(root: Path = ROOT) -> dict[str, str]:
    """The environment, with .env filling in what it does not set."""
    file = root / ".env"
    return (parse(file.read_text(encoding="utf-8")) if file.exists() else {}) | dict(os.environ)


def configured(environment: Mapping[str, str], name: str) -> bool:
    """True when a setting is given, by value or by file."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def value(environment: Mapping[str, str], name: str) -> str:
    """A setting's value, read from its file when `NAME_FILE` is given; empty when it is not set."""
    file = environment.get(f"{name}_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else environment.get(name, "")


def pick_ports(environment: Mapping[str, str]) -> Ports:
    """Ports for web (PORT), sandbox (SANDBOX_PORT) and its mail (SANDBOX_SMTP_PORT). Raises NoPort."""
    wishes = (
        ("PORT", "the shop", WEB),
        ("SANDBOX_PORT", "the sandbox", SANDBOX),
        ("SANDBOX_SMTP_PORT", "the sandbox's mail", SMTP),
    )
    chosen: list[int] = []
    notes = []
    for name, label, usual in wishes:
        wanted = int(environment.get(name) or usual)
        port = choose(wanted, set(chosen))
        if port != wanted:
            notes.append(f"Port {wanted} is taken by another program, so {label} uses {port}.")
        chosen.append(port)
    web, sandbox, smtp = chosen
    return Ports(web, sandbox, smtp, tuple(notes))


def kept_secrets(folder: Path) -> dict[str, str]:
    """Development secrets, made once and kept in `folder`/secrets.json, readable by the owner only."""
    path = folder / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    fresh = {
        "SECRET_KEY": secrets.token_hex(32),
        "ENCRYPTION_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(16)}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_{secrets.token_hex(16)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "STRIPE_CONNECT_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "DATABASE_PASSWORD": secrets.token_hex(16),
        "VAPID_PRIVATE_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    if fresh.keys() - kept.keys():
        kept = fresh | kept
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(kept, indent=1))
        unfinished.replace(path)
    return kept


def database_urls(environment: Mapping[str, str], embedded_admin: str, password: str) -> tuple[str, str]:
    """(application's URL, admin's URL): the configured ones, or those of the embedded server.

    With DATABASE_URL alone, a role that may create roles is taken as the admin, and the application gets a role of its own
    on that database. Raises DatabaseError with what to do otherwise.
    """
    app, admin = value(environment, "DATABASE_URL"), value(environment, "DATABASE_ADMIN_URL")
    if app and admin:
        return app, admin
    if not app:
        admin = admin or embedded_admin
        name = unquote(urlsplit(admin).path.lstrip("/")) if admin != embedded_admin else "guildhall"
        return database.with_role(database.with_database(admin, name), "guildhall", password), admin
    if not _may_create_roles(app):
        raise DatabaseError(
            "DATABASE_URL names a role that cannot set the database up. Set DATABASE_ADMIN_URL too: the role that owns the "
            "tables and may create roles."
        )
    return database.with_role(database.plain(app), "guildhall", password), app


def _may_create_roles(url: str) -> bool:
    try:
        with psycopg.connect(database.plain(url), connect_timeout=10) as connection:
            row = connection.execute(
                "select rolsuper or (rolcreaterole and rolbypassrls) from pg_roles where rolname = current_user"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise DatabaseError(f"PostgreSQL does not accept DATABASE_URL: {error}") from error
    return bool(row and row[0])


def shop(environment: Mapping[str, str], ports: Ports, kept: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Everything but the engines' URLs: what is configured stays, the rest is for development with the sandbox."""
    sandbox = f"http://localhost:{ports.sandbox}"
    usual = {
        "APP_ENV": "development",
        "APP_URL": f"http://localhost:{ports.web}",
        "TRUSTED_HOSTS": "localhost,127.0.0.1",
        "SECRET_KEY": kept["SECRET_KEY"],
        "ENCRYPTION_KEYS": kept["ENCRYPTION_KEYS"],
        "STORAGE_URL": f"file://{folder / 'files'}",
        "SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
        "VAPID_PRIVATE_KEY": kept["VAPID_PRIVATE_KEY"],
    }
    if not configured(environment, "STRIPE_SECRET_KEY"):
        usual |= stripe_of(sandbox, kept)
    if not configured(environment, "GOOGLE_CLIENT_ID"):
        usual |= google_of(sandbox)
    if not configured(environment, "TIKTOK_APP_KEY"):
        usual |= tiktok_of(sandbox)
    if not configured(environment, "SHOPEE_PARTNER_ID"):
        usual |= shopee_of(sandbox)
    usual |= carriers_of(sandbox)
    missing = {name: setting for name, setting in usual.items() if not configured(environment, name)}
    return dict(environment) | missing | {"SANDBOX_URL": sandbox, "PORT": str(ports.web)}


def sandbox(settings: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The sandbox's own environment: it never sees a real key, and keeps its own secrets when Stripe is the real one."""
    kept = kept_secrets(folder)
    own = stripe_of(settings["SANDBOX_URL"], kept) | google_of(settings["SANDBOX_URL"])
    plain = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONUNBUFFERED", "VIRTUAL_ENV", "APP_URL", "SANDBOX_URL")
    return {name: settings[name] for name in plain if name in settings} | own


def stripe_of(sandbox: str, kept: Mapping[str, str]) -> dict[str, str]:
    """Stripe's settings while the sandbox stands in for it."""
    names = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_CONNECT_WEBHOOK_SECRET")
    return {name: kept[name] for name in names} | {"STRIPE_API_BASE": sandbox}


def carriers_of(sandbox: str) -> dict[str, str]:
    """Where carrier accounts are spoken to while the sandbox stands in; sellers type their own keys, also here."""
    return {
        "EASYPOST_API_BASE": f"{sandbox}/easypost/v2",
        "SHIPPO_API_BASE": f"{sandbox}/shippo",
        "SHIPSTATION_API_BASE": f"{sandbox}/shipstation",
    }


def tiktok_of(sandbox: str) -> dict[str, str]:
    """Our registration at TikTok Shop while the sandbox stands in for its three hosts."""
    hosts = ("TIKTOK_API_BASE", "TIKTOK_AUTH_BASE", "TIKTOK_CONSENT_BASE")
    return dict.fromkeys(hosts, f"{sandbox}/tiktok") | {
        "TIKTOK_APP_KEY": "sandbox-tiktok",
        "TIKTOK_APP_SECRET": "sandbox-tiktok-app-secret",
        "TIKTOK_SERVICE_ID": "sandbox-service",
    }


def shopee_of(sandbox: str) -> dict[str, str]:
    """Our registration at Shopee while the sandbox stands in for it."""
    return {
        "SHOPEE_PARTNER_ID": "2000001",
        "SHOPEE_PARTNER_KEY": "sandbox-shopee-partner-key",
        "SHOPEE_API_BASE": f"{sandbox}/shopee",
    }


def google_of(sandbox: str) -> dict[str, str]:
    """Google sign-in's settings while the sandbox stands in for it."""
    return {
        "GOOGLE_CLIENT_ID": "sandbox-google",
        "GOOGLE_CLIENT_SECRET": "sandbox-google-secret",
        "GOOGLE_DISCOVERY_URL": f"{sandbox}/openid/.well-known/openid-configuration",
    }
