"""Every mail: a text and an HTML body that say the same, one subject line, links that lead home, sent once per reason."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import db, mail, settings
from app.core.errors import ProviderError
from app.core.ids import new_id
from app.core.mail import Mail
from app.notifications import actions
from app.orders import actions as orders
from tests.orders.selling import fail, order_of, pay, place
from tests.world import World

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"
NAMES = sorted(path.stem for path in TEMPLATES.glob("*.txt"))
EVIL = 'Eve\r\nBcc: all@example.test\n<script>alert("x")</script>'
LINE = {"title": "Nebula", "quantity": 2, "sku": "NEB-1", "amount": "$40.00", "keys": ["NEB-0001"], "owed": 1}
ORDER = {
    "shop": "Deep Field",
    "number": 1001,
    "delivery": "$5.00",
    "discount": "",
    "downloads": True,
    "total": "$45.00",
}
CONTEXT: dict[str, Any] = {
    "name": EVIL,
    "buyer": EVIL,
    "shop": EVIL,
    "title": EVIL,
    "cause": EVIL,
    "note": "The corner was bent.\nSorry!",
    "why": "The last one broke.",
    "number": 1001,
    "amount": "$45.00",
    "total": "$45.00",
    "code": "AB12CD34",
    "token": "tok.en",
    "path": "/w/deep-field/orders/1001",
    "carrier": "Royal Mail",
    "tracking_number": "AA1",
    "tracking_url": "https://example.test/AA1",
    "lines": [LINE],
    "orders": [ORDER | {"lines": [LINE]}],
    "address": ["Fay", "1 Road"],
    "purchases": [{"code": "AB12CD34", "date": "1 May 2026", "token": "tok.en"}],
    "paid": True,
    "taken": True,
    "due": "24 December 2026",
    "ships": True,
    "country": "GB",
    "lead": EVIL,
    "places": [
        {
            "name": EVIL,
            "subjects": [
                {
                    "title": EVIL,
                    "path": "/threads/7",
                    "news": [
                        {"who": EVIL, "words": EVIL, "more": "3 replies in all"},
                        {"who": "Bob", "words": "", "more": ""},
                    ],
                }
            ],
        }
    ],
    "items": [{"title": EVIL, "grant": "7"}],
    "left": 2,
    "keys": ["NEB-0001", "NEB-0002"],
    "grant_id": "7",
    "notes": f"Softer mortar.\n{EVIL}",
    "files": [EVIL],
    "thread": "/threads/7",
    "grant": "7",
    "out": "tok.en",
}


@pytest.fixture
def market(world: World) -> dict[str, Any]:
    shop = world.shop(world.north, "Prints")
    return {
        "shop": shop,
        "print": world.product(shop, "Nebula", stock=50),
        "pack": world.product(shop, "Sea glass", ships=False, downloads=True, price=1300),
    }


def queued(template: str) -> list[Mail]:
    with db.system("test world") as session:
        return list(session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id)))


def rendered(app: Any, row: Mail) -> tuple[str, str, str]:
    with app.app_context():
        return actions.render(row.template, row.context)


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_has_both_bodies_and_nothing_typed_becomes_markup_or_a_header(app: Any, name: str) -> None:
    assert (TEMPLATES / f"{name}.html").exists()
    with app.app_context():
        subject, text, html = actions.render(name, CONTEXT)
        message = mail._compose(new_id(), "fay@guildhall.test", subject, text, html)
    assert subject and "\n" not in subject and "\r" not in subject
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert message["To"] == "fay@guildhall.test"
    assert not any(line.startswith("Bcc:") for line in text.splitlines()), "a name stays in its line"
    assert "<script>" not in html
    assert not re.search(r"[a-z][.!?][A-Z]", text), "sentences and lines are kept apart"
    assert "{{" not in text + html and "{%" not in text + html


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_fits_a_phone_and_the_dark(app: Any, name: str) -> None:
    with app.app_context():
        _, text, html = actions.render(name, CONTEXT)
    assert 'name="viewport"' in html and "prefers-color-scheme: dark" in html
    assert "\n\n\n\n" not in text, "no holes where an empty part was"
    for link in re.findall(r'href="([^"]*)"', html):
        assert link.startswith((settings.current().app_url, "https://example.test/")), link
        assert link.rstrip("/") == settings.current().app_url or link in text.replace("&", "&amp;") or link in text


def test_an_address_with_a_line_break_is_never_sent(app: Any) -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed|header"):
        mail._compose(new_id(), "fay@guildhall.test\nBcc: all@example.test", "Hello", "text", "<p>html</p>")


def test_a_header_of_its_own_stays_in_one_line_and_holds_no_other(app: Any) -> None:
    """Folded into encoded words, an unsubscribe address is found by no mail program."""
    address = f"<https://guildhall.example/unsubscribe/{'a' * 200}>"
    written = mail._compose(
        new_id(), "fay@guildhall.test", "Hello", "text", "<p>html</p>", {"List-Unsubscribe": address}
    )
    assert f"\nList-Unsubscribe: {address}\n" in written.as_string()
    with pytest.raises(ValueError, match=r"newline|linefeed|header"):
        mail._compose(
            new_id(), "fay@guildhall.test", "Hello", "t", "<p>h</p>", {"List-Unsubscribe": "<x>\nBcc: all@x.test"}
        )


def test_the_same_reason_is_queued_once(app: Any, run_jobs: Any) -> None:
    with db.system("test world"):
        for to in ("fay@guildhall.test", "else@guildhall.test"):
            mail.post(to, "no_account", "once:1")
    assert [row.to for row in queued("no_account")] == ["fay@guildhall.test"]


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, str, str]]:
    """What was handed to the mail server: (id, to, subject)."""
    handed: list[tuple[UUID, str, str]] = []
    monkeypatch.setattr(mail, "deliver", lambda mail_id, to, subject, *_: handed.append((mail_id, to, subject)))
    return handed


def test_a_mail_is_handed_over_once_and_forgets_what_it_said(app: Any, outbox: list[Any]) -> None:
    with db.system("test world"):
        mail.post("fay@guildhall.test", "sign_in_code", "code:1", code="123456")
    row = queued("sign_in_code")[0]
    for _ in range(2):
        with app.app_context():
            actions.send(row.id)
    assert [to for _, to, _ in outbox] == ["fay@guildhall.test"]
    with db.system("test world") as session:
        kept = session.get_one(Mail, row.id, populate_existing=True)
    assert kept.sent_at is not None and kept.context == {}


def test_a_server_that_is_away_leaves_the_mail_for_another_try(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.system("test world"):
        mail.post("fay@guildhall.test", "sign_in_code", "code:2", code="123456")
    row = queued("sign_in_code")[0]
    with app.app_context(), pytest.raises(ProviderError) as caught:
        actions.send(row.id)
    assert not caught.value.permanent
    with db.system("test world") as session:
        kept = session.get_one(Mail, row.id, populate_existing=True)
    assert kept.sent_at is None and kept.context == {"code": "123456"}


def test_a_sale_tells_buyer_and_team_once_however_often_the_money_arrives(
    world: World, market: Any, app: Any, run_jobs: Any
) -> None:
    group = place(world, world.fay.id, (market["print"], 2), (market["pack"], 1))
    for _ in range(3):
        pay(group, run_jobs)
    order = order_of(group, market["shop"])
    assert len(queued("receipt")) == 1
    subject, text, html = rendered(app, queued("receipt")[0])
    assert order.total.format() in subject
    for body in (text, html):
        assert "Nebula" in body and "Sea glass" in body and order.total.format() in body
        assert "/purchases/open/" in body
    team = queued("new_order")
    assert sorted(row.to for row in team) == sorted([world.alice.email, world.ada.email])
    subject, text, html = rendered(app, team[0])
    assert str(order.number) in subject
    assert f"/w/{world.north.slug}/orders/{order.number}" in text and "2 × Nebula" in html


def test_the_link_of_a_receipt_opens_the_purchase_in_an_unknown_browser(
    world: World, market: Any, app: Any, run_jobs: Any
) -> None:
    pay(place(world, new_id(), (market["pack"], 1), email="guest@guildhall.test"), run_jobs)
    _, text, _ = rendered(app, queued("receipt")[0])
    link = re.search(r"http://localhost(/purchases/open/\S+)", text)
    assert link is not None
    browser = app.test_client()
    answer = browser.get(link.group(1))
    assert answer.status_code == 303
    assert "Sea glass" in browser.get(answer.headers["Location"]).get_data(as_text=True)


def test_each_parcel_is_a_mail_with_what_is_in_it(world: World, market: Any, app: Any, run_jobs: Any) -> None:
    from app.core.actor import Actor

    group = place(world, world.fay.id, (market["print"], 3))
    pay(group, run_jobs)
    order = order_of(group, market["shop"])
    with db.workspace(world.north.id) as session:
        line = session.scalars(select(orders_line()).where(orders_line().order_id == order.id)).one()
        orders.fulfil(Actor("person", "Bob"), order, {line.id: 1}, "DHL", "AA1", "https://dhl.example/AA1")
        orders.fulfil(Actor("person", "Bob"), order, {line.id: 2})
    first, second = (rendered(app, row) for row in queued("order_shipped"))
    assert "1 x Nebula" in first[1] and "https://dhl.example/AA1" in first[2] and "the rest follows" in first[1]
    assert "2 x Nebula" in second[1] and "AA1" not in second[1] and "the rest" not in second[1]


def orders_line() -> Any:
    from app.orders.models import OrderLine

    return OrderLine


def test_a_slow_bank_is_told_once_and_so_is_its_no(world: World, market: Any, app: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (market["print"], 1))
    for _ in range(2):
        with db.workspace(world.north.id):
            orders.hold_for_bank(order_of(group, market["shop"]))
    for _ in range(2):
        fail(group, run_jobs, "failed")
    assert (len(queued("payment_processing")), len(queued("payment_failed"))) == (1, 1)
    assert "Nothing was charged" in rendered(app, queued("payment_failed")[0])[1]
    assert queued("receipt") == []


def test_leaving_without_paying_sends_nothing(world: World, market: Any, run_jobs: Any) -> None:
    fail(place(world, world.fay.id, (market["print"], 1)), run_jobs, "expired")
    with db.system("test world") as session:
        assert session.scalars(select(Mail)).all() == []


def test_a_cancelled_order_says_where_the_money_goes(world: World, market: Any, app: Any, run_jobs: Any) -> None:
    from app.core.actor import Actor

    group = place(world, world.fay.id, (market["print"], 1))
    pay(group, run_jobs)
    order = order_of(group, market["shop"])
    for _ in range(2):
        with db.workspace(world.north.id):
            orders.cancel(Actor("person", "Ada"), order, "The last one broke")
    (row,) = queued("order_cancelled")
    _, text, html = rendered(app, row)
    for body in (text, html):
        assert "The last one broke" in body and order.total.format() in body
