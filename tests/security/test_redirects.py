"""No answer sends anybody to a place that an address or a form chose (SECURITY.md §2, 3.7.2; §3, redirects)."""

from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from app.core.web.urls import safe_next
from tests.security.stage import STREAMS, Browser, Stage

ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\r\nLocation: https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "http://localhost@evil.example/",
    "//localhost:80@evil.example/",
    "//evil.example\\@localhost",
    "https://localhost.evil.example/",
    "//evil。example",
    "/\x00/evil.example",
    "\u2028//evil.example",
    "..//evil.example",
    "evil.example",
    "?next=//evil.example",
    "@evil.example",
]
NAMES = ("next", "url", "to", "from", "back", "return", "return_to", "returnTo", "redirect", "redirect_uri", "continue")
NAMES += ("goto", "target", "dest", "rurl", "callback", "u", "r", "success_url", "cancel_url", "return_url")
OURS = {"", "localhost"}


def host_of(location: str) -> str:
    """The host a browser would go to: it drops tabs and line ends, and takes a backslash for a slash."""
    read = location.strip().replace("\t", "").replace("\r", "").replace("\n", "").replace("\\", "/")
    parts = urlsplit(read)
    return parts.hostname or (parts.scheme and parts.scheme not in ("http", "https") and "other") or ""


def goes(answer: Any) -> list[str]:
    """Every place that an answer sends a browser or htmx to."""
    found = [answer.headers.get(name, "") for name in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url")]
    return [*found, answer.headers.get("Refresh", "").rpartition("url=")[2]]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_leads_elsewhere_is_dropped(target: str) -> None:
    assert safe_next(target, "/fallback") == "/fallback" or host_of(safe_next(target)) in OURS


@pytest.mark.parametrize("target", ["/", "/w/north/orders?view=all&q=a%2Fb#top", "/purchases/1", "/é?x=//y"])
def test_places_of_this_site_stay(target: str) -> None:
    assert safe_next(target, "/fallback") == target


@pytest.mark.parametrize(
    ("target", "headers"), [("//evil.example", {}), ("https://evil.example", {"HX-Request": "true"})]
)
def test_no_route_follows_what_it_is_told(stage: Stage, target: str, headers: dict[str, str]) -> None:
    """Every route, every name that redirects tend to have, in the address and in the form; with htmx and without."""
    wrong = []
    typed = dict.fromkeys(NAMES, target)
    query = "&".join(f"{name}={quote(target, safe='')}" for name in NAMES)
    for endpoint, method, path in stage.routes():
        if endpoint in STREAMS:
            continue
        browser = stage.browser(stage.world.alice if path.startswith("/w") else stage.world.fay)
        sent: dict[str, Any] = {"query_string": query, "headers": headers}
        answer = browser.get(path, **sent) if method == "GET" else browser.post(path, typed, **sent)
        wrong += [(method, path, place) for place in goes(answer) if host_of(place) not in OURS]
    assert wrong == []


def test_signing_in_ends_where_it_began_or_at_home(stage: Stage) -> None:
    """Over the whole way: the address of the page, its form, the session that waits for a code."""
    for target in ELSEWHERE:
        browser = Browser(stage.app.test_client())
        page = browser.get(f"/sign-in?next={quote(target, safe='')}").get_data(as_text=True)
        assert "evil" not in page.replace("/evil.example", "") or host_of(safe_next(target)) in OURS
        answer = browser.post("/sign-in/code", {"email": stage.world.fay.email, "next": target})
        assert host_of(answer.headers.get("Location", "")) in OURS


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "localhost@evil.example"},
        {"Host": "localhost, evil.example"},
        {"Host": ""},
    ],
    ids=lambda one: one["Host"] or "none",
)
def test_requests_for_another_host_are_refused(stage: Stage, headers: dict[str, str]) -> None:
    answer = stage.app.test_client().get("/sign-in", headers=headers)
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)


def test_what_a_stranger_says_about_the_host_is_ignored(stage: Stage) -> None:
    """Cache poisoning: nothing of a forwarding header comes back in a page, a redirect or a mail."""
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Host": "evil.example",
        "X-Forwarded-Proto": "javascript",
        "Forwarded": "host=evil.example;proto=http",
        "X-Original-URL": "/evil.example",
        "X-Rewrite-URL": "/evil.example",
        "X-Forwarded-Prefix": "//evil.example",
        "HX-Current-URL": "https://evil.example/",
        "Referer": "https://evil.example/",
        "Origin": "https://evil.example",
    }
    wrong = []
    for endpoint, _, path in stage.routes("GET"):
        if endpoint not in STREAMS:
            browser = stage.browser(stage.world.alice if path.startswith("/w") else stage.world.fay)
            answer = browser.get(path, headers=forged)
            wrong += [path] if b"evil.example" in answer.data + str(answer.headers).encode() else []
    assert wrong == []


def test_links_in_mails_come_from_the_settings(stage: Stage, run_jobs: Any) -> None:
    from sqlalchemy import select

    from app.core.db import system
    from app.core.mail import Mail

    browser = stage.browser()
    forged = {"X-Forwarded-Host": "evil.example", "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/reset", {"email": stage.world.fay.email}, headers=forged).status_code == 200
    with system("test world") as session:
        mails = session.scalars(select(Mail).where(Mail.to == stage.world.fay.email)).all()
    assert mails
    assert not any("evil" in str(mail.context) for mail in mails)


def test_figures_of_the_machine_are_not_passed_on(app: Any) -> None:
    """Behind a proxy on the same machine every request seems to come from it; those are not answered."""
    assert app.test_client().get("/metrics").status_code == 200
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert app.test_client().get("/metrics", headers={name: "127.0.0.1"}).status_code == 404
    assert app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404
