"""A small browser for consent pages: it reads one form, chooses, presses a button, and does not follow the way back to us."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

ALLOW, DENY = ("allow", "approve", "authorise", "authorize", "confirm"), ("deny", "cancel", "refuse", "reject")


@dataclass
class Form:
    """A form's address, method, fields with their values, choices, and (name, value, label) of its buttons."""

    action: str = ""
    method: str = "get"
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._button: tuple[str, str] | None = None
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None:
            return
        if tag == "input":
            self._input(self._open, given)
        if tag == "select":
            self._select = given.get("name", "")
        if tag == "option" and self._select:
            self._offer(self._open, self._select, given.get("value", ""), "selected" in given)
        if tag == "button":
            self._button, self._label = (given.get("name", ""), given.get("value", "")), ""

    def _input(self, form: Form, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if kind == "submit":
            form.buttons.append((name, given.get("value", ""), given.get("value", "")))
        elif kind in ("radio", "checkbox"):
            self._offer(form, name, given.get("value", "on"), "checked" in given, kind == "checkbox")
        elif name:
            form.fields[name] = [given.get("value", "")]

    def _offer(self, form: Form, name: str, value: str, chosen: bool, several: bool = False) -> None:
        form.choices.setdefault(name, []).append(value)
        if chosen or (self._select and name not in form.fields):
            form.fields[name] = [*(form.fields.get(name, []) if several else []), value]

    def handle_data(self, data: str) -> None:
        self._label += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button and self._open:
            self._open.buttons.append((*self._button, self._label.strip()))
            self._button = None
        if tag == "select":
            self._select = ""
        if tag == "form":
            self._open = None


def outward(page: str) -> str:
    """Where the page leads on to that is shown before leaving; it is ours, so a form may end there."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found and f'href="{found[1]}"' in page
    return unescape(found[1])


class Browser:
    """One visit."""

    def __init__(self) -> None:
        self.http = requests.Session()

    def consent(self, address: str, allow: bool, fields: Mapping[str, str | list[str]]) -> str:
        """Open the page, choose `fields`, press Allow or Deny; the address that leads back to us."""
        page = self.http.get(address, timeout=20)
        assert page.ok, f"{address}: {page.status_code} {page.text[:400]}"
        form, button = self._found(page.text, allow)
        chosen = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
        for name, values in chosen.items():
            offered = form.choices.get(name)
            assert offered is None or {*values} <= {*offered}, f"{name}: {values} are not among {offered}"
        given = {**form.fields, **chosen, **({button[0]: [button[1]]} if button[0] else {})}
        action = urljoin(page.url, form.action)
        sent = {"data": given} if form.method == "post" else {"params": given}
        return self._back(self.http.request(form.method, action, allow_redirects=False, timeout=20, **sent), action)  # type: ignore[arg-type]

    @staticmethod
    def _found(text: str, allow: bool) -> tuple[Form, tuple[str, str, str]]:
        reader = Reader()
        reader.feed(text)
        words = ALLOW if allow else DENY
        for form in reader.forms:
            for button in form.buttons:
                if any(word in " ".join(button).lower() for word in words):
                    return form, button
        raise AssertionError(f"No button says {words[0]}: {[form.buttons for form in reader.forms]}")

    def _back(self, answer: requests.Response, action: str) -> str:
        """Follow redirects inside the sandbox, stop at the one that leaves it."""
        home = urlsplit(action).netloc
        for _ in range(5):
            assert answer.is_redirect, f"{answer.status_code} {answer.text[:400]}"
            target = urljoin(answer.url, answer.headers["Location"])
            if urlsplit(target).netloc != home:
                return target
            answer = self.http.get(target, allow_redirects=False, timeout=20)
        raise AssertionError("The consent page never leads back")
