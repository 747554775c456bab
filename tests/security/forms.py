"""Fills in every form of a page, as somebody would who tries what can be typed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

FREE = {"text", "search", "textarea", "tel", ""}


@dataclass
class Form:
    """A form of a page: where it goes, what it would send untouched, and which of its fields take any text."""

    action: str
    sends: dict[str, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page that change something."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Form] = []
        self._form: Form | None = None
        self._area = ""
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            self.found += [self._form] if self._form else []
        elif self._form is not None:
            self._field(self._form, tag, given)

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "")
        if tag == "option" and self._select and ("selected" in given or self._select not in form.sends):
            form.sends[self._select] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea" and name:
            form.sends[name], self._area = "", name
            form.free.append(name)
        elif tag == "input" and name and kind not in ("file", "submit", "checkbox"):
            if kind != "radio" or "checked" in given or name not in form.sends:
                form.sends[name] = given.get("value", "")
            form.free += [name] if kind in FREE else []

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area:
            self._form.sends[self._area] += data


def variations(form: Form, texts: Iterator[str]) -> Iterator[dict[str, Any]]:
    """What to send: hostile texts in all free fields at once, then (for a form that refuses that) in one after the other."""
    if form.free:
        yield form.sends | {name: next(texts) for name in form.free}
    if len(form.free) > 1:
        for name in form.free:
            yield form.sends | {name: next(texts)}
