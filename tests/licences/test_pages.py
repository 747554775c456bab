"""The pages of sellers and buyers: what they show, what they change, and what they refuse."""

import csv
import io
import re

import pytest
from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.licences.models import Licence, LicenceOffer
from tests.licences.conftest import Pages, actions_of
from tests.orders.selling import order_of, pay, place
from tests.security.stage import Browser


def test_a_seller_switches_licences_on_and_off(pages: Pages) -> None:
    """From nothing to terms, a refused form that keeps what was typed, and off again without touching what was sold."""
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    editor = alice.get(f"{pages.base}/products/{counter.product.id}").get_data(as_text=True)
    assert "Set up licences" in editor
    assert "Sell licences with Brush engine" in alice.get(pages.list).get_data(as_text=True)
    bad = alice.post(f"{pages.list}/terms", {"source": "generated", "prefix": "no spaces!", "activation_limit": "7"})
    page = bad.get_data(as_text=True)
    assert bad.status_code == 422 and "up to twelve capitals" in page and "no spaces!" in page and 'value="7"' in page
    good = {"source": "generated", "prefix": "brush", "activation_limit": "2", "valid_days": "365", "lease_days": "7"}
    assert alice.post(f"{pages.list}/terms", good).status_code == 303
    held = counter.licences(counter.buy())[0]
    assert held.key.startswith("BRUSH-") and held.licence.activation_limit == 2
    assert alice.post(f"{pages.list}/terms", {"do": "off"}).status_code == 303
    assert counter.licences(counter.buy()) == []
    assert counter.ask("validate", held.key).get_json()["valid"] is True
    assert actions_of(counter) == ["licences.set_terms", "licences.switch_off"]


def test_a_list_is_pasted_or_sent_as_csv_and_duplicates_are_named(pages: Pages) -> None:
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    counter.terms(source="listed")
    sheet = "\ufeffname;Licence key\r\nFirst;CSV-1\r\nSecond;'=CSV-2\r\nThird;PASTED-1\r\n"
    sent = {"keys": "PASTED-1\nPASTED-2\n\n", "file": (io.BytesIO(sheet.encode()), "keys.csv")}
    answer = alice.post(f"{pages.list}/imports", sent, content_type="multipart/form-data", follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "4 keys were added" in page and "1 stood in it more than once and count once: PASTED-1" in page
    again = alice.post(f"{pages.list}/imports", {"keys": "CSV-1\nNEW-1"}, follow_redirects=True)
    assert "1 are in the list or sold already and were left out: CSV-1" in again.get_data(as_text=True)
    found = [counter.key(counter.buy()) for _ in range(5)]
    assert found == ["PASTED-1", "PASTED-2", "CSV-1", "=CSV-2", "NEW-1"]
    refusals = {
        "\n".join(f"K-{n}" for n in range(10_001)): "more than 10,000",
        "   \n": "No key was found",
        "x" * 201: "longer than 200",
    }
    for typed, words in refusals.items():
        answer = alice.post(f"{pages.list}/imports", {"keys": typed})
        assert answer.status_code == 422 and words in answer.get_data(as_text=True)
    with db.workspace(counter.world.north.id):
        assert counter.stock("ONE").added == 1, "nothing of the refused ones was stored"


def test_ten_thousand_keys_are_one_import(pages: Pages) -> None:
    pages.counter.terms(source="listed")
    assert pages.counter.stock(*(f"BULK-{n:05}" for n in range(10_000))).added == 10_000
    assert "10,000" in pages.text(pages.counter.world.alice, pages.list)


def test_the_list_is_searched_by_key_mail_and_order_and_exported(pages: Pages) -> None:
    counter = pages.counter
    counter.terms()
    first, second = counter.buy(), counter.buy(2)
    keys = {one.key for order in (first, second) for one in counter.licences(order)}
    key, hint = counter.key(first), counter.licences(first)[0].licence.hint

    def hints(query: str) -> int:
        return len(
            re.findall(r'class="row-link licence-hint"', pages.text(counter.world.vera, f"{pages.list}?{query}"))
        )

    assert [
        hints(q) for q in ("", f"q={key.lower()}", f"q={hint}", f"q=%23{second.number}", "q=fay%40guild", "q=nobody")
    ] == [
        3,
        1,
        1,
        2,
        3,
        0,
    ]
    assert (hints("state=active"), hints("state=revoked")) == (3, 0)
    alice = pages.browser(counter.world.alice).get(f"{pages.list}/export.csv")
    rows = list(csv.DictReader(io.StringIO(alice.get_data(as_text=True).lstrip("\ufeff"))))
    assert {row["key"] for row in rows} == keys and {row["state"] for row in rows} == {"active"}
    for path in ("", "/export.csv"):
        assert pages.browser(counter.world.charlie).get(f"{pages.list}{path}").status_code == 404


def test_pages_of_a_long_list_hang_together(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.licences.routes import products

    monkeypatch.setattr(products, "PAGE", 2)
    pages.counter.terms()
    pages.counter.buy(5)
    seen, path = [], pages.list
    while path:
        page = pages.text(pages.counter.world.alice, path)
        seen += re.findall(r'licence-hint" href="[^"]*/licences/([^"]+)"', page)
        onward = re.search(r'href="([^"]*after=[^"]*)"[^>]*>(?:(?!</a>).)*Next', page, re.S)
        path = onward.group(1).replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen)) == 5


