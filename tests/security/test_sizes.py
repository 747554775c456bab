"""How much a request may bring, and from whom (SECURITY.md §2, 4.x and 5.2.1)."""

import inspect
import io
from typing import Any

import pytest

from app.core.web import intake
from tests.security.stage import Stage
from tests.security.test_cross_site import SERVERS


def views(app: Any) -> dict[str, Any]:
    return {name: inspect.unwrap(view) for name, view in app.view_functions.items()}


def test_whoever_takes_files_says_how_much(app: Any) -> None:
    """A view that reads files without a size of its own would refuse everything above a form's size."""
    readers = {name for name, view in views(app).items() if "request.files" in inspect.getsource(view)}
    declared = {name for name, view in app.view_functions.items() if hasattr(view, "largest")}
    assert readers <= declared
    assert declared


def test_no_form_takes_more_than_a_form_needs(stage: Stage) -> None:
    """Every POST refuses three megabytes before reading them, also webhooks, and says so."""
    big = b"a=" + b"x" * (3 * 1024 * 1024)
    seller, wrong = stage.browser(stage.world.alice), []
    for endpoint, _, path in stage.routes("POST"):
        answer = seller.client.post(path, data=big, content_type="application/x-www-form-urlencoded")
        large = hasattr(stage.app.view_functions[endpoint], "largest")
        if answer.status_code not in ((400, 403, 413) if large or path.startswith(SERVERS) else (413,)):
            wrong.append((path, answer.status_code))
    assert wrong == []
    assert "too large" in answer.get_data(as_text=True) or answer.status_code == 403


@pytest.mark.parametrize("path", ["/pictures", "/files"])
def test_strangers_cannot_fill_the_disk(stage: Stage, path: str) -> None:
    """A large body is read for nobody who is not signed in: refused before its first byte is taken."""
    product = stage.rows["product"]
    body = Counted(b"x" * intake.FORM)
    answer = stage.app.test_client().post(
        f"/w/{stage.world.north.slug}/products/{product.id}{path}",
        input_stream=body,
        content_type="multipart/form-data; boundary=b",
        headers={"Content-Length": str(intake.FORM)},
    )
    assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in")
    assert body.taken == 0


def test_a_body_without_a_length_is_cut_at_the_same_size(stage: Stage) -> None:
    """Chunked and never ending: the reader stops."""
    body = Counted(b"--b\r\n" + b"x" * (8 * 1024 * 1024))
    answer = stage.browser(stage.world.alice).client.post(
        f"/w/{stage.world.north.slug}/settings",
        input_stream=body,
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code in (400, 403, 413)
    assert body.taken <= intake.FORM + 1024 * 1024


def test_a_thousand_and_one_fields_are_too_many(stage: Stage) -> None:
    seller = stage.browser(stage.world.alice)
    fields = {f"f{number}": "1" for number in range(1200)}
    answer = seller.post("/me/name", fields, content_type="multipart/form-data")
    assert answer.status_code == 413


class Counted(io.BytesIO):
    """A body that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data
