"""Whose copy a leak is, among all workspaces."""

from typing import IO

from app.core import db
from app.core.actor import Actor
from app.downloads import actions as downloads
from app.downloads.models import Trace


def trace_file(actor: Actor, source: IO[bytes], filename: str) -> Trace:
    """In the platform's own workspace, whose traces look everywhere; its audit trail says who looked."""
    with db.workspace(db.PLATFORM):
        return downloads.trace_file(actor, source, filename)


def trace_text(actor: Actor, text: str) -> Trace:
    with db.workspace(db.PLATFORM):
        return downloads.trace_text(actor, text)
