"""What programs are told: a word that never changes, an HTTP status, and a sentence for whoever reads the log."""

from app.core.errors import Refused


class ApiRefused(Refused):
    """`code` is part of the public interface (docs/licences.md): it may be added to, never renamed.

    A buyer who types a device's code into the library meets the same refusals, and finds it still typed.
    """

    typed_stays = True
    code = "invalid_request"


class InvalidRequest(ApiRefused):
    status = 400
    message = "The request could not be read."


class LicenceNotFound(ApiRefused):
    status, code = 404, "licence_not_found"
    message = "No licence with this key belongs to this product."


class LicenceDisabled(ApiRefused):
    status, code = 403, "licence_disabled"
    message = "The seller has disabled this licence."


class LicenceRevoked(ApiRefused):
    status, code = 403, "licence_revoked"
    message = "The purchase of this licence was refunded, disputed or ended."


class LicenceExpired(ApiRefused):
    status, code = 403, "licence_expired"
    message = "This licence has expired."


class ActivationLimitReached(ApiRefused):
    status, code = 409, "activation_limit_reached"
    message = "All seats of this licence are taken. Free one of them first."


class ActivationNotFound(ApiRefused):
    status, code = 404, "activation_not_found"
    message = "This licence has no such activation, or it was freed."


class TooLarge(ApiRefused):
    status, code = 413, "request_too_large"
    message = "A request is at most 16 KiB."


class RateLimited(ApiRefused):
    status, code = 429, "rate_limited"
    message = "Too many requests. Wait as long as Retry-After says."
