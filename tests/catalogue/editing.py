"""Somebody in the editor, as a browser would be: forms carry what the page gave them."""

import re
from html import unescape
from typing import Any

from sqlalchemy import event, func, select

from app.core import db
from tests.world import World


class Editor:
    """Alice (or somebody else) in the editor of one draft."""

    def __init__(self, world: World, client: Any, person: Any = None) -> None:
        self.world, self.client = world, world.sign_in(client, person or world.alice)
        self.shop = world.shop(world.north)
        self.product = world.product(self.shop, "Nebula print", state="draft")
        self.base = f"/w/{world.north.slug}"
        self.here = f"{self.base}/products/{self.product.id}"

    def page(self, path: str = "") -> str:
        return str(self.client.get(path or self.here).get_data(as_text=True))

    def post(self, path: str, headers: Any = None, **data: Any) -> Any:
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.page("/discover")).group(1)  # type: ignore[union-attr]
        sent = {"csrf_token": token, **data}
        return self.client.post(path, data=sent, content_type="multipart/form-data", headers=headers)

    def form(self, action: str, page: str = "") -> dict[str, str]:
        """The fields of the form with this action, as the page filled them (inputs, textareas and chosen options)."""
        return fields(page or self.page(), action)

    def count(self, model: Any) -> int:
        with db.workspace(self.world.north.id) as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def fresh(self, row: Any) -> Any:
        """The row as it is stored now."""
        with db.workspace(self.world.north.id) as session:
            found = db.get(type(row), row.id)
            session.refresh(found)
            return found


def fields(page: str, action: str) -> dict[str, str]:
    """What a browser would send of the first form with this action, nothing typed and no button pressed."""
    form = next(
        one
        for one in re.findall(r"<form\b.*?</form>", page, re.S)
        if f'action="{action}"' in unescape(one[: one.index(">")])
    )
    found: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, kind = _attribute(tag, "name"), _attribute(tag, "type") or "text"
        if name and kind != "file" and (kind not in ("checkbox", "radio") or " checked" in tag):
            found[name] = _attribute(tag, "value")
    for tag, body in re.findall(r"(<textarea\b[^>]*>)(.*?)</textarea>", form, re.S):
        found[_attribute(tag, "name")] = unescape(body)
    for tag, body in re.findall(r"(<select\b[^>]*>)(.*?)</select>", form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(r'<option value="([^"]*)"', body)
        found[_attribute(tag, "name")] = unescape(chosen.group(1)) if chosen else ""
    found.pop("csrf_token", None)
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(match.group(1)) if match else ""


class Questions:
    """Counts statements that reach the database while it is open, session settings aside."""

    def __enter__(self) -> "Questions":
        self.count = 0
        event.listen(db.engine(), "before_cursor_execute", self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(db.engine(), "before_cursor_execute", self._heard)

    def _heard(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "set_config" not in statement and not statement.startswith(("SAVEPOINT", "RELEASE")):
            self.count += 1


def questions(client: Any, path: str) -> int:
    with Questions() as asked:
        assert client.get(path).status_code == 200
    return asked.count
