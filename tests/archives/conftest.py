"""A workspace with a bit of everything, and the archive that its owner gets of it."""

import io
import json
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.archives.models import Archive
from app.core import db, storage


@dataclass
class Browser:
    client: Any

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def post(self, path: str, **data: Any) -> Any:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/c").text)
        assert found
        return self.client.post(path, data={"csrf_token": found[1], **data}, content_type="multipart/form-data")


@pytest.fixture
def owner(app: Any, world: Any) -> Browser:
    return Browser(world.sign_in(app.test_client(), world.alice))


class Zip:
    """An archive as its reader opens it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.manifest = json.loads(self.zip.read("manifest.json"))

    def rows(self, table: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.zip.read(f"rows/{table}.jsonl").splitlines()]

    def everything(self) -> bytes:
        return b"".join(name.encode() + self.zip.read(name) for name in self.zip.namelist())


def latest(workspace: Any) -> Archive:
    with db.workspace(workspace.id) as session:
        session.expire_all()
        return session.scalars(select(Archive).order_by(Archive.id.desc()).limit(1)).one()


def opened(workspace: Any) -> Zip:
    """The newest archive of the workspace, as it is stored."""
    row = latest(workspace)
    assert row.state == "ready", row.error
    return Zip(b"".join(storage.stream(row.key, 0, row.size - 1)))
