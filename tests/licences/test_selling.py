"""Keys are issued with the payment, once per unit; refunds and disputes close them, and their undoing opens them again."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db, mail
from app.core.outbox import OutboxEvent
from app.licences import keys
from app.licences.models import Licence, LicenceActivation, LicenceStock
from app.notifications.actions import render
from app.notifications.models import InboxItem
from app.orders import actions as orders
from app.orders.models import Order
from tests.licences.conftest import Counter
from tests.orders.selling import place


def mails(template: str) -> list[mail.Mail]:
    with db.system("test world") as session:
        return list(session.scalars(select(mail.Mail).where(mail.Mail.template == template).order_by(mail.Mail.id)))


def written(counter: Counter, one: mail.Mail) -> tuple[str, str]:
    """A letter as plain text and as HTML."""
    with counter.app.app_context():
        return render(one.template, one.context)[1:]


def test_each_unit_gets_its_key_in_the_receipt_and_the_library(counter: Counter) -> None:
    """One key per unit, in the mail that says that the money arrived, and wherever the buyer looks."""
    counter.terms()
    order = counter.buy(2)
    found = [one.key for one in counter.licences(order)]
    assert len(set(found)) == 2 and all(keys.canonical(key.lower().replace("-", " ")) == key for key in found)
    text, html = written(counter, mails("receipt")[0])
    assert all(key in text and key in html for key in found)
    buyer = counter.world.sign_in(counter.app.test_client(), counter.world.fay)
    library = buyer.get(f"/library/{counter.grant(order)}").get_data(as_text=True)
    done = buyer.get(f"/checkout/{order.group_id}/done").get_data(as_text=True)
    assert all(key in library and key in done for key in found) and "0 of 3 seats used" in library
    stranger = counter.world.sign_in(counter.app.test_client(), counter.world.bob)
    assert stranger.get(f"/library/{counter.grant(order)}").status_code == 404


def test_paying_twice_issues_once_and_buying_again_issues_anew(counter: Counter) -> None:
    counter.terms()
    order = counter.buy(3)
    with db.workspace(counter.world.north.id):
        again = orders.mark_paid(db.get(Order, order.id))
    assert not again and len(counter.all()) == 3
    assert counter.key(counter.buy()) not in {one.key for one in counter.licences(order)}


def test_nothing_is_issued_before_the_money_is_here_or_when_it_is_off(counter: Counter) -> None:
    counter.terms()
    place(counter.world, counter.world.fay.id, (counter.product, 1))
    other = counter.world.product(counter.shop, "Plain pack", ships=False, downloads=True)
    counter.buy(product=other)
    assert counter.all() == []


def test_a_key_is_stored_as_nothing_that_opens_a_program(counter: Counter) -> None:
    """A copy of the database holds no key: what is looked up is an HMAC, what is shown is encrypted."""
    counter.terms()
    key = counter.key(counter.buy())
    row = counter.all()[0]
    assert key not in repr(vars(row)) and row.sealed.startswith("v1.") and len(row.digest or "") == 64


def test_a_refund_of_some_units_closes_as_many_keys_newest_and_unused_first(counter: Counter) -> None:
    counter.terms()
    order = counter.buy(4)
    assert counter.ask("activate", counter.key(order, 4), fingerprint="d4").status_code == 201
    counter.refund(order, 2, 4000)
    assert counter.states(order) == ["active", "revoked", "revoked", "active"]
    counter.refund(order, 1, 2000)
    assert counter.states(order) == ["revoked", "revoked", "revoked", "active"], "who works goes on working"
    counter.undo_refund(order)
    assert counter.states(order) == ["active", "revoked", "revoked", "active"]
    assert counter.ask("validate", counter.key(order, 2)).get_json()["code"] == "licence_revoked"


def test_a_whole_refund_closes_everything_and_its_failure_gives_all_back(counter: Counter) -> None:
    counter.terms()
    order = counter.buy(2)
    key = counter.key(order)
    counter.ask("activate", key, fingerprint="laptop")
    counter.refund(order, 2, 4000)
    said = counter.ask("validate", key, fingerprint="laptop").get_json()
    assert (said["valid"], said["code"], said["file"]) == (False, "licence_revoked", None)
    assert counter.ask("activate", key, fingerprint="laptop").status_code == 403
    counter.undo_refund(order)
    assert counter.states(order) == ["active", "active"]
    assert counter.ask("validate", key, fingerprint="laptop").get_json()["valid"] is True, "the seat was never lost"


@pytest.mark.parametrize(("status", "state"), [("won", "active"), ("lost", "revoked")])
def test_a_dispute_takes_keys_while_it_lasts(counter: Counter, status: str, state: str) -> None:
    counter.terms()
    order = counter.buy(2)
    counter.refund(order, 1, 2000)
    with db.workspace(counter.world.north.id):
        row = db.get(Order, order.id)
        orders.dispute_moved(row, "needs_response", "")
        assert counter.states(order) == ["revoked", "revoked"]
        orders.dispute_moved(row, status, "needs_response")
    assert counter.states(order) == [state, "revoked"], "the refunded unit stays closed"


def test_a_list_gives_its_keys_in_order_and_warns_before_it_is_empty(counter: Counter) -> None:
    counter.terms(source="listed", warn_below=2)
    assert counter.stock("AAA-1", "AAA-2", "AAA-3").added == 3
    first, second = counter.buy(), counter.buy()
    assert (counter.key(first), counter.key(second)) == ("AAA-1", "AAA-2")
    with db.system("test world") as session:
        told = session.scalars(select(InboxItem).where(InboxItem.kind == "licences.low")).all()
    assert {one.user_id for one in told} == {
        counter.world.alice.id,
        counter.world.ada.id,
        counter.world.bob.id,
    }, "everybody who can do something about it"
    assert "1 licence key left for Brush engine" in told[0].title


def test_an_empty_list_owes_the_key_and_the_next_import_settles_it(counter: Counter) -> None:
    """Nothing that was paid for gets lost: the buyer reads that it follows, and hears at once when it is there."""
    counter.terms(source="listed")
    counter.stock("ONLY-ONE")
    order = counter.buy(3)
    assert counter.states(order) == ["active", "owed", "owed"]
    text, _ = written(counter, mails("receipt")[0])
    assert "ONLY-ONE" in text and "2 of your licence keys are on the way" in text
    counter.stock("LATE-1", "ONLY-ONE")
    assert counter.states(order) == ["active", "active", "owed"]
    ready = mails("licence_ready")
    assert [one.to for one in ready] == [order.buyer_email] and "LATE-1" in written(counter, ready[0])[0]
    counter.terms(source="generated")
    counter.jobs()
    assert counter.states(order) == ["active"] * 3, "switching to made keys settles what is owed"
    assert len(mails("licence_ready")) == 2


def test_an_owed_key_goes_to_the_address_that_the_purchase_has_by_then(counter: Counter) -> None:
    counter.terms(source="listed")
    order = counter.buy()
    assert counter.states(order) == ["owed"]
    orders.ask_email(order.group_id, "new@reader.test")
    for template in ("change_address_old", "change_address_new"):
        orders.agree(mails(template)[0].context["token"])
    counter.stock("LATE-1")
    assert [one.to for one in mails("licence_ready")] == ["new@reader.test"]


def test_a_refunded_buyer_takes_no_key_off_the_list_until_it_is_undone(counter: Counter) -> None:
    counter.terms(source="listed")
    order = counter.buy(1)
    counter.refund(order, 1, 2000)
    counter.stock("LATE-1")
    assert counter.states(order) == ["revoked"] and left() == 1
    counter.undo_refund(order)
    counter.run_jobs()
    assert counter.states(order) == ["active"] and left() == 0


def left() -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).select_from(LicenceStock)) or 0


def test_terms_of_a_variant_and_an_expiry_are_those_of_the_purchase(counter: Counter) -> None:
    from app.licences.actions import VariantTerms

    variant = counter.world.variant(counter.product)
    counter.terms(variants={variant.id: VariantTerms(True, 1, 30)})
    order = counter.buy()
    counter.terms(activation_limit=9, variants={variant.id: VariantTerms(False, None, None)})
    held = counter.licences(order)[0]
    days = (held.expires_at - held.licence.issued_at).days  # type: ignore[operator]
    assert (held.licence.activation_limit, days) == (1, 30)
    assert counter.licences(counter.buy()) == []
    with db.at(db.now().replace(year=db.now().year + 1)):
        assert counter.states(order) == ["expired"]
        assert counter.ask("activate", held.key, fingerprint="x").get_json()["error"]["code"] == "licence_expired"


def test_a_licence_alone_is_enough_to_sell(counter: Counter, world: Any) -> None:
    """No file: it can be listed, stands in the library, and is not called gone."""
    from app.catalogue import queries as catalogue
    from app.catalogue.models import Product

    bare = world.product(counter.shop, "Key only", ships=False, downloads=False, state="draft")
    with db.workspace(world.north.id):
        product = db.lock(db.get(Product, bare.id))
        product.downloads = True
        assert not all(one.ok for one in catalogue.listing_checklist(product) if one.part == "file")
    counter.product = bare
    counter.terms()
    with db.workspace(world.north.id):
        product = db.lock(db.get(Product, bare.id))
        assert all(one.ok for one in catalogue.listing_checklist(product) if one.part == "file")
        product.state = "listed"
    order = counter.buy()
    page = world.sign_in(counter.app.test_client(), world.fay).get(f"/library/{counter.grant(order)}")
    assert counter.key(order) in page.get_data(as_text=True) and "taken these files down" not in page.get_data(
        as_text=True
    )


def test_changes_are_told_to_open_pages(counter: Counter) -> None:
    counter.terms()
    order = counter.buy()
    counter.ask("activate", counter.key(order), fingerprint="laptop")
    with db.system("test world") as session:
        rows = session.scalars(
            select(OutboxEvent).where(OutboxEvent.name == "licences.LicenceChanged").order_by(OutboxEvent.id)
        ).all()
        assert [row.payload["change"] for row in rows] == ["issued", "activated"]
        assert rows[0].topics == [f"order:{order.id}"]
        assert session.scalar(select(func.count()).select_from(LicenceActivation)) == 1
        assert session.scalar(select(func.count()).select_from(Licence)) == 1
