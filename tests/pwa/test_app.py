"""What browsers are told about the app: the manifest, the worker and how it is taken back, the page for no network, the shortcuts."""

import re
from typing import Any

import pytest

from app.core import settings
from tests.world import World


def test_the_manifest_is_everybodys_and_its_pictures_exist(client: Any) -> None:
    answer = client.get("/manifest.webmanifest")
    said = answer.get_json(force=True)
    assert answer.mimetype == "application/manifest+json" and "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert {"any", "maskable"} == {icon["purpose"] for icon in said["icons"]}
    pictures = [icon["src"] for one in (said, *said["shortcuts"]) for icon in one["icons"]]
    assert [path for path in pictures if client.get(path).status_code != 200] == []
    assert said["start_url"] == "/start" and said["scope"] == "/"
    for page in ("/", "/sign-in", "/nowhere"):
        text = client.get(page).text
        assert 'rel="manifest"' in text and 'rel="apple-touch-icon"' in text


def test_the_worker_is_looked_at_again_and_belongs_to_one_release(client: Any) -> None:
    answer = client.get("/service-worker.js")
    assert answer.mimetype == "text/javascript" and answer.headers["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    files = re.findall(r'"(/static/dist/[^"]+)"', answer.text)
    assert files and all("immutable" in client.get(path).headers["Cache-Control"] for path in files)
    assert re.search(r'"release": "[0-9a-f]{12}"', answer.text) and answer.text == client.get("/service-worker.js").text


def test_the_worker_can_be_taken_back(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(settings.current()), "service_worker", False)
    text = client.get("/service-worker.js").text
    assert "registration.unregister()" in text and "caches.delete" in text and '"fetch"' not in text
    assert 'name="service-worker" content="off"' in client.get("/").text


def test_the_page_for_no_network_holds_nothing_of_anybodys(world: World, client: Any) -> None:
    before = client.get("/offline").text
    world.sign_in(client, world.alice)
    page = client.get("/offline").text
    assert page == before and "csrf" not in page and "<script" not in page and world.alice.name not in page


def test_shortcuts_lead_to_the_workspace_that_was_looked_at_last(world: World, client: Any) -> None:
    assert client.get("/start").headers["Location"] == "/"
    assert client.get("/go/orders").headers["Location"].startswith("/sign-in")
    second = world.workspace("Southlight", owner=world.alice)
    world.sign_in(client, world.alice)
    assert client.get("/start").headers["Location"] in (f"/w/{world.north.slug}", f"/w/{second.slug}")
    for mine in (world.north, second):
        client.set_cookie("workspace", mine.slug, domain="localhost")
        assert client.get("/go/orders").headers["Location"] == f"/w/{mine.slug}/orders"
        assert client.get("/go/scan").headers["Location"] == f"/w/{mine.slug}/shipping/scan"
    client.set_cookie("workspace", world.other.slug, domain="localhost")
    assert world.other.slug not in client.get("/start").headers["Location"]
    assert client.get("/go/inbox").headers["Location"] == "/inbox" and client.get("/go/x").status_code == 404
    world.sign_in(client, world.fay)
    assert client.get("/go/orders").headers["Location"] == "/purchases"