def test_one_key_is_edited_disabled_and_enabled_with_a_trail(pages: Pages) -> None:
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    counter.terms()
    key = counter.key(counter.buy())
    there = pages.licence()
    counter.ask("activate", key, fingerprint="laptop", name="Studio laptop")
    assert alice.post(f"{there}/limits", {"activation_limit": "0"}).status_code == 422
    assert alice.post(f"{there}/limits", {"activation_limit": "1", "expires_at": "2099-12-31"}).status_code == 303
    said = counter.ask("activate", key, fingerprint="second").get_json()["error"]["code"]
    assert said == "activation_limit_reached"
    assert counter.ask("validate", key).get_json()["licence"]["expires_at"] == "2099-12-31T23:59:59Z"
    assert alice.post(f"{there}/state", {"reason": " "}).status_code == 422
    assert alice.post(f"{there}/state", {"reason": "Shared on a forum"}).status_code == 303
    assert counter.ask("validate", key).get_json()["code"] == "licence_disabled"
    assert alice.post(f"{there}/state", {"reason": "Again"}).status_code == 409
    assert alice.post(f"{there}/state", {"do": "enable"}).status_code == 303
    page = alice.get(there).get_data(as_text=True)
    assert (
        "Shared on a forum" in page
        and "Studio laptop" in page
        and "Changed to 1 device, until 31 December 2099" in page
    )
    assert actions_of(counter)[1:] == ["licences.set_limits", "licences.disable", "licences.enable"]


def test_viewers_see_the_end_of_a_key_and_change_nothing(pages: Pages) -> None:
    counter, vera = pages.counter, pages.browser(pages.counter.world.vera)
    counter.terms()
    key = counter.key(counter.buy())
    there = pages.licence()
    page = vera.get(there).get_data(as_text=True)
    assert key not in page and key[-5:] in page
    for path, sent in ((f"{there}/state", {"reason": "x"}), (f"{there}/limits", {}), (f"{pages.list}/terms", {})):
        assert vera.post(path, sent).status_code == 403
    assert vera.get(f"{pages.list}/export.csv").status_code == 403
    assert counter.all()[0].disabled_at is None and counter.all()[0].version == 2


def test_the_order_shows_its_licences(pages: Pages) -> None:
    counter = pages.counter
    counter.terms()
    order = counter.buy()
    held = counter.licences(order)[0]
    page = pages.text(counter.world.vera, f"{pages.base}/orders/{order.number}")
    assert f"/orders/{order.id}/licences" in page
    card = pages.text(counter.world.vera, f"{pages.base}/orders/{order.id}/licences")
    assert f"/licences/{held.licence.id}" in card and held.key not in card


