"""The errors of the wire: `{"error": {…}}` with the members that are null left out."""

from typing import Any

TYPE_OF_STATUS = {402: "card_error", 500: "api_error", 503: "api_error"}


class StripeError(Exception):
    """An answer other than 200.

    `keeps` says that what happened before the error stays (a declined card leaves its failed charge behind).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str | None = None,
        keeps: bool = False,
        **members: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keeps = keeps
        self.members = {
            "type": kind or TYPE_OF_STATUS.get(status, "invalid_request_error"),
            "message": message,
            "code": code,
            "param": param,
            **members,
        }
        if code:
            self.members["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"

    @property
    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        return {"error": {name: value for name, value in self.members.items() if value is not None}}


def missing(noun: str, identifier: str, param: str | None = "id", status: int = 404) -> StripeError:
    """No such object: 404 for the object in the path, 400 for one named by a parameter."""
    return StripeError(f"No such {noun}: '{identifier}'", status=status, code="resource_missing", param=param)


def refused(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """A request that is well formed and cannot be done: 400."""
    return StripeError(message, code=code, param=param)
