"""Whatever people type is text: in every form of every page, on every page that shows it, in mails, and in a real browser
(SECURITY.md §1; §2, 1.2.1-1.3.5; §3, workflow and mail templates)."""

import json
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text

from app.catalogue.models import Product, Shop
from app.core import db, mail
from app.models import metadata
from app.notifications import actions as notifications
from app.orders.models import Order, OrderGroup
from tests.orders.selling import pay
from tests.security.forms import Forms, variations
from tests.security.stage import STREAMS, Browser, Elements, Stage
from tests.storefront.conftest import Shopper

HOSTILE = [
    "\"'><img src=x onerror=alert(9)>",
    "</title></textarea></script><svg onload=alert(9)>",
    'k" hx-get="/w?9" hx-trigger="load" autofocus onfocus="alert(9)',
    "<hx-partial hx-get=/w?9></hx-partial>{{7*7}}${7*7}",
    "<script>alert(9)</script><style>*{color:red}</style>",
    "javascript:alert(9)//<a href=javascript:alert(9)>k</a>",
    "<!--><iframe srcdoc='<script>alert(9)</script>'>",
    "&lt;img src=x onerror=alert(9)&gt;<b>",
]
KEPT_APART = re.compile(
    r"sign-out|leave|remov|/end|archive|cancel|delete|revoke|disconnect|password|/me/email|/state|refunds"
)
"""Changes after which there would be less to look at."""
FILTERS = (
    "q",
    "view",
    "sort",
    "actor",
    "action",
    "category",
    "kind",
    "sku",
    "tag",
    "since",
    "low",
    "email",
    "key",
    "name",
)
LINKS = ("href", "src", "action", "formaction", "data", "poster", "srcdoc", "hx-get", "hx-post", "xlink:href")


