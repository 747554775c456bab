"""What every answer carries: pages, fragments, files, redirects, refusals and crashes alike (SECURITY.md §1; §2, 3.4, 14.3)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.core import db
from tests.security.stage import STREAMS, Browser, Elements, Stage

NEVER = ("unsafe-inline", "unsafe-eval", "strict-dynamic", "*", "http:", "https:", "blob:", "wasm-unsafe-eval")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
SHARED = {
    "assets.dist",
    "catalogue.picture",
    "forum.category_feed",
    "forum.community_feed",
    "forum.moderation_feed",
    "forum.product_feed",
    "forum.sitemap",
    "forum.sitemap_index",
    "forum.thread_feed",
    "pwa.manifest",
    "pwa.worker",
    "storefront.for_models",
    "storefront.robots",
    "storefront.shop_feed",
    "storefront.sitemap",
    "storefront.theme_css",
}
"""What everybody gets alike, and caches may keep."""


PROGRAMS = "licence_api."
"""Programs that were sold ask here, also from pages of others: the key in the body is the proof, no cookie is read."""


def directives(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in parts}


def answers(stage: Stage, person: Any) -> Iterator[tuple[str, Any]]:
    """(endpoint, answer) of every route by every method that it may be asked with, POST without its token included."""
    browser = stage.browser(person)
    for endpoint, method, path in stage.routes():
        for one in (method, "HEAD", "OPTIONS", "PUT") if method == "GET" else (method,):
            answer = browser.client.open(path, method=one, buffered=endpoint not in STREAMS)
            yield f"{one} {endpoint}", answer
            answer.close()
            if person and endpoint == "accounts.sign_out":
                stage.world.sign_in(browser.client, person)


def complaints(name: str, answer: Any) -> list[str]:
    """What is missing or too wide in one answer."""
    wrong = [f"{name}: {key}" for key, value in ALWAYS.items() if answer.headers.get(key) != value]
    open_ = "Access-Control-Allow-Origin" in answer.headers
    wrong += [f"{name}: Access-Control"] if open_ and not name.split()[1].startswith(PROGRAMS) else []
    wrong += [f"{name}: referrer"] if "Referrer-Policy" not in answer.headers else []
    wrong += [f"{name}: says what it runs on"] if "X-Powered-By" in answer.headers else []
    return wrong + [f"{name}: {problem}" for problem in loose(directives(answer))]


def loose(policy: dict[str, list[str]]) -> list[str]:
    """What an evaluator of content security policies would say: every finding that is not «fine»."""
    if "sandbox" in policy:
        return [] if policy.get("default-src") == ["'none'"] else ["a sandbox that loads"]
    wrong = [f"{name} {word}" for name, words in policy.items() for word in words if word.strip("'") in NEVER]
    for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        wrong += [name] if policy.get(name) != ["'none'"] else []
    script = policy.get("script-src", [])
    wrong += ["script-src"] if len(script) != 1 or not re.fullmatch(r"'nonce-[\w-]{22,}'", script[0]) else []
    wrong += ["trusted types"] if policy.get("require-trusted-types-for") != ["'script'"] else []
    wrong += ["trusted types policy"] if policy.get("trusted-types") != ["htmx", "guildhall"] else []
    wrong += ["style-src"] if policy.get("style-src") != ["'self'"] else []
    return wrong + (["form-action"] if "'self'" not in policy.get("form-action", []) else [])


@pytest.mark.parametrize("who", ["nobody", "fay", "alice"])
def test_every_answer_of_every_route(stage: Stage, who: str) -> None:
    person = getattr(stage.world, who, None)
    wrong = [problem for name, answer in answers(stage, person) for problem in complaints(name, answer)]
    assert wrong == []


@pytest.mark.parametrize("who", ["fay", "alice"])
def test_nothing_that_is_somebodys_stays_in_a_cache(stage: Stage, who: str) -> None:
    """Signed in, every answer is no-store, or private when it never changes; only what is everybody's is public."""
    wrong = []
    for name, answer in answers(stage, getattr(stage.world, who)):
        keep = answer.headers.get("Cache-Control", "")
        endpoint = name.split()[1]
        if answer.status_code == 200 and endpoint in SHARED and "public" in keep:
            assert "Set-Cookie" not in answer.headers
        elif "no-store" not in keep and "private" not in keep and endpoint not in SHARED:
            wrong.append((name, keep))
        if "Cookie" not in answer.headers.get("Vary", "") and endpoint not in SHARED:
            wrong.append((name, "Vary"))
    assert wrong == []


def test_crashes_and_refusals_carry_them_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    seller = stage.browser(stage.world.alice).client
    seen = {
        400: seller.get("/", headers={"Host": "evil.example"}),
        403: seller.post("/me/name"),
        404: seller.get("/nowhere"),
        405: seller.get("/sign-out"),
        413: seller.post("/me/name", data={"name": "x" * 3_000_000}),
    }
    monkeypatch.setattr(db, "public", lambda: 1 / 0)
    monkeypatch.setattr(db, "buyer", lambda _: 1 / 0)
    seen[500] = seller.get("/cart")
    for status, answer in seen.items():
        assert answer.status_code == status
        assert complaints(str(status), answer) == []
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_crash_tells_nothing_of_the_inside(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: object) -> None:
        raise RuntimeError("the-inside-of-it /srv/app secret")

    monkeypatch.setattr(db, "buyer", crash)
    for headers in ({}, {"HX-Request": "true"}, {"Accept": "application/json"}):
        text = stage.browser(stage.world.fay).client.get("/cart", headers=headers).get_data(as_text=True)
        assert "the-inside-of-it" not in text
        assert "Traceback" not in text
        assert "broke on our side" in text


