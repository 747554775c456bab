"""Somebody who runs the platform, and pages as they see them."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import db
from app.core.actor import SYSTEM
from app.core.audit import AuditEntry
from app.core.inbox import InboundEvent, receive
from app.core.outbox import OutboxJob, later
from app.core.permissions import Role
from app.workspaces import actions as workspaces
from tests.security.stage import Browser
from tests.world import World


@pytest.fixture
def olga(world: World) -> Any:
    """Operates the platform, and sells nothing."""
    person = world.person("Olga")
    appoint(person, Role.ADMIN)
    return person


def appoint(person: Any, role: Role) -> None:
    with db.workspace(db.PLATFORM):
        workspaces.appoint(SYSTEM, person.id, role)


@pytest.fixture
def browser(app: Any, world: World) -> Callable[..., Browser]:
    def open(person: Any = None) -> Browser:
        client = app.test_client()
        return Browser(world.sign_in(client, person) if person else client)

    return open


@pytest.fixture
def operator(browser: Callable[..., Browser], olga: Any) -> Browser:
    return browser(olga)


def receipt(remote_id: str = "evt_1", kind: str = "nothing.happened", source: str = "stripe", **body: Any) -> UUID:
    whole = {"id": remote_id, "type": kind, "livemode": False, **body}
    with db.system("test world"):
        return receive(source, remote_id, kind, whole, str(whole).replace("'", '"').replace("False", "false").encode())


def inbound(receipt_id: UUID) -> InboundEvent:
    with db.system("test world") as session:
        return session.scalars(
            select(InboundEvent).where(InboundEvent.id == receipt_id).execution_options(populate_existing=True)
        ).one()


def work(job_id: UUID) -> OutboxJob:
    with db.system("test world") as session:
        return session.scalars(
            select(OutboxJob).where(OutboxJob.id == job_id).execution_options(populate_existing=True)
        ).one()


def asked_for(name: str = "webhooks.apply") -> int:
    with db.system("test world") as session:
        return len(session.scalars(select(OutboxJob.id).where(OutboxJob.name == name)).all())


def job(name: str = "inventory.expire", workspace: Any = None, **fields: Any) -> UUID:
    """A job in some state; fields of its row as wanted."""
    with db.system("test world") as session:
        if workspace is None:
            job_id = later(name)
        else:
            with db.workspace(workspace.id):
                job_id = later(name)
        row = session.get_one(OutboxJob, job_id)
        for key, value in fields.items():
            setattr(row, key, value)
        session.flush()
        return job_id


def trail() -> list[str]:
    """Actions in the platform's audit trail, the oldest first."""
    with db.workspace(db.PLATFORM) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.position)))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page[-3000:]
    return found[1]
