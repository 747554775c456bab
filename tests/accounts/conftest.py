"""A browser as a person uses it, and the mails that were written to them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.mail import Mail

PASSWORD = "violet kettle under snow"


@dataclass
class Browser:
    """One browser with its own cookies. `post` sends the page's CSRF token along, as its forms do."""

    client: Any
    agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"User-Agent": self.agent})

    def post(self, path: str, page: str | None = None, **fields: str) -> Any:
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page or "/sign-in").text)
        if token is None:
            token = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/me").text)
        assert token is not None
        data = {"csrf_token": token[1], **fields}
        return self.client.post(path, data=data, headers={"User-Agent": self.agent, "Sec-Fetch-Site": "same-origin"})

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    @property
    def signed_in(self) -> bool:
        return self.get("/me").status_code == 200


@pytest.fixture
def browser(app: Any) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def another(app: Any) -> Browser:
    return Browser(app.test_client(), "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605 Mobile/15E148")


@pytest.fixture
def mails() -> Callable[[str], list[Mail]]:
    """Mails queued to an address, oldest first."""

    def to(email: str) -> list[Mail]:
        with db.system("read mail in a test") as session:
            return list(session.scalars(select(Mail).where(Mail.to == email).order_by(Mail.id)))

    return to


@pytest.fixture
def limited(app: Any) -> Iterator[Browser]:
    """A browser in front of an application whose rate limits are on, counted in memory."""
    from app import create_app
    from app.core import settings
    from app.core.web.limits import limiter

    chosen = settings.current()
    before = {name: getattr(chosen, name) for name in ("app_env", "redis_url")}
    object.__setattr__(chosen, "app_env", "development")
    object.__setattr__(chosen, "redis_url", "memory://")
    limiter.enabled = True
    try:
        yield Browser(create_app().test_client())
    finally:
        limiter.enabled = False
        for name, value in before.items():
            object.__setattr__(chosen, name, value)
