"""Refusals: what a person may read when an action says no. Nothing else is shown to people."""

from typing import Any


class Refused(Exception):
    """An action declined. `message` says what happened, what to do, and whether money moved.

    `field` names the form field it belongs to, when there is one. `status` is the HTTP answer. `keeps`: what was written
    before stays, because the refusal says that it is under way. `typed_stays`: the form is shown again with what was typed, as it is
    for 409 and 422. `title` heads its page where the status has no fitting one. `ways` are (words, path) of places that help
    further; where `sign_in_helps`, whoever is signed out may also sign in and come back.
    """

    status = 422
    title = ""
    keeps = False
    typed_stays = False
    ways: tuple[tuple[str, str], ...] = ()
    sign_in_helps = False
    message = "That could not be done. Nothing was changed."

    def __init__(self, message: str | None = None, *, field: str | None = None, **context: Any) -> None:
        self.message = message or self.message.format(**context)
        self.field = field
        self.context = context
        super().__init__(self.message)


class NotFound(Refused):
    """Missing, or belonging to someone else: the two look alike on purpose."""

    status = 404
    message = "This page does not exist, or you may not see it."


class Forbidden(Refused):
    """Visible but not allowed; the message says who can."""

    status = 403
    message = "Your role does not allow this. Ask an owner or admin of the workspace."


class Conflict(Refused):
    """Somebody changed the row since it was read (optimistic lock)."""

    status = 409
    message = (
        "Somebody else changed this since you opened it. Your text is kept below; look at the newest version first."
    )


class Unavailable(Refused):
    """Something outside is down; trying later helps."""

    status = 503
    message = "A service we depend on is not answering. Nothing was charged. Try again in a minute."


class ProviderError(Exception):
    """A provider said no or did not answer (ARCHITECTURE.md §9). `permanent` decides retries in one place.

    `unknown` means the effect may have happened: look it up before trying again.
    """

    def __init__(
        self,
        provider: str,
        message: str,
        *,
        permanent: bool,
        unknown: bool = False,
        retry_after: float | None = None,
        remote_code: str | None = None,
    ) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after
        self.remote_code = remote_code
