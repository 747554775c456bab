"""What those type who mean harm, through the pages: nothing runs, work is bounded, and the answer is clear."""

import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select
from werkzeug.serving import WSGIRequestHandler, make_server

from app.core import db
from app.forum import queries, text
from app.forum.models import Post, Thread
from tests.forum import hostile
from tests.forum.conftest import Town, found_town
from tests.forum.planting import VECTORS, Look, plant

EACH = 16
"""Every sixteenth vector, where each costs a request of its own."""


def lists(town: Town) -> Iterator[str]:
    """The addresses of all pages of the community's list."""
    place, after = town.place(), ""
    while True:
        yield f"{town.path}?{urlencode({'after': after})}" if after else town.path
        with queries.places.entered(place):
            after = queries.threads.page(place, queries.threads.Wish(after=after)).after
        if not after:
            return


def pages(town: Town, whole: Thread) -> list[str]:
    thread = [f"/threads/{whole.id}?after={number}" for number in range(0, len(VECTORS), 50)]
    return [*lists(town), *thread, f"{town.path}/{town.general.slug}"]


def searches(step: int) -> list[str]:
    return [urlencode({"q": one}) for one in [*VECTORS[::step], *hostile.TURNING, *hostile.ZALGO]]


def test_no_page_holds_what_could_run(client: Any, town: Town) -> None:
    whole = plant(town)
    alice = town.browser(client, town.world.alice)
    for path in pages(town, whole):
        page = alice.get(path)
        assert page.status_code == 200 and Look(page.text).troubles == [], path
    for typed in searches(EACH):
        page = alice.get(f"{town.path}/search?{typed}")
        assert page.status_code == 200 and Look(page.text).troubles == [], typed


def test_feeds_are_well_formed_and_carry_nothing_that_could_run(client: Any, town: Town) -> None:
    whole = plant(town)
    for path in (f"{town.path}/feed.xml", f"{town.path}/{town.general.slug}/feed.xml", f"/threads/{whole.id}/feed.xml"):
        answer = client.get(path)
        assert answer.status_code == 200
        for element in ElementTree.fromstring(answer.get_data()).iter():
            if element.get("type") == "html":
                assert Look(element.text or "").troubles == [], path


def test_forms_take_it_or_refuse_it_and_show_it_again(client: Any, town: Town) -> None:
    """Title, text and tags as somebody types them: posted, or refused with the words still in the boxes."""
    alice = town.browser(client, town.world.alice)
    for one in VECTORS[::EACH]:
        sent = alice.post(f"{town.path}/new", category="general", title=one, body=one, tags=one)
        assert sent.status_code in (303, 422), one
        page = sent.text if sent.status_code == 422 else alice.get(sent.headers["Location"]).text
        assert Look(page).troubles == [], one


SIZE = 29_000
BIG = {
    "a megabyte": "a" * 1_000_000,
    "10,000 mentions": " ".join(f"@person-{number}" for number in range(10_000)),
    "2,000 mentions": " ".join(f"@p-{number}" for number in range(2_000)),
    "quotes 1,000 deep": ">" * 1_000 + " a",
    **{name: make(SIZE) for name, make in {**hostile.TANGLED, **hostile.DEEP}.items()},
}


def test_what_is_too_much_is_refused_in_words_and_nothing_is_posted(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    alice = town.browser(client, town.world.alice)
    for name, body in BIG.items():
        answer = alice.post(f"/threads/{thread.id}/posts", body=body)
        assert answer.status_code == 422 and "Nothing was posted yet." in answer.text, name
    huge = alice.post(f"/threads/{thread.id}/posts", body="a" * 3_000_000)
    assert huge.status_code == 413
    assert town.row(Thread, thread.id).posts == 1


@pytest.mark.parametrize("typed", [*hostile.ZALGO, *hostile.TURNING, *hostile.LANGUAGES.values()])
def test_letters_that_climb_or_turn_are_kept_low(client: Any, town: Town, typed: str) -> None:
    thread = town.start(town.world.alice)
    alice = town.browser(client, town.world.alice)
    sent = alice.post(f"/threads/{thread.id}/posts", body=typed)
    assert sent.status_code in (303, 422)
    with db.workspace(town.world.north.id) as session:
        bodies = list(session.scalars(select(Post.body).where(Post.thread_id == thread.id, Post.number == 2)))
        assert len(bodies) == int(sent.status_code == 303)
        assert session.scalar(select(func.count()).select_from(Post)) == 1 + len(bodies)
    for body in bodies:
        assert body == text.tidy(body).strip() and not set(map(ord, body)) & {0x202E, 0x202D, 0x2066, 0x2067}
    page = alice.get(f"{town.path}/search?{urlencode({'q': typed})}")
    assert page.status_code == 200


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """A browser that leaves early is no news."""


@pytest.fixture
def served(app: Any, committed: None) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()


RUNS = """() => [
  ...(window.__xss ? ["window.__xss"] : []),
  ...[...document.querySelectorAll("*")].filter((one) => [...one.attributes].some((held) => /^on/i.test(held.name))).map((one) => one.outerHTML.slice(0, 200)),
  ...[...document.querySelectorAll("a[href], area[href], form[action], [formaction]")]
    .map((one) => one.protocol ?? new URL(one.formAction ?? one.action ?? "", location).protocol)
    .filter((scheme) => !["http:", "https:", "mailto:"].includes(scheme)),
  ...[...document.querySelectorAll("iframe, object, embed, base, script:not([nonce])")].map((one) => one.outerHTML.slice(0, 200)),
]"""


def test_a_real_browser_runs_nothing_of_it(chromium: Any, served: str, world: Any, app: Any) -> None:
    """A member of the team looks at every page; a dialog, a changed window, a word of the content security policy or a request
    to somebody else's address is a failure."""
    town = found_town(world)
    whole = plant(town)
    token = world.sign_in(app.test_client(), world.alice).get_cookie("session", domain="localhost").value
    context = chromium.new_context(base_url=served)
    context.add_cookies([{"name": "session", "value": token, "url": served}])
    troubles: list[str] = []

    def look_at(route: Any) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in ("http", "https") and address.netloc != urlsplit(served).netloc:
            troubles.append(f"asked {route.request.url}")
        if address.path == "/live" or address.netloc != urlsplit(served).netloc:
            route.abort()
        else:
            route.continue_()

    context.route("**/*", look_at)
    page = context.new_page()
    page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    feeds = [f"{town.path}/feed.xml", f"/threads/{whole.id}/feed.xml"]
    found = [f"{town.path}/search?{typed}" for typed in searches(20)]
    for path in [*pages(town, whole), *found, f"{town.path}/search?q=alert", *feeds]:
        answer = page.goto(path, wait_until="load")
        assert answer.status == 200, path
        assert page.evaluate(RUNS) == [], path
        assert troubles == [], path
    context.close()
