"""What programs hear: documented, the same for what is not there, limited, and without a cookie."""

import json
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.core.ids import new_id
from app.licences import errors, openapi
from tests.licences.conftest import Counter, opened
from tests.world import World


@pytest.fixture
def sold(counter: Counter) -> tuple[Counter, str]:
    counter.terms()
    return counter, counter.key(counter.buy())


def checked(answer: Any, schema: str) -> dict[str, Any]:
    """The answer's body, held against the published document."""
    document = openapi.document()
    wanted = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    body = answer.get_json()
    jsonschema.Draft202012Validator(wanted, format_checker=jsonschema.FormatChecker()).validate(body)
    return dict(body)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, checked(answer, "Error")["error"]["code"]


def test_the_document_is_openapi_and_names_every_code(app: Any) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    OpenAPIV31SpecValidator(document).validate()
    codes = {one.code for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.ApiRefused)}
    assert codes | {"not_found"} == set(openapi.CODES)
    rules = {str(rule).replace("<workspace_name>", "{workspace}") for rule in app.url_map.iter_rules()}
    assert set(document["paths"]) <= rules


def test_a_seat_from_taking_it_to_giving_it_back(sold: tuple[Counter, str]) -> None:
    counter, key = sold
    first = counter.ask("activate", key, fingerprint="laptop", name="Studio laptop")
    made = checked(first, "Activated")
    again = counter.ask("activate", key.lower().replace("-", " "), fingerprint="laptop")
    assert (first.status_code, again.status_code) == (201, 200), "the same device, however the key is typed"
    assert again.get_json()["activation"]["id"] == made["activation"]["id"]
    assert again.get_json()["licence"]["activations_used"] == 1
    assert [counter.ask("activate", key, fingerprint=one).status_code for one in "bc"] == [201, 201]
    assert refused(counter.ask("activate", key, fingerprint="d")) == (409, "activation_limit_reached")
    said = checked(counter.ask("validate", key, activation_id=made["activation"]["id"]), "Validated")
    assert (said["valid"], said["code"], said["file"]["format"]) == (True, None, "guildhall-licence-1")
    left = checked(counter.ask("deactivate", key, activation_id=made["activation"]["id"]), "Deactivated")
    assert left["licence"]["activations_used"] == 2
    assert refused(counter.ask("deactivate", key, fingerprint="laptop")) == (404, "activation_not_found")
    gone = checked(counter.ask("validate", key, fingerprint="laptop"), "Validated")
    assert (gone["valid"], gone["code"]) == (False, "activation_not_found")
    assert counter.ask("activate", key, fingerprint="d").status_code == 201


def test_a_form_and_a_workspace_name_do_as_well(sold: tuple[Counter, str]) -> None:
    counter, key = sold
    for place in (counter.world.north.slug.upper(), str(counter.world.north.id)):
        sent = {"key": key, "workspace": place}
        assert counter.app.test_client().post("/api/v1/licences/validate", data=sent).get_json()["valid"] is True


def test_what_is_not_there_looks_the_same(sold: tuple[Counter, str]) -> None:
    """An unknown key, a key of another product or workspace, and a place that was made up: the same bytes."""
    counter, key = sold
    other = counter.world.product(counter.shop, "Another")
    answers = [
        counter.ask("validate", "BRUSH-AAAAA-AAAAA"),
        counter.ask("validate", key, product=str(other.id)),
        counter.ask("validate", key, product=str(new_id())),
        counter.ask("validate", key, product="", workspace=counter.world.other.slug),
        counter.ask("validate", key, product="", workspace="nobody-here"),
    ]
    assert {one.data for one in answers} == {answers[0].data}
    assert {refused(one) for one in answers} == {(404, "licence_not_found")}


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"{", 400, "invalid_request"),
        (b"[]", 400, "invalid_request"),
        (b'{"key": 7, "workspace": "x"}', 400, "invalid_request"),
        (b'{"key": "", "workspace": "x"}', 400, "invalid_request"),
        (b'{"key": "K"}', 400, "invalid_request"),
        (b'{"key": "K", "product": "not-an-id"}', 400, "invalid_request"),
        (b'{"key": "K", "workspace": "x"}', 400, "invalid_request"),
        (b'{"key": "a\\u0000b", "workspace": "x", "fingerprint": "f"}', 404, "licence_not_found"),
        (b'{"key": "' + b"K" * 201 + b'", "workspace": "x", "fingerprint": "f"}', 400, "invalid_request"),
        (b'{"key": "' + b"K" * 17_000 + b'"}', 413, "request_too_large"),
        (b"\xff\xfe", 400, "invalid_request"),
        (b"[" * 8000, 400, "invalid_request"),
    ],
)
def test_what_cannot_be_read_is_said_in_json(app: Any, sent: bytes, status: int, code: str) -> None:
    answer = app.test_client().post("/api/v1/licences/activate", data=sent, content_type="application/json")
    assert refused(answer) == (status, code)
    assert answer.content_type == "application/json"


def test_no_cookie_comes_or_goes_and_any_origin_may_ask(sold: tuple[Counter, str]) -> None:
    counter, key = sold
    browser = counter.world.sign_in(counter.app.test_client(), counter.world.alice)
    sent = {"key": key, "product": str(counter.product.id)}
    headers = {"Origin": "https://tools.example", "Sec-Fetch-Site": "cross-site"}
    answer = browser.post("/api/v1/licences/validate", json=sent, headers=headers)
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    before = browser.options("/api/v1/licences/activate", headers=headers)
    assert (before.status_code, before.headers["Access-Control-Allow-Headers"]) == (200, "Content-Type")
    assert counter.app.test_client().get("/api/v1/licences/activate").status_code == 405


def test_a_key_cannot_be_tried_through(limited: Any, world: World) -> None:
    """Sixty a minute for an address, and sixty for a key from wherever it is tried; who is refused is told how long to wait."""
    program = limited.test_client()

    def ask(key: str, address: str) -> Any:
        sent = {"key": key, "workspace": world.north.slug}
        return program.post("/api/v1/licences/validate", json=sent, environ_base={"REMOTE_ADDR": address})

    seen = [ask(f"GUESS-{number}", "192.0.2.1").status_code for number in range(61)]
    assert seen == [404] * 60 + [429]
    spread = [ask("ONE-KEY", f"192.0.2.{number}") for number in range(10, 72)]
    assert [one.status_code for one in spread[:60]] == [404] * 60
    assert refused(spread[60]) == (429, "rate_limited") and int(spread[60].headers["Retry-After"]) > 0


def test_public_keys_are_shown_and_foreign_places_have_none(sold: tuple[Counter, str]) -> None:
    counter, _ = sold
    client = counter.app.test_client()
    found = checked(client.get(f"/api/v1/licences/keys/{counter.world.north.slug}"), "PublicKeys")
    assert UUID(found["workspace_id"]) == counter.world.north.id and len(found["keys"]) == 1
    assert "sealed" not in json.dumps(found)
    for nowhere in (counter.world.other.slug, "nobody-here", str(new_id())):
        assert refused(client.get(f"/api/v1/licences/keys/{nowhere}")) == (404, "not_found")


def test_a_sellers_own_keys_may_be_anothers_too(world: World, app: Any, run_jobs: Any) -> None:
    """Two workspaces sell the same text; each program finds its own."""
    here, there = opened(world, app, run_jobs), opened(World(), app, run_jobs)
    found = []
    for counter in (here, there):
        counter.terms(source="listed")
        counter.stock("SAME-TEXT")
        counter.buy()
        found.append(counter.ask("validate", "SAME-TEXT").get_json()["licence"]["id"])
    assert len(set(found)) == 2
