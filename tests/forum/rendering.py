"""A post's text as the tests read it."""

import pytest

from app.forum import text
from app.forum.text import BadText
from tests.forum import page

HOUSE = "/forum-pictures/01900000-0000-7000-8000-000000000001/01900000-0000-7000-8000-000000000002/640.webp"
PAGES = {"mei": "/c/north/people/mei", "tom_b": "/c/north/people/tom_b"}
REL = "nofollow ugc noopener noreferrer"


def known(handles: tuple[str, ...]) -> dict[str, str]:
    return {one: PAGES[one] for one in handles if one in PAGES}


def html(typed: str) -> str:
    return text.render(typed, mentioned=known).html


def refused(typed: str) -> str:
    with pytest.raises(BadText) as found:
        text.render(typed)
    assert found.value.field == "body" and found.value.status == 422
    return found.value.message


def links(typed: str) -> list[str]:
    return [one.attrs["href"] for one in page.elements(html(typed)) if one.name == "a"]
