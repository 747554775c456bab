"""Orders move with their money, and every part of the house moves with them."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.core.actor import Actor
from app.core.mail import Mail
from app.core.money import Money
from app.inventory.models import StockLevel
from app.orders import actions as orders
from app.orders.models import OrderEvent, OrderLine
from app.payments.models import LedgerEntry, Refund
from tests.asked import statements
from tests.orders.selling import fail, order_of, pay, place, settle_refund
from tests.world import World

ALICE = Actor("person", "Alice")


@pytest.fixture
def market(world: World) -> dict[str, Any]:
    """A print that ships and a pack that downloads, from two sellers."""
    prints, packs = world.shop(world.north, "Prints"), world.shop(world.other, "Packs")
    return {
        "prints": prints,
        "packs": packs,
        "print": world.product(prints, "Nebula", stock=5),
        "pack": world.product(packs, "Sea glass", ships=False, downloads=True, price=1300),
    }


def stock(market: dict[str, Any], world: World) -> tuple[int, int]:
    with db.workspace(world.north.id) as session:
        row = session.scalars(
            select(StockLevel)
            .where(StockLevel.variant_id == world.variant(market["print"]).id)
            .execution_options(populate_existing=True)
        ).one()
        return row.on_hand, row.reserved


def grants(world: World) -> list[Grant]:
    with db.workspace(world.other.id) as session:
        return list(session.scalars(select(Grant).execution_options(populate_existing=True)))


def lines(order: Any) -> list[OrderLine]:
    with db.workspace(order.workspace_id) as session:
        return list(
            session.scalars(
                select(OrderLine).where(OrderLine.order_id == order.id).execution_options(populate_existing=True)
            )
        )


def mails(template: str) -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).where(Mail.template == template)) or 0


def test_one_payment_makes_one_order_for_each_seller(world: World, market: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (market["print"], 2), (market["pack"], 1))
    assert stock(market, world) == (5, 2)
    assert grants(world) == []
    pay(group, run_jobs)
    first, second = order_of(group, market["prints"]), order_of(group, market["packs"])
    assert (first.payment_state, first.fulfilment_state, first.total_minor) == ("paid", "unfulfilled", 4500)
    assert (second.payment_state, second.fulfilment_state, second.total_minor) == ("paid", "none_needed", 1300)
    assert stock(market, world) == (3, 0)
    assert [grant.buyer_id for grant in grants(world)] == [world.fay.id]
    assert mails("receipt") == 1


def test_paying_twice_changes_nothing_more(world: World, market: Any, run_jobs: Any) -> None:
    """T2, T3: the success page and the webhook, or two webhooks."""
    group = place(world, world.fay.id, (market["print"], 1), (market["pack"], 1))
    for _ in range(3):
        pay(group, run_jobs)
    assert stock(market, world) == (4, 0)
    assert len(grants(world)) == 1
    assert mails("receipt") == 1
    with db.workspace(world.north.id) as session:
        sales = session.scalar(select(func.count()).where(LedgerEntry.account == "sales"))
    assert sales == 1


@pytest.mark.parametrize("outcome", ["expired", "failed", "cancelled"])
def test_an_unpaid_order_gives_its_stock_back(world: World, market: Any, run_jobs: Any, outcome: str) -> None:
    """T12: nothing is sold, nobody gets a receipt."""
    group = place(world, world.fay.id, (market["print"], 2))
    fail(group, run_jobs, outcome)
    assert stock(market, world) == (5, 0)
    assert order_of(group, market["prints"]).state == "cancelled"
    assert mails("receipt") == 0


def test_money_that_arrives_after_the_end_goes_back(world: World, market: Any, run_jobs: Any) -> None:
    """T14: never silently kept, never revived."""
    group = place(world, world.fay.id, (market["print"], 2))
    fail(group, run_jobs)
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    assert order.state == "cancelled"
    assert stock(market, world) == (5, 0)
    with db.workspace(world.north.id) as session:
        assert [refund.amount_minor for refund in session.scalars(select(Refund))] == [order.total_minor]


def test_numbers_count_up_per_workspace(world: World, market: Any) -> None:
    numbers = [order_of(place(world, world.fay.id, (market["pack"], 1)), market["packs"]).number for _ in range(3)]
    assert numbers == [1001, 1002, 1003]


def test_sending_in_two_parcels(world: World, market: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (market["print"], 3))
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    line = lines(order)[0]
    with db.workspace(world.north.id):
        orders.fulfil(ALICE, order, {line.id: 1}, "Post", "AB1")
    assert order_of(group, market["prints"]).fulfilment_state == "part_fulfilled"
    with pytest.raises(orders.NothingToSend), db.workspace(world.north.id):
        orders.fulfil(ALICE, order, {line.id: 3})
    assert lines(order)[0].fulfilled_quantity == 1
    with db.workspace(world.north.id):
        orders.fulfil(ALICE, order, {line.id: 2})
    assert order_of(group, market["prints"]).fulfilment_state == "fulfilled"
    assert mails("order_shipped") == 2


def test_an_unpaid_order_cannot_be_sent(world: World, market: Any) -> None:
    order = order_of(place(world, world.fay.id, (market["print"], 1)), market["prints"])
    with pytest.raises(orders.CannotSend), db.workspace(world.north.id):
        orders.fulfil(ALICE, order, {lines(order)[0].id: 1})
    assert lines(order)[0].fulfilled_quantity == 0


def test_a_refund_is_promised_once_per_key_and_never_beyond_the_line(world: World, market: Any, run_jobs: Any) -> None:
    """T26, T27: a double click is one refund; partial refunds never add up to more than was paid."""
    group = place(world, world.fay.id, (market["print"], 2))
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    line = lines(order)[0]
    half = {line.id: orders.RefundLine(1, Money(2000, "USD"))}
    with db.workspace(world.north.id):
        ids = {
            orders.refund(ALICE, order, half, Money.zero("USD"), "requested_by_customer", "", True, "key-1")
            for _ in range(2)
        }
    assert len(ids) == 1
    assert (lines(order)[0].refunded_minor, order_of(group, market["prints"]).payment_state) == (2000, "part_refunded")
    too_much = {line.id: orders.RefundLine(1, Money(2001, "USD"))}
    with pytest.raises(orders.TooMuch), db.workspace(world.north.id):
        orders.refund(ALICE, order, too_much, Money.zero("USD"), "requested_by_customer", "", False, "key-2")
    assert lines(order)[0].refunded_minor == 2000


def test_the_same_key_with_another_amount_is_refused(world: World, market: Any, run_jobs: Any) -> None:
    from app.core.idempotency import KeyReused

    group = place(world, world.fay.id, (market["print"], 2))
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    line = lines(order)[0]
    with db.workspace(world.north.id):
        orders.refund(
            ALICE, order, {line.id: orders.RefundLine(1, Money(100, "USD"))}, Money.zero("USD"), "x", "", False, "key"
        )
        with pytest.raises(KeyReused):
            orders.refund(
                ALICE,
                order,
                {line.id: orders.RefundLine(1, Money(200, "USD"))},
                Money.zero("USD"),
                "x",
                "",
                False,
                "key",
            )
    assert lines(order)[0].refunded_minor == 100


def test_a_refund_that_arrived_restocks_and_ends_access_and_one_that_failed_returns_it(
    world: World, market: Any, run_jobs: Any
) -> None:
    """T30, T33: by line; what fails later is taken back."""
    group = place(world, world.fay.id, (market["print"], 2), (market["pack"], 1))
    pay(group, run_jobs)
    first, second = order_of(group, market["prints"]), order_of(group, market["packs"])
    with db.workspace(world.north.id):
        what = {lines(first)[0].id: orders.RefundLine(1, Money(2000, "USD"))}
        orders.refund(ALICE, first, what, Money.zero("USD"), "requested_by_customer", "", True, "one")
    with db.workspace(world.other.id):
        what = {lines(second)[0].id: orders.RefundLine(1, Money(1300, "USD"))}
        orders.refund(ALICE, second, what, Money.zero("USD"), "requested_by_customer", "", False, "two")
    assert (stock(market, world), [grant.revoked_at for grant in grants(world)]) == ((3, 0), [None])
    for order in (first, second):
        settle_refund(order, "succeeded", run_jobs)
        settle_refund(order, "succeeded", run_jobs)
    assert stock(market, world) == (4, 0)
    assert [grant.revoked_for for grant in grants(world)] == ["refund"]
    assert mails("order_refunded") == 2
    settle_refund(second, "failed", run_jobs)
    assert [grant.revoked_for for grant in grants(world)] == [None]
    assert order_of(group, market["packs"]).refunded_minor == 0


def sold(product: Product) -> int:
    with db.workspace(product.workspace_id) as session:
        return session.scalars(select(Product.sold_count).where(Product.id == product.id)).one()


def test_what_a_product_sold_follows_payments_and_refunds(world: World, market: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (market["print"], 3), (market["pack"], 1))
    assert (sold(market["print"]), sold(market["pack"])) == (0, 0)
    pay(group, run_jobs)
    pay(group, run_jobs)
    assert (sold(market["print"]), sold(market["pack"])) == (3, 1)
    order = order_of(group, market["prints"])
    with db.workspace(world.north.id):
        what = {lines(order)[0].id: orders.RefundLine(2, Money(4000, "USD"))}
        orders.refund(ALICE, order, what, Money.zero("USD"), "requested_by_customer", "", True, "one")
    assert sold(market["print"]) == 1
    settle_refund(order, "failed", run_jobs)
    assert (sold(market["print"]), sold(market["pack"])) == (3, 1)


def test_a_preview_names_everything_and_changes_nothing(world: World, market: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (market["pack"], 1))
    pay(group, run_jobs)
    order = order_of(group, market["packs"])
    line = lines(order)[0]
    with db.workspace(world.other.id):
        found = orders.refund_preview(
            order, {line.id: orders.RefundLine(1, Money(1300, "USD"))}, Money.zero("USD"), True
        )
    words = " ".join(one.text for one in found)
    assert "buyer gets back" in words
    assert "Downloads end" in words
    assert found[0].amount == Money(1300, "USD")
    assert lines(order)[0].refunded_minor == 0


@pytest.mark.parametrize(
    ("units", "restock", "words"),
    [(1, True, "1 unit goes back into stock"), (2, False, "2 units are not restocked")],
)
def test_a_preview_counts_what_was_shipped(
    world: World, market: Any, run_jobs: Any, units: int, restock: bool, words: str
) -> None:
    group = place(world, world.fay.id, (market["print"], 2))
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    what = {lines(order)[0].id: orders.RefundLine(units, Money(2000 * units, "USD"))}
    with db.workspace(world.north.id):
        found = [one.text for one in orders.refund_preview(order, what, Money.zero("USD"), restock)]
    assert words in found and not any("Downloads" in text for text in found)


def test_guests_purchases_are_claimed_and_other_peoples_are_not(world: World, market: Any, run_jobs: Any) -> None:
    from app.core.ids import new_id

    guest, email = new_id(), "later@guildhall.test"
    mine = place(world, guest, (market["pack"], 1), email=email)
    same_guest = place(world, guest, (market["pack"], 1), email="someone.else@guildhall.test")
    bobs = place(world, world.bob.id, (market["pack"], 1), email=email)
    for group in (mine, same_guest, bobs):
        pay(group, run_jobs)
    assert orders.claim(world.fay.id, email.upper()) == 1
    owners = {grant.order_id: grant.buyer_id for grant in grants(world)}
    assert owners[order_of(mine, market["packs"]).id] == world.fay.id
    assert owners[order_of(same_guest, market["packs"]).id] == guest
    assert owners[order_of(bobs, market["packs"]).id] == world.bob.id


def test_the_timeline_says_who_did_what(world: World, market: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (market["print"], 1))
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    with db.workspace(world.north.id) as session:
        orders.add_note(Actor("person", "Bob", world.bob.id), order, "Wrap it twice")
        told = [
            (row.kind, row.actor_name)
            for row in session.scalars(
                select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
            )
        ]
    assert told == [("order", "Fay"), ("money", "Stripe"), ("note", "Bob")]


def test_the_list_asks_a_fixed_number_of_questions(world: World, market: Any, run_jobs: Any, client: Any) -> None:
    world.sign_in(client, world.alice)

    def questions() -> int:
        with statements() as asked:
            assert client.get(f"/w/{world.north.slug}/orders?view=all").status_code == 200
        return len(asked)

    place(world, world.fay.id, (market["print"], 1))
    few = questions()
    for _ in range(3):
        place(world, world.fay.id, (market["print"], 1))
    assert questions() == few


def test_a_viewer_sees_and_cannot_do(world: World, market: Any, run_jobs: Any, client: Any) -> None:
    group = place(world, world.fay.id, (market["print"], 1))
    pay(group, run_jobs)
    order = order_of(group, market["prints"])
    page = world.sign_in(client, world.vera).get(f"/w/{world.north.slug}/orders/{order.number}")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "Nebula" in text
    assert "Mark as sent" not in text
    assert "/refunds/new" not in text
    assert client.get(f"/w/{world.north.slug}/orders/{order.number}/refunds/new").status_code == 403


def test_the_export_holds_the_view_and_no_formula(world: World, run_jobs: Any, client: Any) -> None:
    shop = world.shop(world.north)
    evil = world.product(shop, '=HYPERLINK("http://evil")', stock=3)
    pay(place(world, world.fay.id, (evil, 1), email="+cmd@guildhall.test"), run_jobs)
    answer = world.sign_in(client, world.bob).get(f"/w/{world.north.slug}/orders/export.csv?view=all")
    text = answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "'+cmd@guildhall.test" in text
    assert not any(cell.startswith(("=", "@")) for line in text.splitlines() for cell in line.split(","))


def test_an_invoice_is_a_pdf_with_its_own_font(world: World, market: Any, run_jobs: Any, client: Any) -> None:
    import io

    import pikepdf

    group = place(world, world.fay.id, (market["print"], 2))
    pay(group, run_jobs)
    number = order_of(group, market["prints"]).number
    answer = world.sign_in(client, world.fay).get(f"/purchases/{group}/invoice/{number}.pdf")
    assert answer.status_code == 200
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        fonts = pdf.pages[0].Resources.Font
        assert all(
            "/FontFile2" in fonts[name].get("/FontDescriptor", {})
            for name in fonts
            if fonts[name].get("/Subtype") == "/TrueType"
        )
    assert world.sign_in(client, world.charlie).get(f"/purchases/{group}/invoice/{number}.pdf").status_code == 404


def test_a_guest_opens_the_purchase_by_its_link(world: World, market: Any, run_jobs: Any, client: Any) -> None:
    from app.core.ids import new_id
    from app.orders.models import OrderGroup

    guest = new_id()
    group = place(world, guest, (market["pack"], 1), email="guest@guildhall.test")
    pay(group, run_jobs)
    assert client.get(f"/purchases/{group}").status_code == 404
    with db.system("test world") as session:
        token = orders.purchase_token(session.get_one(OrderGroup, group))
    assert client.get(f"/purchases/open/{token[:-2]}xx").status_code == 410
    assert client.get(f"/purchases/open/{token}").status_code == 303
    assert "Sea glass" in client.get(f"/purchases/{group}").get_data(as_text=True)
