"""Rate limits: Valkey when it answers, this process's memory when it does not (SECURITY.md §3)."""

from flask import request
from flask_limiter import Limiter
from flask_login import current_user

from app.core import settings


def client() -> str:
    """Who is counted: the signed-in person, else the address that reached us (proxies counted by TRUSTED_PROXIES)."""
    if current_user and current_user.is_authenticated:
        return f"user:{current_user.id}"
    return f"ip:{request.remote_addr}"


def address() -> str:
    return f"ip:{request.remote_addr}"


limiter = Limiter(
    client,
    strategy="moving-window",
    in_memory_fallback_enabled=True,
    headers_enabled=True,
    storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
    default_limits=["600/minute"],
)
limit = limiter.limit


def configure(app: object) -> None:
    chosen = settings.current()
    app.config.update(  # type: ignore[attr-defined]
        RATELIMIT_STORAGE_URI=chosen.redis_url,
        RATELIMIT_ENABLED=chosen.app_env != "test",
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    limiter.init_app(app)  # type: ignore[arg-type]
