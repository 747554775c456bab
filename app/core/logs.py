"""Structured logs: JSON lines in production, readable ones in development; secrets never reach them.

Two nets: a value under a telling name is dropped whole, and every text, tracebacks of exceptions included, is
searched for what looks like a secret. Other libraries' lines pass the second net too.
"""

import logging
import re
import sys
import traceback
from typing import Any

import structlog

from app.core.settings import Settings

SECRET_WORDS = frozenset(
    [
        "password",
        "passwd",
        "secret",
        "token",
        "authorization",
        "cookie",
        "cookies",
        "csrf",
        "code",
        "card",
        "cvc",
        "iban",
        "apikey",
        "seed",
        "recovery",
        "address",
        "line1",
        "line2",
        "postcode",
        "phone",
        "ship_to",
        "email",
    ]
)
HARMLESS = frozenset({"status_code", "remote_code", "country_code", "currency_code", "exit_code"})
GONE = "[redacted]"
_EMAIL = r"[^\s@<>\"'(),:;=\[\]]+@[^\s@<>\"'(),:;=\[\]]+\.[^\s@<>\"'(),:;=\[\]]{2,}"
_NAMED = (
    r"(?i)\b((?:[a-z0-9_-]*(?:password|passwd|secret|token|authorization|cookie|api_?key|csrf|cvc|iban)"
    r"|line[12]|postcode|phone|ship_to)[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|\{[^}]*\}|(?:bearer|basic)\s+\S+|[^\s,;&}\])]+)"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?m)^(\s*)(DETAIL|CONTEXT):.*$"), rf"\1\2: {GONE}"),  # PostgreSQL quotes the row that it refuses
    (re.compile(r"(?m)^\[parameters:.*\]$"), f"[parameters: {GONE}]"),
    (re.compile(_NAMED), rf"\1{GONE}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {GONE}"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{GONE}@"),
    (re.compile(r"\b(?:(?:sk|rk|whsec)_[A-Za-z0-9_-]{8,}|g[a-z]_[A-Za-z0-9_-]{40,})"), GONE),
    (
        re.compile(r"(/(?:d|reset|confirm|invitations|me/email|purchases/open|sign-in/google/back)[/?])[^\s\"'<>]+"),
        rf"\1{GONE}",
    ),
    (
        re.compile(r"(?i)\b(?:[A-Z0-9]{1,12}-)?(?:[0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}\b"),
        GONE,
    ),  # made licence keys
    (re.compile(r"\b[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,}"), GONE),  # signed tokens and JWTs
    (re.compile(_EMAIL), GONE),
)
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")


def configure(settings: Settings) -> None:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False) if settings.development else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(settings.log_level, 20)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=settings.log_level, stream=sys.stderr)
    _guard_other_libraries()
    for noisy in ("stripe", "urllib3", "PIL", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def redact(_logger: Any, _method: str, entry: Any) -> Any:
    """The last step before a line is written."""
    return {name: _cleared(name, value) for name, value in entry.items()}


def _cleared(name: str, value: Any) -> Any:
    if _telling(name):
        return GONE
    if isinstance(value, dict):
        return {str(key): _cleared(str(key), one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_cleared("", one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float)) else scrub(str(value))


def _telling(name: str) -> bool:
    """Whether a value's name alone says that it is nobody's business."""
    lower = name.lower()
    return lower not in HARMLESS and (
        lower in SECRET_WORDS or not SECRET_WORDS.isdisjoint(re.split(r"[^a-z0-9]+", lower))
    )


def scrub(text: str) -> str:
    """`text` without what looks like a secret, a card number, an e-mail address, or control characters but line ends."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    text = _CARD.sub(lambda found: GONE if _luhn(found[0]) else found[0], text)
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text)


def _luhn(number: str) -> bool:
    """Whether the digits carry the check digit that every payment card has."""
    digits = [int(letter) for letter in reversed(number) if letter.isdecimal()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


class Guard(logging.Filter):
    """Cleans the finished line of any other library, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = scrub("".join(traceback.format_exception(*record.exc_info)).rstrip())
        return True


def _guard_other_libraries() -> None:
    """Handlers of the root logger, and gunicorn's own loggers, which do not pass it on."""
    guard = Guard()
    for handler in logging.getLogger().handlers:
        handler.filters = [one for one in handler.filters if not isinstance(one, Guard)] + [guard]
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.filters = [one for one in logger.filters if not isinstance(one, Guard)] + [guard]