def unlawful(page: str) -> list[str]:
    """What a page holds that no template of ours writes: raw hostile text, handlers, scripts, frames, links that run."""
    wrong = [one for one in HOSTILE if one in page]
    for tag, attributes in Elements(page).tags:
        wrong += [f"<{tag} {name}>" for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        wrong += [f"<{tag}>"] if tag in ("iframe", "object", "embed", "style", "base", "b") else []
        wrong += [f"<{tag}>"] if tag == "hx-partial" and "hx-nonce" not in attributes else []
        wrong += [f"<{tag} {name}={attributes[name]}>" for name in LINKS if runs(attributes.get(name))]
        wrong += [f"<{tag} autofocus>"] if "onfocus" in attributes else []
        wrong += ["a script of its own"] if tag == "script" and not lawful_script(attributes) else []
    return wrong


def runs(address: str | None) -> bool:
    scheme = re.sub(r"[\s\x00-\x20]", "", address or "").lower()
    return scheme.startswith(("javascript:", "data:text", "vbscript:")) or scheme == "x"


def lawful_script(attributes: dict[str, str | None]) -> bool:
    local = (attributes.get("src") or "").startswith("/static/dist/")
    return attributes.get("type") == "application/ld+json" or ("nonce" in attributes and local)


def shows(page: str) -> bool:
    """Whether a reader sees hostile text as text: the proof that there was something to escape."""
    elements = Elements(page)
    seen = elements.text + " ".join(value or "" for _, attributes in elements.tags for value in attributes.values())
    return "alert(9)" in seen or "{{7*7}}" in seen


def pages(stage: Stage) -> Iterator[tuple[Browser, str, str]]:
    """Every page as somebody sees it who may: sellers theirs, guests the shops, buyers the rest."""
    seller, buyer, guest = stage.browser(stage.world.alice), stage.browser(stage.world.fay), stage.browser()
    for endpoint, _, path in stage.routes("GET"):
        if endpoint not in STREAMS and "/d/" not in path:
            reader = seller if path.startswith("/w") else guest if path.startswith(("/s/", "/discover")) else buyer
            yield reader, endpoint, path


def fill(stage: Stage, texts: Iterator[str]) -> list[tuple[str, Any]]:
    """Type hostile text into every form of every page. Returns the pages that refused, with what was typed in them."""
    refused, done = [], set()
    for browser, _, path in list(pages(stage)):
        answer = browser.get(path)
        if answer.mimetype != "text/html":
            continue
        for form in Forms(answer.get_data(as_text=True)).found:
            if form.action in done or KEPT_APART.search(form.action) or not form.action.startswith("/"):
                continue
            done.add(form.action)
            for typed in variations(form, texts):
                reply = browser.post(form.action, typed)
                refused += [(form.action, reply)] if reply.mimetype == "text/html" else []
                assert reply.status_code < 500, form.action
                if reply.status_code < 400:
                    break
    assert len(done) > 25
    return refused


def bought(stage: Stage, name: str, run_jobs: Any) -> None:
    """A guest types hostile text through the whole checkout, and pays."""
    shopper = Shopper(stage.app.test_client())
    with db.workspace(stage.world.north.id):
        product, shop = db.get(Product, stage.rows["product"].id), db.get(Shop, stage.rows["shop"].id)
    assert shopper.add(shop, product, stage.world.variant(product)).status_code == 303
    assert shopper.begin().status_code == 303
    checkout = shopper.hidden("checkout")
    assert shopper.contact(checkout, name=name, email="alert@example.com").status_code == 303
    assert shopper.delivery(checkout, name=name, line1=name, line2=name, city=name).status_code == 303
    assert shopper.pay(checkout).status_code == 303
    with db.system("test world") as session:
        group = session.scalars(select(OrderGroup).order_by(OrderGroup.id.desc()).limit(1)).one()
    pay(group.id, run_jobs)
    with db.workspace(stage.world.north.id) as session:
        row = session.scalars(select(Order).where(Order.group_id == group.id)).one()
    stage.values |= {"number": str(row.number), "order_id": str(row.id)}


@pytest.fixture
def hostile(stage: Stage, run_jobs: Any) -> tuple[Stage, list[tuple[str, Any]]]:
    """A stage whose every text was typed by somebody hostile; and the answers of the forms that refused it."""
    texts = cycle(HOSTILE)
    refused = fill(stage, texts)
    bought(stage, HOSTILE[0], run_jobs)
    with db.workspace(stage.world.north.id):
        product, shop = db.get(Product, stage.rows["product"].id), db.get(Shop, stage.rows["shop"].id)
        product.title, shop.name, product.state, shop.state = HOSTILE[0], HOSTILE[1], "listed", "open"
    stage.values |= {"shop": shop.slug, "product": product.slug}
    return stage, refused + fill_once_more(stage, texts)


def fill_once_more(stage: Stage, texts: Iterator[str]) -> list[tuple[str, Any]]:
    """The new order's own forms: notes, tags, holds, carriers."""
    seller, path = stage.browser(stage.world.alice), f"/w/{stage.world.north.slug}/orders/{stage.values['number']}"
    refused = []
    for form in Forms(seller.get(path).get_data(as_text=True)).found:
        if form.free and not KEPT_APART.search(form.action):
            refused.append((form.action, seller.post(form.action, next(variations(form, texts)))))
    return refused


def test_what_an_address_says_is_text(stage: Stage) -> None:
    """Reflected: every filter of every page."""
    wrong, seen = [], 0
    for turn in (0, 1):
        typed = {name: HOSTILE[(number + turn) % len(HOSTILE)] for number, name in enumerate(FILTERS)}
        for browser, _, path in pages(stage):
            answer = browser.get(path, query_string=typed)
            if answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                wrong += [(path, found)] if (found := unlawful(page)) else []
                seen += shows(page)
    assert wrong == []
    assert seen > 5


@pytest.mark.journey
def test_whatever_is_typed_anywhere_stays_text(hostile: Any, chromium: Any) -> None:
    """One stage, looked at from all sides, because setting it takes a while."""
    stage, refused = hostile
    assert kept() > 20, "what was typed is stored as it is, and escaped where it is shown"
    check_pages(stage, refused)
    check_mails(stage)
    check_structured_data(stage)
    check_browser(stage, chromium)


def kept() -> int:
    """Rows that hold hostile text."""
    with db.system("test world") as session:
        return sum(
            session.execute(text(f"select count(*) from {table.name} t where t::text like '%alert(9)%'")).scalar() or 0
            for table in metadata.sorted_tables
        )


def check_pages(stage: Stage, refused: list[tuple[str, Any]]) -> None:
    """No page, and no refused form with what was typed in it, takes it for anything but text."""
    wrong = [(action, found) for action, answer in refused if (found := unlawful(answer.get_data(as_text=True)))]
    shown = set()
    for browser, endpoint, path in pages(stage):
        answer = browser.get(path)
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            wrong += [(endpoint, found)] if (found := unlawful(page)) else []
            shown |= {endpoint} if shows(page) else set()
    assert wrong == []
    assert len(shown) > 15, sorted(shown)


def check_mails(stage: Stage) -> None:
    """Bodies escape it; subjects stay one line, and no header is added by it."""
    with db.system("test world") as session:
        rows = session.scalars(select(mail.Mail)).all()
    shown = 0
    with stage.app.test_request_context("/"):
        for row in rows:
            subject, body, html = notifications.render(row.template, row.context)
            assert [one for one in unlawful(html) if "style" not in one] == [], row.template
            message = mail._compose(row.id, row.to, subject, body, html)
            assert len(message.get_all("To")) == len(message.get_all("Subject")) == 1
            assert message["Bcc"] is None
            shown += "alert(9)" in body
    assert shown > 0


def check_structured_data(stage: Stage) -> None:
    """What search engines read is JSON that ends nowhere before its element does."""
    page = stage.browser().get(f"/s/{stage.values['shop']}/{stage.values['product']}").get_data(as_text=True)
    blocks = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)
    assert blocks and not any("<" in block for block in blocks)
    assert any("alert(9)" in json.dumps(json.loads(block)) for block in blocks)


