"""`ui.<name>` renders the shared macros anywhere, gives htmx elements their nonce, and escapes what people typed."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import DictLoader, UndefinedError
from jinja2_fragments import render_block
from wtforms import BooleanField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.core.assets import init_assets
from app.core.components import init_components

ROOT = Path(__file__).parents[2]
CONTEXT = {"nonce": "n0nce", "csrf_token": lambda: "token"}


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("app", root_path=str(ROOT), template_folder="templates", static_folder="static")
    init_assets(app)
    init_components(app)
    return app


def render(app: Flask, source: str, **context: object) -> str:
    return app.jinja_env.from_string(source).render(**CONTEXT, **context)


def test_an_element_with_htmx_attributes_carries_the_page_nonce(app: Flask) -> None:
    html = render(app, '{{ ui.button("Save", hx_post="/x", attrs={"hx-status:422": "target:#f"}) }}')
    assert 'hx-post="/x" hx-status:422="target:#f" hx-nonce="n0nce"' in html


def test_an_element_without_htmx_attributes_carries_none(app: Flask) -> None:
    assert "nonce" not in render(app, '{{ ui.button("Save", name="go", autofocus=none) }}')


def test_words_are_escaped(app: Flask) -> None:
    html = render(app, "{{ ui.button(words) }}{{ ui.text_field('n', words, words, error=words) }}", words="<b>&\"'")
    assert "<b>" not in html
    assert html.count("&lt;b&gt;") == 4


def test_works_in_a_block_rendered_alone(app: Flask) -> None:
    overlay = app.jinja_env.overlay()
    rows = '{% for n in (1, 2) %}{% call ui.card("Card", "c" ~ n) %}{{ n }}{% endcall %}{% endfor %}'
    parts = {f"components/{path.name}": path.read_text() for path in (ROOT / "templates/components").iterdir()}
    overlay.loader = DictLoader({"page.html": f"{{% block rows %}}{rows}{{% endblock %}}", **parts})
    assert render_block(overlay, "page.html", "rows", **CONTEXT).count('<section class="card"') == 2


def test_an_unknown_component_is_an_error_with_a_place_to_look(app: Flask) -> None:
    with pytest.raises(UndefinedError, match="buton"):
        render(app, '{{ ui.buton("Save") }}')


def test_a_refused_field_names_its_error_for_the_ear(app: Flask) -> None:
    class Person(Form):
        name = StringField("Name", [InputRequired("Enter a name.")], description="As on the parcel")

    form = Person(data={})
    form.validate()
    html = render(app, "{{ ui.form_errors(form) }}{{ ui.field(form.name) }}", form=form)
    assert '<a href="#name">Enter a name.</a>' in html
    assert 'aria-describedby="name-error name-help"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="name-error"' in html
    assert 'id="name-help"' in html


def test_every_kind_of_form_field_has_its_label(app: Flask) -> None:
    class Everything(Form):
        note = TextAreaField("Note")
        size = SelectField("Size", choices=[("s", "Small")])
        agree = BooleanField("Agree")

    html = render(app, "{% for field in form %}{{ ui.field(field) }}{% endfor %}", form=Everything())
    assert '<label for="note">Note</label>' in html
    assert '<select class="input" id="size" name="size">' in html
    assert "<span>Agree</span></label>" in html


@pytest.mark.parametrize(("state", "word"), [("ready_to_ship", "Ready to ship"), ("something_else", "Something else")])
def test_a_state_is_a_word_and_a_picture(app: Flask, state: str, word: str) -> None:
    html = render(app, "{{ ui.status(state) }}", state=state)
    assert word in html
    assert "<svg" in html


def test_every_icon_that_templates_name_is_in_the_sprite(app: Flask) -> None:
    sprite = (ROOT / "static/icons.svg").read_text()
    have = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    named: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        named |= set(re.findall(r'(?:ui\.)?icon\("([a-z0-9-]+)"', text))
        named |= set(re.findall(r'icon_(?:name|end)="([a-z0-9-]+)"', text))
    assert named - have == set()
