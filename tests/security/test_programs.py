"""What a stranger can send to the interface for programs: anything; what comes back: JSON with a known code, alike for all that is not there
(SECURITY.md §2, 2.2, 2.4, 4.x; §3, enumeration)."""

import gzip
import json
from typing import Any

import pytest

from app.core import db
from app.core.ids import new_id
from app.licences import openapi, queries
from app.licences.routes import asked
from tests.asked import statements
from tests.licences.test_api import checked
from tests.security.stage import Stage
from tests.security.test_cross_site import fingerprint
from tests.security.test_sizes import Counted

OWN = {"Content-Security-Policy", "X-Request-Id"}
"""Headers with a number of chance in them."""
CALLS = ("activate", "validate", "deactivate")
FIELDS = ("key", "product", "workspace", "fingerprint", "name", "activation_id")
TEXTS = {
    "nul": "a\x00b",
    "half of a pair": "\ud800",
    "halves the wrong way round": "\udc00\ud800",
    "right to left": "\u202egpj.exe\u2066",
    "combining without end": "a" + "\u0301" * 190,
    "wide": "\U0001f9d1\u200d\U0001f680" * 20,
    "turkish": "\u0130\u0131",
    "line ends": "a\r\nSet-Cookie: a=b\u2028c",
    "a form": "x' or '1'='1",
    "a template": "{{7*7}}${7*7}%s%n",
    "a pattern": "%_\\",
    "spaces": " \u00a0\u3000\t",
    "longest": "x" * 200,
    "too long": "x" * 201,
    "capitals that grow": "\u00df" * 100,
}
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"key":',
    "two": b'{"key": "a"}{"key": "b"}',
    "a number": b"1e999",
    "no number": b"NaN",
    "null": b"null",
    "a text": b'"key"',
    "a list": b'["key"]',
    "deep lists": b"[" * 8000 + b"]" * 8000,
    "deep objects": b'{"key":' * 2000 + b"1" + b"}" * 2000,
    "a long number": b'{"key": ' + b"9" * 16_000 + b"}",
    "a long fraction": b'{"key": 0.' + b"1" * 15_000 + b"e-99999}",
    "many names": json.dumps({f"f{number}": "" for number in range(1500)}).encode(),
    "one name often": b'{"key": "a",' * 1 + b'"key": "b",' * 900 + b'"workspace": "x"}',
    "utf-16": '{"key": "a", "workspace": "x"}'.encode("utf-16"),
    "a mark in front": b'\xef\xbb\xbf{"key": "a", "workspace": "x"}',
    "no utf-8": b'{"key": "\xff\xfe", "workspace": "x"}',
    "overlong": b'{"key": "\xc0\xaf", "workspace": "x"}',
    "raw nul": b'{"key": "a\x00b", "workspace": "x"}',
    "packed": gzip.compress(b'{"key": "a", "workspace": "x"}'),
    "a page": b"<!doctype html><script>alert(1)</script>",
}


def said(answer: Any) -> str:
    """The code of a refusal that looks as the published document says."""
    assert answer.content_type == "application/json" and "Set-Cookie" not in answer.headers
    code = checked(answer, "Error")["error"]["code"]
    assert code in openapi.CODES
    return str(code)


@pytest.mark.parametrize("call", CALLS)
def test_whatever_stands_in_a_field_is_answered_with_a_code(stage: Stage, call: str) -> None:
    """Each odd text in each field, as JSON and as a form: never a 500, nothing changes, and nothing of it comes back."""
    before, program = fingerprint(), stage.app.test_client()
    for name in FIELDS:
        for text in (*TEXTS.values(), 7, 1.5, True, [], ["a"], {}, {"a": 1}):
            sent = {"key": "K-1", "workspace": stage.world.north.slug, "fingerprint": "f", name: text}
            answers = [program.post(f"/api/v1/licences/{call}", data=json.dumps(sent), content_type="application/json")]
            if isinstance(text, str) and "\ud800" not in text:
                answers.append(program.post(f"/api/v1/licences/{call}", data=sent))
            for answer in answers:
                assert answer.status_code in (400, 404), (name, text)
                assert said(answer) in ("invalid_request", "licence_not_found")
                assert not isinstance(text, str) or len(text) < 5 or text.strip() not in answer.get_data(as_text=True)
    assert fingerprint() == before


