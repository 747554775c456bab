"""A page against its floor: the same SQL through bare psycopg and the same rows through bare Jinja in a bare Flask route."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask, render_template_string
from sqlalchemy import event

from app.core import db

TEMPLATE = """<!doctype html><html><head><title>Floor</title></head><body>{% for rows in answers %}<table>{% for row in rows %}<tr>
{% for value in row %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}</table>{% endfor %}</body></html>"""


@dataclass(frozen=True)
class Measured:
    """Median milliseconds of one request, in process, and how many statements it sends."""

    name: str
    page_ms: float
    floor_ms: float
    statements: int

    @property
    def ratio(self) -> float:
        return self.page_ms / self.floor_ms


def measure(name: str, client: Any, path: str, url: str, rounds: int = 60) -> Measured:
    """Page and floor in turn, so a slow moment of the machine hits both. Raises AssertionError when the page is not 200."""
    statements = _captured(client, path)
    floor = _floor(statements, url)
    page_times, floor_times = [], []
    for _ in range(rounds):
        page_times.append(_timed(lambda: client.get(path)))
        floor_times.append(_timed(lambda: floor.get("/")))
    return Measured(name, statistics.median(page_times), statistics.median(floor_times), len(statements))


def _timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    response = act()
    elapsed = (time.perf_counter() - started) * 1000
    assert response.status_code == 200, response.status
    return elapsed


def _captured(client: Any, path: str) -> list[tuple[str, Any]]:
    """Every statement that one request sends, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    client.get(path)
    event.listen(db.engine(), "before_cursor_execute", note)
    assert client.get(path).status_code == 200, path
    event.remove(db.engine(), "before_cursor_execute", note)
    return seen


def _floor(statements: list[tuple[str, Any]], url: str) -> Any:
    app, connection = Flask("floor"), psycopg.connect(url)

    @app.get("/")
    def page() -> str:
        answers = []
        for statement, parameters in statements:
            cursor = connection.execute(statement, parameters)
            answers.append(cursor.fetchall() if cursor.description else [])
        connection.commit()
        return render_template_string(TEMPLATE, answers=answers)

    return app.test_client()
