"""Static files go out under a hash, whole, cacheable and compressed; a missing one stops the boot."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

from app.core.assets import init_assets

FILES = {
    "vendor/modern-normalize.css": "body { margin: 1px }",
    "vendor/htmx.min.js": "var htmx = 1;",
    "css/tokens.css": '@font-face { src: url("/static/vendor/f.woff2") }',
    "css/components/b.css": "/* a comment */\n.b { color: red }",
    "css/pages/a.css": ".a { color: blue }",
    "js/01.js": "first();",
    "js/02.js": "second();",
    "icons.svg": "<svg xmlns='http://www.w3.org/2000/svg'>" + "<path/>" * 50 + "</svg>",
    "vendor/f.woff2": "font",
}


@pytest.fixture
def static(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "static"


def flask_app(static: Path, *, debug: bool = False) -> Flask:
    app = Flask(__name__, static_folder=str(static))
    app.debug = debug
    init_assets(app)
    return app


def url(app: Flask, name: str) -> str:
    return app.jinja_env.from_string("{{ asset(name) }}").render(name=name)


def test_stylesheet_joins_all_layers_in_the_order_of_the_cascade(static: Path) -> None:
    app = flask_app(static)
    text = app.test_client().get(url(app, "app.css")).text
    assert text.startswith("@layer reset, tokens, base, layout, components, pages, utilities, print;")
    assert text.index("margin: 1px") < text.index("color: red") < text.index("color: blue")
    assert "a comment" not in text


def test_stylesheet_points_at_hashed_files_that_answer(static: Path) -> None:
    app = flask_app(static)
    client = app.test_client()
    found = re.search(r'url\("(/static/dist/vendor/f\.[0-9a-f]{12}\.woff2)"\)', client.get(url(app, "app.css")).text)
    assert found is not None
    assert client.get(found[1]).text == "font"


def test_scripts_are_joined_in_name_order(static: Path) -> None:
    app = flask_app(static)
    assert app.test_client().get(url(app, "app.js")).text == "first();\nsecond();"


def test_a_hashed_file_is_kept_for_a_year_and_another_hash_is_not(static: Path) -> None:
    app = flask_app(static)
    client = app.test_client()
    known = client.get(url(app, "icons.svg"))
    assert known.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    older = client.get("/static/dist/icons.000000000000.svg")
    assert older.status_code == 200
    assert older.headers["Cache-Control"] == "no-cache"


def test_compresses_for_those_who_ask(static: Path) -> None:
    app = flask_app(static)
    client = app.test_client()
    packed = client.get(url(app, "icons.svg"), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).decode() == FILES["icons.svg"]
    plain = client.get(url(app, "icons.svg"), headers={"Accept-Encoding": ""})
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"


def test_an_unchanged_file_is_not_sent_again(static: Path) -> None:
    app = flask_app(static)
    client = app.test_client()
    address = url(app, "app.css")
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "name", ["../conftest.000000000000.py", "nothing.000000000000.css", "plain", "css.000000000000."]
)
def test_nothing_outside_the_folder_is_served(static: Path, name: str) -> None:
    (static.parent / "conftest.py").write_text("secret")
    answer = flask_app(static).test_client().get(f"/static/dist/{name}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_name_that_does_not_exist_says_so(static: Path) -> None:
    app = flask_app(static)
    with pytest.raises(FileNotFoundError, match=r"static/logo\.svg does not exist"):
        url(app, "logo.svg")


def test_an_edit_shows_at_once_in_debug_only(static: Path) -> None:
    editing, running = flask_app(static, debug=True), flask_app(static)
    before = url(editing, "app.js"), url(running, "app.js")
    (static / "js/03.js").write_text("third();")
    assert url(editing, "app.js") != before[0]
    assert "third();" in editing.test_client().get(url(editing, "app.js")).text
    assert url(running, "app.js") == before[1]


def test_the_real_files_stay_within_the_budget_of_a_buyer_page() -> None:
    app = flask_app(Path(__file__).parents[2] / "static")
    client = app.test_client()
    names = ("app.css", "htmx.js", "app.js", "vendor/relative-time.js")
    sizes = {name: len(client.get(url(app, name), headers={"Accept-Encoding": "gzip"}).data) for name in names}
    assert sum(sizes.values()) <= 120_000, sizes
