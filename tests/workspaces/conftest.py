"""Browsers of the cast, each signed in, posting as the page's own forms do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.core import db
from app.core.audit import AuditEntry
from app.workspaces.models import Member, Workspace


@dataclass
class Browser:
    client: Any

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> Any:
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/me").text)
        assert token is not None
        return self.client.post(path, data={"csrf_token": token[1], **fields})


@pytest.fixture
def as_(app: Any, world: Any) -> Callable[[User], Browser]:
    """`as_(world.alice)`: a browser that this person is signed in with."""
    return lambda person: Browser(world.sign_in(app.test_client(), person))


def members(workspace: Workspace) -> dict[str, str]:
    """Present members' names and roles."""
    with db.workspace(workspace.id) as session:
        session.expire_all()
        rows = session.execute(
            select(User.name, Member.role).join(User, User.id == Member.user_id).where(Member.removed_at.is_(None))
        )
        return {row.name: row.role for row in rows}


def member_id(workspace: Workspace, person: User) -> Any:
    with db.workspace(workspace.id) as session:
        return session.scalars(select(Member.id).where(Member.user_id == person.id, Member.removed_at.is_(None))).one()


def trail(workspace: Workspace) -> list[str]:
    """The actions in the workspace's audit trail, oldest first."""
    with db.workspace(workspace.id) as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.position)))
