"""Structured logs: JSON lines in production, readable ones in development; secrets never reach them."""

import logging
import sys
from typing import Any

import structlog

from app.core.settings import Settings

SECRET_WORDS = ("password", "secret", "token", "authorization", "cookie", "code", "card")


def configure(settings: Settings) -> None:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False) if settings.development else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(settings.log_level, 20)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=settings.log_level, stream=sys.stderr)
    for noisy in ("stripe", "urllib3", "PIL", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _redact(_logger: Any, _method: str, entry: Any) -> Any:
    for key in entry:
        if any(word in key.lower() for word in SECRET_WORDS):
            entry[key] = "[redacted]"
    return entry
