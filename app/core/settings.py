"""Settings come from the environment alone; `NAME_FILE` reads a value from a file (ARCHITECTURE.md §14)."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

VAPID_BYTES = 32
ENVIRONMENTS = ("development", "test", "production")


class SettingsError(RuntimeError):
    """A setting is missing or wrong; the message says which one and what to do."""


COUNTS = {
    "trusted_proxies": "the number of proxies in front, such as 1",
    "live_streams": "how many live pages one person may have open, such as 10",
    "live_visitors": "how many live pages visitors from one address may have open, such as 200",
}


@dataclass(frozen=True)
class Settings:
    """Every setting, parsed. URLs are strings; `trusted_hosts` and `encryption_keys` are tuples."""

    app_env: str = "production"
    app_url: str = ""
    secret_key: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)
    database_admin_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    stripe_secret_key: str = field(default="", repr=False)
    stripe_publishable_key: str = ""
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_connect_webhook_secret: str = field(default="", repr=False)
    stripe_api_base: str = "https://api.stripe.com"
    easypost_api_base: str = "https://api.easypost.com/v2"
    shippo_api_base: str = "https://api.goshippo.com"
    shipstation_api_base: str = "https://api.shipstation.com"
    tiktok_app_key: str = ""
    tiktok_app_secret: str = field(default="", repr=False)
    tiktok_service_id: str = ""
    tiktok_api_base: str = "https://open-api.tiktokglobalshop.com"
    tiktok_auth_base: str = "https://auth.tiktok-shops.com"
    tiktok_consent_base: str = "https://services.tiktokshop.com"
    shopee_partner_id: str = ""
    shopee_partner_key: str = field(default="", repr=False)
    shopee_push_key: str = field(default="", repr=False)
    shopee_push_key_is_hex: bool = False
    shopee_api_base: str = "https://partner.shopeemobile.com"
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "Guildhall <hello@localhost>"
    vapid_private_key: str = field(default="", repr=False)
    vapid_subject: str = ""
    service_worker: bool = True
    storage_url: str = ""
    clamav_url: str = ""
    google_client_id: str = ""
    google_client_secret: str = field(default="", repr=False)
    google_discovery_url: str = "https://accounts.google.com/.well-known/openid-configuration"
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)
    sentry_dsn: str = field(default="", repr=False)
    log_level: str = "INFO"
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    live_streams: int = 10
    live_visitors: int = 200
    sandbox_url: str = ""
    debug: bool = False

    @property
    def development(self) -> bool:
        return self.app_env in ("development", "test")

    @property
    def secure_cookies(self) -> bool:
        return not self.development or self.app_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.app_url).netloc

    @property
    def vapid_key(self) -> bytes:
        """The 32 bytes of the key that signs pushes, written in either alphabet of base64; empty while there is none."""
        typed = self.vapid_private_key.rstrip("=").replace("+", "-").replace("/", "_")
        try:
            return base64.urlsafe_b64decode(typed + "=" * (-len(typed) % 4))
        except ValueError:
            return b""

    @property
    def sandboxed(self) -> bool:
        """True while payments go to the sandbox, so pages can say that no money moves."""
        return bool(self.sandbox_url) and self.stripe_api_base.startswith(self.sandbox_url)


def read(environ: Mapping[str, str]) -> Settings:
    """Parse settings from an environment. Raises SettingsError with a sentence that says what to do."""
    values: dict[str, Any] = {}
    for item in fields(Settings):
        raw = _raw(environ, item.name.upper())
        if raw:
            values[item.name] = _parse(item.name, raw)
    settings = Settings(**values)
    return _complete(settings)


def _raw(environ: Mapping[str, str], name: str) -> str:
    path = environ.get(f"{name}_FILE")
    if not path:
        return environ.get(name, "").strip()
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE points at {path}, which cannot be read: {error.strerror}.") from error


def _parse(name: str, raw: str) -> object:
    if name in ("encryption_keys", "trusted_hosts"):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    if name in ("debug", "shopee_push_key_is_hex", "service_worker"):
        return raw.lower() in ("1", "true", "yes", "on")
    if name in COUNTS:
        if not raw.isdigit():
            raise SettingsError(f"{name.upper()} is {raw!r}; give {COUNTS[name]}.")
        return int(raw)
    if name in ("database_url", "database_admin_url"):
        return raw.replace("postgresql://", "postgresql+psycopg://", 1).replace(
            "postgres://", "postgresql+psycopg://", 1
        )
    return raw.rstrip("/") if name in ("app_url", "sandbox_url") or name.endswith("_base") else raw


def _complete(settings: Settings) -> Settings:
    if settings.app_env not in ENVIRONMENTS:
        raise SettingsError(f"APP_ENV is {settings.app_env!r}; use one of {', '.join(ENVIRONMENTS)}.")
    for name in ("app_url", "secret_key", "database_url", "redis_url", "storage_url"):
        if not getattr(settings, name):
            raise SettingsError(
                f"{name.upper()} is not set. Set it in the environment (.env.example explains each one)."
            )
    if settings.vapid_private_key and len(settings.vapid_key) != VAPID_BYTES:
        raise SettingsError("VAPID_PRIVATE_KEY is not 32 bytes in base64. Make one with: openssl rand -base64 32")
    if settings.vapid_subject and not settings.vapid_subject.startswith(("mailto:", "https://")):
        raise SettingsError(
            "VAPID_SUBJECT says how push services reach you: mailto:you@your.domain or an https address."
        )
    if settings.clamav_url and not _names_a_socket(settings.clamav_url):
        raise SettingsError(
            f"CLAMAV_URL is {settings.clamav_url!r}; use unix:///run/clamav/clamd.ctl or tcp://host:3310."
        )
    if not settings.trusted_hosts:
        object.__setattr__(settings, "trusted_hosts", (urlsplit(settings.app_url).hostname or "",))
    return settings


def _names_a_socket(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.path.strip("/")) if parts.scheme == "unix" else parts.scheme == "tcp" and bool(parts.port)
    except ValueError:
        return False


@cache
def current() -> Settings:
    """The settings of this process, read once."""
    return read(os.environ)
