"""Stripe's errors as ProviderError: permanent or not, unknown outcome or not, and what to wait for (STRIPE.md §1)."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from app.core.errors import ProviderError
from app.core.http import guard

UPSTREAM = "stripe"
RATE_LIMIT_WAIT = 3.0


@contextmanager
def translated() -> Iterator[None]:
    """Run one call behind the breaker. Raises ProviderError for everything Stripe or the network may answer."""
    gate = guard(UPSTREAM)
    try:
        yield
    except stripe.StripeError as error:
        outcome = translate(error)
        if outcome.unknown:
            gate.failure()
        else:
            gate.success()
        raise outcome from error
    gate.success()


def translate(error: stripe.StripeError) -> ProviderError:
    status, code = error.http_status or 0, code_of(error)
    if isinstance(error, stripe.APIConnectionError) or status == 0:
        return _answer(error, code or "connection", unknown=True)
    if status == 409 or code in ("idempotency_key_in_use", "lock_timeout"):
        return _answer(error, code or "conflict", unknown=True, wait=1.0)
    if status == 429:
        return _answer(error, code or "rate_limit", wait=_retry_after(error))
    if status >= 500:
        return _answer(error, code or str(status), unknown=True)
    if isinstance(error, stripe.IdempotencyError):
        return _answer(error, "idempotency_error", permanent=True)
    return _answer(error, code or str(status), permanent=True)


def code_of(error: stripe.StripeError) -> str | None:
    """The error's code, also for the classes that leave `.code` empty."""
    return error.code or getattr(getattr(error, "error", None), "code", None)


def _answer(
    error: stripe.StripeError, code: str, *, permanent: bool = False, unknown: bool = False, wait: float | None = None
) -> ProviderError:
    unreached = isinstance(error, stripe.APIConnectionError)
    words = "could not be reached in time" if unreached else error.user_message or type(error).__name__
    return ProviderError(
        UPSTREAM, f"{words} ({code})", permanent=permanent, unknown=unknown, retry_after=wait, remote_code=code
    )


def _retry_after(error: stripe.StripeError) -> float:
    raw = {str(name).lower(): value for name, value in (error.headers or {}).items()}.get("retry-after", "")
    return float(raw) if str(raw).isdigit() else RATE_LIMIT_WAIT