def test_a_buyer_frees_a_seat_and_carries_a_file_to_a_device_without_internet(pages: Pages) -> None:
    """By account; a stranger's browser finds nothing of it."""
    counter, fay = pages.counter, pages.browser(pages.counter.world.fay)
    counter.terms(activation_limit=1)
    order = counter.buy()
    key, licence = counter.key(order), counter.all()[0]
    home = f"/library/{licence.grant_id}"
    there = f"{home}/licences/{licence.id}"
    seat = counter.ask("activate", key, fingerprint="old", name="Old laptop").get_json()["activation"]["id"]
    assert "1 of 1 seat used" in fay.get(home).get_data(as_text=True)
    stranger = pages.browser(counter.world.bob)
    assert stranger.post(f"{there}/seats/{seat}/frees").status_code == 404
    assert stranger.get(f"{there}/seats/{seat}/file").status_code == 404
    assert [fay.post(f"{there}/seats/{seat}/frees").status_code for _ in range(2)] == [303, 303]
    assert "0 of 1 seat used" in fay.get(home).get_data(as_text=True)
    assert fay.get(f"{there}/seats/{seat}/file").status_code == 404, "the old device's seat is gone"
    assert fay.get(f"{there}/file").status_code == 422, "a file for every device would pass the limit"
    assert fay.post(f"{there}/seats", {"fingerprint": " "}).status_code == 422
    assert fay.post(f"{there}/seats", {"fingerprint": "CODE-7", "name": "Render box"}).status_code == 303
    page = fay.get(home).get_data(as_text=True)
    assert "Render box" in page
    link = re.search(rf'href="({re.escape(there)}/seats/[^"]+/file)"', page)
    assert link is not None
    sent = fay.get(link.group(1))
    assert sent.get_json()["format"] == "guildhall-licence-1"
    assert "attachment" in sent.headers["Content-Disposition"] and sent.headers["Cache-Control"] == "no-store"
    counter.refund(order, 1, 2000)
    assert fay.get(link.group(1)).status_code == 403
    closed = fay.get(home).get_data(as_text=True)
    assert "This was refunded, so the key is closed" in closed and key not in closed


def test_a_guest_opens_their_keys_by_the_link_of_the_receipt(pages: Pages) -> None:
    from app.orders import actions as orders
    from app.orders.models import OrderGroup

    counter = pages.counter
    counter.terms()
    group = place(counter.world, new_id(), (counter.product, 1), email="guest@guildhall.test")
    pay(group, counter.run_jobs)
    order = order_of(group, counter.shop)
    with db.system("test world") as session:
        token = orders.purchase_token(session.get_one(OrderGroup, order.group_id))
    guest = Browser(counter.app.test_client())
    home = f"/library/{counter.grant(order)}"
    assert guest.get(home).status_code == 404
    guest.get(f"/purchases/open/{token}", follow_redirects=True)
    assert counter.key(order) in guest.get(home).get_data(as_text=True)


def test_a_shop_says_what_comes_with_it_and_when_keys_are_late(pages: Pages) -> None:
    counter = pages.counter
    counter.terms(source="listed", activation_limit=2, valid_days=365)
    counter.stock("ONE")
    shop = f"/s/{counter.shop.slug}/{counter.product.slug}"
    client = counter.app.test_client()
    page = client.get(shop).get_data(as_text=True)
    assert "A licence key with it" in page and "2 devices · 365 days" in page and "follows by e-mail" not in page
    counter.buy()
    assert "follows by e-mail" in client.get(shop).get_data(as_text=True)
    with db.workspace(counter.world.north.id) as session:
        assert session.scalars(select(LicenceOffer.empty_since)).one() is not None
        assert session.scalars(select(Licence.issued_at)).one() is not None


def test_no_field_breaks_a_licence_page(pages: Pages) -> None:
    """Every route, with something odd in every field: answered in words, never with a 500."""
    from tests.security.test_malformed import NASTY

    counter = pages.counter
    counter.terms(source="listed", activation_limit=None)
    counter.stock("ONE")
    licence = counter.licences(counter.buy())[0].licence
    seat = counter.ask("activate", "ONE", fingerprint="a").get_json()["activation"]["id"]
    known = {
        "workspace": counter.world.north.slug,
        "product_id": str(counter.product.id),
        "licence_id": str(licence.id),
        "grant_id": str(licence.grant_id),
        "order_id": str(licence.order_id),
        "seat_id": seat,
        "signer_id": str(licence.id),
        "workspace_name": "x" * 300,
    }
    variant = counter.world.variant(counter.product).id
    names = ["q", "state", "after", "source", "prefix", "activation_limit", "valid_days", "lease_days", "warn_below"]
    names += ["keys", "expires_at", "reason", "do", "fingerprint", "name", "key", "product", "activation_id"]
    names += [f"{one}-{variant}" for one in ("terms", "limit", "days")]
    seller, buyer = pages.browser(counter.world.alice), pages.browser(counter.world.fay)
    broken = []
    for rule in counter.app.url_map.iter_rules():
        if not rule.endpoint.startswith(("licences.", "licence_api.")):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = re.sub(rf"<(?:[^<>:]+:)?{name}>", known[name], path)
        browser = seller if path.startswith("/w/") else buyer
        for text in NASTY[::3]:
            sent = dict.fromkeys(names, text)
            answer = browser.post(path, sent) if "POST" in rule.methods else browser.get(path, query_string=sent)
            broken += [(path, text[:20], answer.status_code)] if answer.status_code >= 500 else []
    assert broken == []