@pytest.mark.parametrize("call", CALLS)
def test_whatever_the_body_is_it_is_answered_with_a_code(stage: Stage, call: str) -> None:
    program = stage.app.test_client()
    for name, body in BODIES.items():
        for kind in ("application/json", "application/json; charset=utf-7", "text/plain", "multipart/form-data"):
            answer = program.post(f"/api/v1/licences/{call}", data=body, content_type=kind)
            assert answer.status_code in (400, 404, 413), (name, kind, answer.status_code)
            said(answer)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
def test_a_megabyte_is_refused_before_it_is_read(stage: Stage, kind: str) -> None:
    """With a length that says so, and with none: not a byte of it is taken."""
    program = stage.app.test_client()
    for headers in ({"Content-Length": str(1024 * 1024)}, {}):
        body = Counted(b'{"key": "' + b"K" * 1024 * 1024 + b'"}')
        more: dict[str, Any] = {"headers": headers}
        if not headers:
            more = {"environ_overrides": {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}}
        answer = program.post("/api/v1/licences/validate", input_stream=body, content_type=kind, **more)
        assert (answer.status_code, said(answer)) == (413, "request_too_large")
        assert body.taken == 0
    assert asked.LARGEST == 16 * 1024


def test_what_is_not_there_takes_the_same_steps_and_gives_the_same_bytes(stage: Stage) -> None:
    """An unknown key here, a known one asked for elsewhere, a product of somebody else, and places that were made up."""
    north, program = stage.world.north, stage.app.test_client()
    with db.workspace(north.id):
        key = queries.key_of(stage.rows["licence"])
    shop = stage.world.shop(stage.world.other, "Elsewhere")
    foreign, own = stage.world.product(shop, "Theirs"), stage.world.product(stage.rows["shop"], "Another of ours")
    places: list[tuple[str, dict[str, str]]] = [
        ("NEBULA-AAAAA-BBBBB", {"workspace": north.slug}),
        ("NEBULA-AAAAA-BBBBB", {"workspace": "nobody-here"}),
        (key, {"workspace": stage.world.other.slug}),
        (key, {"workspace": str(new_id())}),
        (key, {"product": str(own.id)}),
        (key, {"product": str(foreign.id)}),
        (key, {"product": str(new_id())}),
    ]
    for call in CALLS:
        seen, steps = set(), list[int]()
        for one, place in places:
            with statements() as sent:
                answer = program.post(f"/api/v1/licences/{call}", json={"key": one, "fingerprint": "f", **place})
            assert (answer.status_code, said(answer)) == (404, "licence_not_found")
            seen.add((answer.data, tuple(sorted((name, text) for name, text in answer.headers if name not in OWN))))
            steps.append(len(sent))
        assert len(seen) == 1, [one[1] for one in seen]
        assert len(set(steps)) == 1, "as many questions to the database, whatever is asked for"


def test_a_key_opens_nothing_but_itself(stage: Stage) -> None:
    """With a good key in hand: seats of another key are not found by their id, and its answer names no buyer."""
    program, north = stage.app.test_client(), stage.world.north
    with db.workspace(north.id):
        key = queries.key_of(stage.rows["licence"])
    sent = {"key": key, "workspace": north.slug}
    for stranger in (str(new_id()), str(stage.rows["order"].id), str(stage.rows["grant"].id)):
        answer = program.post("/api/v1/licences/deactivate", json={**sent, "activation_id": stranger})
        assert said(answer) == "activation_not_found"
    good = program.post("/api/v1/licences/validate", json=sent)
    assert good.get_json()["valid"] is True
    assert stage.world.fay.email not in good.get_data(as_text=True) and "order" not in good.get_data(as_text=True)


@pytest.mark.parametrize("place", ["%ff", "x" * 3000, "\u202e", "%F0%9F%9A%80", "'--", "0" * 36])
def test_public_keys_of_odd_places_are_nowhere(stage: Stage, place: str) -> None:
    answer = stage.app.test_client().get(f"/api/v1/licences/keys/{place}")
    assert answer.status_code in (400, 404) and said(answer) in ("not_found", "invalid_request")
