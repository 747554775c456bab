"""Codes: made, changed and ended by their seller; each state in words; and the cart honours every term."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.catalogue import actions, codes
from app.catalogue.models import DeliveryRate, Discount
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.money import Money
from app.orders.models import Order
from app.storefront import pricing
from app.storefront.pricing import Wanted
from tests.catalogue.editing import Editor, questions
from tests.storefront.conftest import Shopper

ALICE = Actor("person", "Alice")


def code(editor: Editor, name: str = "AUTUMN") -> Discount:
    with db.workspace(editor.world.north.id) as session:
        rows = select(Discount).where(Discount.code == name).execution_options(populate_existing=True)
        return session.scalars(rows).one()


def make(editor: Editor, **typed: Any) -> Any:
    sent = {"shop": str(editor.shop.id), "code": "autumn", "kind": "percent", "value": "10", "applies": "all"}
    return editor.post(f"{editor.base}/discounts", **sent | typed)


def test_all_terms_reach_the_code(editor: Editor) -> None:
    answer = make(
        editor,
        value="12.5",
        applies="chosen",
        products=str(editor.product.id),
        min_total="20",
        max_uses="5",
        once_per_buyer="y",
        starts_on="2026-12-01",
        ends_on="2026-12-24",
    )
    assert answer.status_code == 303
    made = code(editor)
    assert (made.kind, made.value, made.product_ids) == ("percent", 1250, [editor.product.id])
    assert (made.min_total_minor, made.max_uses, made.once_per_buyer) == (2000, 5, True)
    assert f"{made.starts_at:%Y-%m-%d %H:%M} {made.ends_at:%Y-%m-%d %H:%M}" == "2026-12-01 00:00 2026-12-24 23:59"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"code": "no"}, "code"),
        ({"code": "with/slash"}, "code"),
        ({"value": ""}, "value"),
        ({"value": "0"}, "value"),
        ({"value": "101"}, "value"),
        ({"value": "12.345"}, "value"),
        ({"kind": "amount", "value": "-3"}, "value"),
        ({"min_total": "lots"}, "min_total"),
        ({"max_uses": "0"}, "max_uses"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"starts_on": "2026-12-24", "ends_on": "2026-12-01"}, "ends_on"),
        ({"applies": "chosen"}, "products"),
        ({"kind": "free"}, "kind"),
    ],
)
def test_terms_that_cannot_be_are_refused_and_stay_typed(editor: Editor, typed: Any, field: str) -> None:
    answer = make(editor, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in page or field == "products"
    assert "field-error" in page
    assert editor.count(Discount) == 0


def test_products_of_another_shop_are_refused(editor: Editor) -> None:
    other = editor.world.product(editor.world.shop(editor.world.north, "Second"), "Elsewhere")
    answer = make(editor, applies="chosen", products=str(other.id))
    assert answer.status_code == 422
    assert editor.count(Discount) == 0


def test_a_code_exists_once_per_shop(editor: Editor) -> None:
    make(editor)
    answer = make(editor, code=" Autumn ")
    assert (answer.status_code, "exists already" in answer.get_data(as_text=True)) == (422, True)
    assert editor.count(Discount) == 1


def test_a_code_is_changed_and_its_limit_cannot_drop_below_its_uses(editor: Editor) -> None:
    make(editor)
    path = f"{editor.base}/discounts/{code(editor).id}"
    with db.workspace(editor.world.north.id):
        for n in range(2):
            actions.use_discount(code(editor), new_id(), f"fay{n}@example.test")
    answer = editor.post(path, kind="percent", value="20", max_uses="1")
    assert (answer.status_code, "2 orders used it" in answer.get_data(as_text=True)) == (422, True)
    assert editor.post(path, kind="amount", value="3", max_uses="2").status_code == 303
    assert (code(editor).kind, code(editor).value, code(editor).max_uses) == ("amount", 300, 2)
    assert "fay0@example.test" in editor.page(path)


def test_ending_is_at_once(editor: Editor) -> None:
    make(editor, starts_on="2040-01-01")
    editor.post(f"{editor.base}/discounts/{code(editor).id}/end")
    assert codes.standing(code(editor), db.now()).label == "Ended"
    assert "Ended" in editor.page(f"{editor.base}/discounts")


def made(**terms: Any) -> Discount:
    fields = {
        "code": "CODE",
        "kind": "percent",
        "value": 1000,
        "product_ids": [],
        "min_total_minor": 0,
        "used_count": 0,
    }
    return Discount(**fields | terms)


def test_every_state_has_words() -> None:
    now = db.now()
    day = timedelta(days=1)
    said = [
        codes.standing(one, now)
        for one in (
            made(),
            made(max_uses=10, used_count=3, ends_at=now + day),
            made(starts_at=now + day),
            made(ends_at=now - day),
            made(max_uses=3, used_count=3),
        )
    ]
    assert [one.label for one in said] == ["Running", "Running", "Not started", "Ended", "Used up"]
    assert said[0].words == "Not used yet, with no end."
    assert said[1].words.startswith("3 of 10 used, until")


def test_the_list_narrows_by_state_and_counts(editor: Editor) -> None:
    make(editor, code="RUNNING")
    make(editor, code="LATER", starts_on="2040-01-01")
    make(editor, code="OVER", ends_on="2020-01-01")
    page = f"{editor.base}/discounts"
    for view, only in (("running", "RUNNING"), ("scheduled", "LATER"), ("ended", "OVER")):
        text = editor.page(f"{page}?view={view}")
        assert [name for name in ("RUNNING", "LATER", "OVER") if f">{name}</a>" in text] == [only]
    assert ">LATER</a>" in editor.page(f"{page}?q=late")
    assert "No code matches" in editor.page(f"{page}?q=zzz")


def test_pages_of_codes_follow_each_other_and_ask_as_much_as_one(editor: Editor) -> None:
    make(editor)
    few = questions(editor.client, f"{editor.base}/discounts")
    with db.workspace(editor.world.north.id):
        for n in range(60):
            actions.create_discount(ALICE, editor.shop, f"CODE{n}", "percent", 1000, product_ids=[editor.product.id])
    assert questions(editor.client, f"{editor.base}/discounts") <= few + 1
    first = editor.page(f"{editor.base}/discounts")
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = editor.page(f"{editor.base}/discounts{following}")
    seen = [
        [name for name in [*(f"CODE{n}" for n in range(60)), "AUTUMN"] if f">{name}</a>" in page]
        for page in (first, second)
    ]
    assert (len(seen[0]), len(seen[1]), set(seen[0]) & set(seen[1])) == (50, 11, set())


LINES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 20), st.booleans()), min_size=1, max_size=8)


def wanted(lines: Any) -> list[Wanted]:
    return [Wanted(new_id(), new_id(), Money(unit, "USD"), quantity, ships) for unit, quantity, ships in lines]


@given(LINES, st.integers(0, 5000), st.integers(0, 500))
def test_free_delivery_takes_the_whole_delivery_and_nothing_else(lines: Any, price: int, each: int) -> None:
    rate = DeliveryRate(name="Post", price_minor=price, per_item_minor=each, currency="USD")
    rows = wanted(lines)
    free = pricing.seller_total(rows, "USD", made(kind="delivery", value=0), rate)
    assert (free.delivery.minor, free.discount.minor) == (0, 0)
    assert free.total == free.subtotal
    assert pricing.delivery_cost(rate, free).minor == 0


def refusal(discount: Discount, rows: list[Wanted]) -> str:
    return pricing.refusal(discount, rows, "Corner", "USD", db.now())


def test_each_term_refuses_in_words_and_only_when_it_should() -> None:
    now, day = db.now(), timedelta(days=1)
    rows = wanted([(1000, 2, True), (500, 1, False)])
    assert refusal(made(), rows) == ""
    assert (
        refusal(made(starts_at=now - day, ends_at=now + day, max_uses=2, used_count=1, min_total_minor=2500), rows)
        == ""
    )
    for discount, words in (
        (made(starts_at=now + day), "starts on"),
        (made(ends_at=now - day), "ended on"),
        (made(max_uses=2, used_count=2), "used up"),
        (made(min_total_minor=2501), "$0.01 more to go"),
        (made(product_ids=[new_id()]), "other things"),
    ):
        assert words in refusal(discount, rows)
    assert refusal(made(product_ids=[rows[0].product_id]), rows) == ""
    assert refusal(made(kind="delivery", value=0), rows) == ""
    assert "nothing here is sent" in refusal(made(kind="delivery", value=0), rows[1:])


def test_free_delivery_and_the_use_of_it_reach_the_order(editor: Editor, world: Any, app: Any) -> None:
    make(editor, code="POSTFREE", kind="delivery", value="", max_uses="1", min_total="15")
    print_ = world.product(editor.shop, "Print", price=2000)
    buyer = Shopper(app.test_client())
    buyer.add(editor.shop, print_, world.variant(print_))
    buyer.post("/cart/codes", shop=str(editor.shop.id), discount="postfree")
    assert "POSTFREE makes delivery free" in buyer.get("/cart").text
    checkout = buyer.ready()
    assert "Pay $20.00" in buyer.get("/checkout").text
    buyer.pay(checkout)
    with db.workspace(world.north.id) as session:
        order = session.scalars(select(Order)).one()
    assert (order.delivery_minor, order.discount_minor, order.total_minor, order.discount_code) == (
        0,
        0,
        2000,
        "POSTFREE",
    )
    assert code(editor, "POSTFREE").used_count == 1


def test_a_viewer_reads_codes_and_makes_none(world: Any, client: Any) -> None:
    viewer = Editor(world, client, world.vera)
    assert viewer.client.get(f"{viewer.base}/discounts").status_code == 200
    assert make(viewer).status_code == 403
    assert viewer.count(Discount) == 0
