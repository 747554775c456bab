"""The sandbox's post: a mail server that keeps every mail, the mailbox page, and doors for tests.

Owns: mails, their recipients, and the faults of the mail server.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig

from . import doors, pages
from .faults import SmtpFaults
from .mails import Mails
from .smtp import PostOffice


def register(app: Flask, config: SandboxConfig) -> None:
    """Add the mail server and its pages; the memory is the one that Stripe's part opened."""
    state = app.extensions["sandbox.state"]
    mails, faults = Mails(state), SmtpFaults(state)
    post_office = PostOffice(config, mails, faults)
    app.extensions["sandbox.mails"] = mails
    app.extensions["sandbox.smtp_faults"] = faults
    app.extensions["sandbox.start"].append(post_office.start)
    app.extensions["sandbox.stop"].append(post_office.stop)
    app.extensions["sandbox.nav"].append(("Mailbox", "/mailbox"))
    for part in (doors, pages):
        app.register_blueprint(part.blueprint)