def check_browser(stage: Stage, chromium: Any) -> None:
    """Chromium on the pages themselves: no dialog, no violation of the policy, no error, no request that was typed."""
    seller = stage.browser(stage.world.alice).client.get_cookie("session").value
    visits = [one for one in dict.fromkeys(path for _, _, path in pages(stage)) if wanted(one)]
    context = chromium.new_context(base_url="http://localhost")
    context.add_cookies([{"name": "session", "value": seller, "url": "http://localhost"}])
    watch = Watch(stage, context)
    for path in visits:
        watch.visit(path)
    context.close()
    assert watch.troubles == []
    assert watch.shown > 5


def wanted(path: str) -> bool:
    return any(re.search(pattern, path) for pattern in SEEN)


SEEN = (
    r"^/$",
    r"^/discover$",
    r"^/s/[^/]+$",
    r"^/s/[^/]+/[^/.]+$",
    r"^/me$",
    r"/orders$",
    r"/orders/\d+$",
    r"/products$",
)
SEEN += (
    r"/products/[0-9a-f-]{36}$",
    r"/shops/[0-9a-f-]{36}$",
    r"/discounts$",
    r"/audit$",
    r"/inventory$",
    r"/members$",
)


class Watch:
    """Serves a browser from the application in this very process, and notes whatever should not happen."""

    def __init__(self, stage: Stage, context: Any) -> None:
        self.client = stage.app.test_client(use_cookies=False)
        self.troubles: list[str] = []
        self.shown = 0
        self.page = context.new_page()
        self.page.route("**/*", self._answer)
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("console", self._listen)

    def visit(self, path: str) -> None:
        self.page.goto(path, wait_until="load")
        self.shown += "alert(9)" in self.page.content()
        stolen = self.page.evaluate(
            "document.querySelectorAll('img[src=\"x\"], iframe, [onerror], [onload], svg[onload]').length"
        )
        self.troubles += [f"{path} grew {stolen} elements"] if stolen else []

    def _answer(self, route: Any) -> None:
        address = urlsplit(route.request.url)
        if address.netloc != "localhost" or address.query == "9" or address.path == "/live":
            self.troubles += [] if address.path == "/live" else [f"asked for {route.request.url}"]
            route.abort()
            return
        target = f"{address.path}?{address.query}" if address.query else address.path
        answer = self.client.open(
            target, method=route.request.method, headers=route.request.all_headers(), buffered=True
        )
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.data)

    def _dialog(self, dialog: Any) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "security:" in message.text or "hx-csp" in message.text:
            self.troubles.append(message.text)
