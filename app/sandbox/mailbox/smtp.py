"""The mail server: takes every mail from everybody, and can be told to be unwell."""

import asyncio
import logging

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.sandbox.config import SandboxConfig

from . import faults
from .faults import SmtpFault, SmtpFaults
from .mails import Mails

HOSTNAME = "sandbox.localhost"
TAKEN = "250 2.0.0 Mail {} kept"
REFUSALS = {
    faults.REFUSE: "554 5.7.1 The sandbox was told to refuse this mail",
    faults.TEMPORARY: "451 4.3.0 The sandbox was told to be unwell, try again later",
}
log = logging.getLogger(__name__)


class PostOffice:
    """The server on its own thread."""

    def __init__(self, config: SandboxConfig, mails: Mails, planted: SmtpFaults) -> None:
        self._config = config
        self._clerk = Clerk(mails, planted)
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen on the configured port; raises OSError when somebody else does."""
        self._controller = Controller(
            self._clerk,
            hostname=self._config.host,
            port=self._config.smtp_port,
            server_hostname=HOSTNAME,
            ident="Guildhall sandbox",
            # A mail address with a login in it works as well: any name and password will do.
            authenticator=_anybody,
            auth_require_tls=False,
        )
        self._controller.start()

    def stop(self) -> None:
        """Hang up on everybody and stop listening."""
        if self._controller:
            self._controller.stop(no_assert=True)
            self._controller = None


class Clerk:
    """What the server does with a mail once its data has come in; called by aiosmtpd by these names."""

    def __init__(self, mails: Mails, planted: SmtpFaults) -> None:
        self._mails = mails
        self._faults = planted

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail, or do what a fault says; returns the answer line."""
        fault = await asyncio.to_thread(self._faults.take)
        if fault and fault.kind in REFUSALS:
            return REFUSALS[fault.kind]
        if fault and fault.kind == faults.SLOW:
            # A sender that gives up meanwhile ends this coroutine, and its mail has not been taken.
            await asyncio.sleep(fault.seconds)
        number = await self._keep(envelope, fault)
        if _dropping(fault) and server.transport:
            server.transport.close()
        return TAKEN.format(number)

    async def _keep(self, envelope: Envelope, fault: SmtpFault | None) -> int:
        return await asyncio.to_thread(
            self._mails.keep,
            envelope.mail_from or "",
            list(envelope.rcpt_tos),
            envelope.original_content or b"",
            confirmed=not _dropping(fault),
        )

    async def handle_exception(self, error: Exception) -> str:
        """A mail that could not be kept is worth another try."""
        log.error("A mail could not be kept", exc_info=error)
        return "451 4.3.0 The sandbox could not keep this mail, try again later"


def _dropping(fault: SmtpFault | None) -> bool:
    return fault is not None and fault.kind == faults.DROP_AFTER_DATA


def _anybody(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, _login: LoginPassword
) -> AuthResult:
    return AuthResult(success=True)