def test_each_page_has_a_nonce_of_its_own_and_no_script_without_it(stage: Stage) -> None:
    """Scripts, and elements that htmx acts on, carry the nonce of the very answer that brings them; no inline style, no handler."""
    seen: set[str] = set()
    wrong: list[tuple[str, Any]] = []
    for endpoint, _, path in [one for one in stage.routes("GET") if one[0] not in STREAMS]:
        browser = stage.browser(stage.world.alice if path.startswith("/w") else stage.world.fay)
        answer = browser.get(path)
        if answer.mimetype != "text/html" or "script-src" not in directives(answer):
            continue
        nonce = directives(answer)["script-src"][0][7:-1]
        wrong += [(endpoint, "the nonce was seen before")] if nonce in seen else []
        seen.add(nonce)
        wrong += [(endpoint, tag) for tag in Elements(answer.get_data(as_text=True)).tags if not _lawful(*tag, nonce)]
    assert wrong == []
    assert len(seen) > 30


def _lawful(tag: str, attributes: dict[str, str | None], nonce: str) -> bool:
    if "style" in attributes or any(name.startswith("on") for name in attributes):
        return False
    if tag == "script" and attributes.get("type") != "application/ld+json" and attributes.get("nonce") != nonce:
        return False
    acts = any(name.startswith(("hx-", "data-hx-")) and name != "hx-morph-skip" for name in attributes)
    return not acts or attributes.get("hx-nonce") == nonce


def test_fragments_carry_their_own_policy(stage: Stage) -> None:
    seller = stage.browser(stage.world.alice)
    page = f"/w/{stage.world.north.slug}/orders"
    partial = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#orders"}
    first, second = seller.get(page, headers=partial), seller.get(page, headers=partial)
    assert complaints("fragment", first) == []
    assert directives(first)["script-src"] != directives(second)["script-src"]
    assert {"HX-Request", "HX-Request-Type"} <= {one.strip() for one in first.headers["Vary"].split(",")}


def test_two_people_at_one_address_see_their_own(stage: Stage) -> None:
    for path in ("/library", "/purchases", "/me", "/cart"):
        mine = stage.browser(stage.world.fay).get(path)
        others = stage.browser(stage.world.charlie).get(path)
        assert stage.world.fay.email not in others.get_data(as_text=True)
        assert mine.headers["Cache-Control"] == others.headers["Cache-Control"] == "no-store"


def test_addresses_that_are_secrets_are_not_told_to_other_sites(stage: Stage) -> None:
    tokened = [path for endpoint, _, path in stage.routes("GET") if "<token>" in _rule(stage, endpoint)]
    assert len(tokened) >= 5
    for path in tokened:
        answer = stage.browser(stage.world.fay).get(path)
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), path


def _rule(stage: Stage, endpoint: str) -> str:
    return next(rule.rule for rule in stage.app.url_map.iter_rules(endpoint))


def test_over_https_cookies_and_transport_are_locked(stage: Stage, https: Any) -> None:
    """Every cookie that any route sets: __Host-, Secure, HttpOnly, SameSite=Lax, Path=/, and no Domain."""
    browser, set_by = Browser(https.test_client()), set()
    for endpoint, method, path in stage.routes():
        if endpoint in STREAMS:
            continue
        call = browser.client.get if method == "GET" else browser.client.post
        answer = call(path, base_url="https://localhost", buffered=True)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path
        for cookie in answer.headers.getlist("Set-Cookie"):
            name, words = cookie.partition("=")[0], {part.strip().partition("=")[0] for part in cookie.split(";")}
            set_by.add(name)
            assert name.startswith("__Host-"), (path, cookie)
            assert {"Secure", "HttpOnly", "SameSite", "Path"} <= words, (path, cookie)
            assert "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in words, (path, cookie)
    assert {"__Host-guildhall", "__Host-visitor"} <= set_by


def test_signing_out_clears_what_the_browser_kept(stage: Stage) -> None:
    browser = stage.browser(stage.world.fay)
    answer = browser.post("/sign-out")
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert browser.get("/me").status_code == 303


def test_only_the_methods_that_are_meant(stage: Stage) -> None:
    """TRACE and verbs that nobody declared are 405 everywhere, and change nothing."""
    seller, wrong = stage.browser(stage.world.alice).client, []
    for path in {path for _, _, path in stage.routes()}:
        for method in ("TRACE", "DELETE", "PATCH", "PUT", "CONNECT", "PROPFIND"):
            status = seller.open(path, method=method).status_code
            wrong += [(method, path, status)] if status not in (405, 404) else []
    assert wrong == []
