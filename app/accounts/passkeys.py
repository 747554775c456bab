"""What passkeys ask of an authenticator, and whether its answer holds (W3C WebAuthn Level 3). Knows no table and no request."""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
import webauthn
from webauthn.helpers import options_to_json_dict, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core import settings
from app.core.errors import Refused

log = structlog.get_logger()
PLACE = "Guildhall"
LIFETIME_MS = 300_000
LONGEST_ANSWER, LONGEST_ID = 20_000, 1023
PERSON = UserVerificationRequirement.REQUIRED


class NotProven(Refused):
    """The answer does not prove what was asked. What was written before stays: a challenge is spent by any answer."""

    keeps = True
    message = (
        "This passkey did not sign you in. Nothing was changed. Try again, or use your password or a code by e-mail."
    )


class NotAdded(NotProven):
    message = "This passkey was not added. Nothing was changed. Try again; if it fails once more, use another device."


@dataclass(frozen=True)
class Known:
    """A credential by its id, and how its authenticator is reached."""

    credential_id: bytes
    transports: list[str]


@dataclass(frozen=True)
class Made:
    """A new credential that a person's authenticator made for us."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True)
class Used:
    """What a signature says beside that it is right."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool


def offered() -> bool:
    """Whether our address can have passkeys: they belong to a name, never to a bare number."""
    try:
        ipaddress.ip_address(place())
    except ValueError:
        return True
    return False


def place() -> str:
    """The relying party's id: the host name that people see, without port."""
    return urlsplit(settings.current().app_url).hostname or ""


def origin() -> str:
    parts = urlsplit(settings.current().app_url)
    return f"{parts.scheme}://{parts.netloc}"


def to_make(user_id: bytes, email: str, name: str, challenge: bytes, known: Iterable[Known]) -> dict[str, Any]:
    """Options for `navigator.credentials.create()`: found without a name, the person verified, no attestation."""
    options = webauthn.generate_registration_options(
        rp_id=place(),
        rp_name=PLACE,
        user_id=user_id,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=LIFETIME_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=PERSON
        ),
        exclude_credentials=[_descriptor(one) for one in known],
    )
    return options_to_json_dict(options)


def to_sign(challenge: bytes) -> dict[str, Any]:
    """Options for `navigator.credentials.get()`: whichever passkey of ours the person picks."""
    options = webauthn.generate_authentication_options(
        rp_id=place(), challenge=challenge, timeout=LIFETIME_MS, user_verification=PERSON
    )
    return options_to_json_dict(options)


def _descriptor(known: Known) -> PublicKeyCredentialDescriptor:
    ways = [AuthenticatorTransport(one) for one in known.transports]
    return PublicKeyCredentialDescriptor(id=known.credential_id, transports=ways)


def read(answer: str) -> dict[str, Any]:
    """The browser's answer as JSON. Raises NotProven."""
    try:
        found = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotProven
    return found


def identify(answer: dict[str, Any]) -> tuple[bytes, bytes]:
    """The credential's id and its person's handle, as the answer claims them. Raises NotProven."""
    try:
        credential = webauthn.helpers.parse_authentication_credential_json(answer)
    except Exception as error:
        raise _doubt(error) from error
    return credential.raw_id, credential.response.user_handle or b""


def made(answer: dict[str, Any], challenge: bytes) -> Made:
    """A credential made for this challenge, on our pages, by a person who was verified. Raises NotAdded."""
    try:
        credential = webauthn.helpers.parse_registration_credential_json(answer)
        _own_page(credential.response.client_data_json)
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except Exception as error:
        raise _doubt(error, NotAdded) from error
    if len(found.credential_id) > LONGEST_ID:
        raise NotAdded
    return Made(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        transports=_ways(credential),
        backup_eligible=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        backed_up=found.credential_backed_up,
    )


def _ways(credential: RegistrationCredential) -> list[str]:
    return sorted({one.value for one in credential.response.transports or []})


def used(answer: dict[str, Any], challenge: bytes, public_key: bytes) -> Used:
    """What a signature over this challenge says, given on our pages by a verified person. Raises NotProven.

    The counter is the caller's to judge: the library would judge it before the signature, when anybody may have written it.
    """
    try:
        credential = webauthn.helpers.parse_authentication_credential_json(answer)
        _own_page(credential.response.client_data_json)
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place(),
            expected_origin=origin(),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise _doubt(error) from error
    eligible = found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    return Used(found.new_sign_count, eligible, found.credential_backed_up)


def _own_page(client_data: bytes) -> None:
    """Our pages are never framed, so an answer from inside another site's page is not from them."""
    if parse_client_data_json(client_data).cross_origin:
        raise ValueError("the page was framed by another site")


def _doubt(error: Exception, kind: type[NotProven] = NotProven) -> NotProven:
    """Everything an answer can break is a refusal: the parsers under the library raise what they like on a hostile one."""
    log.info("accounts.passkey_refused", error=type(error).__name__, why=str(error)[:200])
    return kind()
