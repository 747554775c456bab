"""The contract, continued: orders come in as they are, page by page, with their amounts, states and packages."""

from datetime import timedelta
from itertools import pairwise

import pytest

from app.channels.order_facts import PACKAGE_STATES
from tests.channels.stage import Scene, staged

every = staged()
OWN = {"platform_ships": False, "masked": False}


# --- orders come in
@every
def test_orders_are_read_to_the_end_while_they_move(scene: Scene) -> None:
    scene.product({"sku": "TEN-A4", "title": "A4", "price": 4200, "stock": 500, "options": {"Size": "A4"}})
    placed = [one["id"] for one in scene.door(f"{scene.base}/orders", sku="TEN-A4", times=113)]
    channel, (since, until), cursor, seen = scene.channel(), scene.window(), "", []
    for turn in range(20):
        page = channel.orders(since, until, cursor)
        seen += [one.id for one in page.items]
        if turn == 0:
            scene.door(
                f"{scene.base}/orders/{placed[0]}/cancel"
            )  # it changes while we read: it may come again, others must not vanish
            assert len(page.items) < 113
        cursor = page.cursor
        if not cursor:
            break
    assert set(seen) == set(placed) and not cursor


@every
def test_orders_outside_the_window_stay_away(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    since, until = scene.window()
    (ref,) = scene.channel().orders(since, until).items
    assert ref.id == order["id"]
    assert scene.channel().orders(since - timedelta(days=5), since).items == []
    if ref.updated_at is not None:
        assert since <= ref.updated_at < until


@every
def test_an_order_says_what_was_bought_and_paid(scene: Scene) -> None:
    product = scene.product()
    items = [{"sku": "TEN-A4", "quantity": 2}, {"sku": "TEN-A3", "quantity": 1}]
    platform = 50 if scene.stage.platform_discounts else 0
    order = scene.place(
        items=items, seller_discount=101, platform_discount=platform, delivery=500, note="Ring twice", **OWN
    )
    facts = scene.facts(order)
    assert (facts.id, facts.number, facts.state) == (order["id"], order["number"], "to_ship")
    assert facts.currency == order["currency"] and facts.status
    assert facts.amounts.total == order["total"] == 14_000 - 101 - platform + 500
    assert facts.amounts.delivery == 500
    found = {one.sku: one for one in facts.items}
    assert {sku: (one.quantity, one.cancelled, one.unit_minor) for sku, one in found.items()} == {
        "TEN-A4": (2, 0, 4200),
        "TEN-A3": (1, 0, 5600),
    }
    assert sum(one.total_minor for one in facts.items) == 14_000 - 101 - platform
    assert found["TEN-A4"].ref == scene.ref(product) and found["TEN-A4"].title
    assert len(found["TEN-A4"].ids) == (2 if scene.stage.units else 1)
    assert facts.paid_at is not None and facts.created_at <= facts.updated_at
    assert facts.paid_at.utcoffset() == timedelta(0)


@every
def test_an_order_says_where_it_goes(scene: Scene) -> None:
    scene.product()
    plain = scene.facts(scene.place(recipient={"name": "Ines Okafor", "line1": "12 Lantern Row"}, **OWN))
    assert (plain.recipient.name, plain.recipient.line1, plain.recipient.masked) == (
        "Ines Okafor",
        "12 Lantern Row",
        False,
    )
    assert plain.recipient.country and plain.recipient.postcode


@staged(lambda one: one.masks)
def test_a_masked_address_says_that_it_is(scene: Scene) -> None:
    scene.product()
    masked = scene.facts(scene.place(recipient={"name": "Ines Okafor", "phone": "+15035550142"}, masked=True)).recipient
    assert masked.masked and "Ines Okafor" not in masked.name and "5550142" not in masked.phone


@every
def test_money_without_decimals_stays_whole(scene: Scene) -> None:
    scene.open(currency=scene.stage.whole_currency)
    scene.product({"sku": "TEN-A4", "title": "A4", "price": 250_000, "stock": 9, "options": {"Size": "A4"}})
    facts = scene.facts(scene.place(2, delivery=15_000))
    assert (facts.currency, facts.amounts.total) == (scene.stage.whole_currency, 515_000)
    assert facts.items[0].unit_minor == 250_000


@every
@pytest.mark.parametrize(
    ("begun", "acts", "state"),
    [
        ("unpaid", (), "unpaid"),
        ("on_hold", (), "on_hold"),
        ("paid", (), "to_ship"),
        ("paid", ("arrange",), "awaiting_collection"),
        ("paid", ("arrange", "collect"), "in_transit"),
        ("paid", ("arrange", "collect", "deliver"), "delivered"),
        ("paid", ("arrange", "collect", "deliver", "complete"), "completed"),
        ("paid", ("cancel",), "cancelled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_states_are_ours(scene: Scene, begun: str, acts: tuple[str, ...], state: str) -> None:
    scene.product()
    order = scene.travel(scene.place(state=begun), *acts)
    shown = scene.stage.state(order["state"])
    facts = scene.facts(order)
    assert facts.state == shown, facts.status
    assert order["state"] == state or not order["platform_ships"]
    assert all(one.state in PACKAGE_STATES and one.state != "unknown" for one in facts.packages)
    assert (facts.paid_at is None) == (begun == "unpaid")


@every
def test_statuses_follow_each_other_forward_only(scene: Scene) -> None:
    scene.product()
    order, seen = scene.place(state="unpaid"), []
    for act in (None, "pay", "arrange", "collect", "deliver", "complete"):
        order = scene.travel(order, act) if act else order
        status = scene.facts(order).status
        seen += [] if seen and seen[-1] == status else [status]
    for before, after in pairwise(seen):
        assert scene.adapter.follows(before, after), (before, after)
        assert not scene.adapter.follows(after, before), (after, before)
    assert scene.adapter.follows(seen[0], seen[-1])


@staged(lambda one: one.retries)
def test_a_pick_up_that_failed_leads_back_legally(scene: Scene) -> None:
    scene.product()
    order = scene.act(scene.place(), "arrange")
    before = scene.facts(order)
    scene.act(order, "fail_pickup")
    after = scene.facts(order)
    assert (before.state, after.state) == (scene.stage.state("awaiting_collection"), "to_ship")
    assert scene.adapter.follows(before.status, after.status), (before.status, after.status)


@staged(lambda one: one.adapter.profile.answers_cancellations)
def test_a_wish_that_was_taken_back_leads_back_legally(scene: Scene) -> None:
    scene.product()
    order = scene.act(scene.place(), "ask_cancel")
    before = scene.facts(order)
    scene.act(order, "withdraw_cancel")
    after = scene.facts(order)
    assert (before.state, after.state) == ("cancel_requested", "to_ship")
    assert before.status == after.status or scene.adapter.follows(before.status, after.status)


@staged(lambda one: one.kits)
def test_a_bundle_names_its_parts(scene: Scene) -> None:
    product = scene.product()
    part = {"product": product["id"], "sku": product["skus"][0]["id"], "quantity": 3}
    kit = scene.product(
        {"sku": "KIT", "title": "Three", "price": 9900, "members": [part], "options": {"Set": "3"}}, title="Kit"
    )
    (listing,) = scene.channel().listing(kit["id"])
    assert listing.quantity == 3
    assert [(one.ref, one.quantity) for one in listing.members] == [(scene.ref(product), 3)]
    (item,) = scene.facts(scene.place(sku="KIT")).items
    assert item.quantity == 1 and item.ref == listing.ref
    assert [(one.ref, one.quantity) for one in item.members or listing.members] == [(scene.ref(product), 3)]


@every
def test_orders_that_do_not_exist_are_left_out(scene: Scene) -> None:
    scene.product()
    order = scene.place()
    found = scene.channel().read_orders([order["id"], f"{order['id']}9"])
    assert [one.id for one in found] == [order["id"]]
    assert list(scene.channel().read_orders([])) == []


@staged(lambda one: one.splits)
def test_a_split_order_has_two_packages_of_its_units(scene: Scene) -> None:
    scene.product()
    order = scene.act(scene.place(3), "split")
    facts = scene.facts(order)
    assert len({one.id for one in facts.packages}) == 2
    first, second = ({*one.items} for one in facts.packages)
    assert first and second and first | second <= {line for one in facts.items for line in one.ids}
    scene.travel(scene.act(order, "arrange", package=order["packages"][0]["id"]))
    assert scene.facts(order).state == scene.stage.state("part_shipped")


@staged(lambda one: one.combines)
def test_combined_packages_name_both_orders(scene: Scene) -> None:
    scene.product()
    home = {"name": "Ines", "line1": "1 Road", "postcode": "97209"}
    one, two = scene.place(recipient=home), scene.place(recipient=home)
    scene.door(f"{scene.base}/combine", orders=[one["id"], two["id"]])
    (package,) = scene.facts(one).packages
    assert {*package.orders} == {one["id"], two["id"]} and scene.facts(two).packages[0].id == package.id


@every
def test_units_that_were_cancelled_are_not_wanted_any_more(scene: Scene) -> None:
    scene.product()
    order = scene.place(3)
    line = order["lines"][0]["id"]
    body = {"lines": [{"line": line, "quantity": 1}], "reason": "Out of stock", "amount": 4200}
    scene.act(order, scene.stage.part_cancel, **body)
    facts = scene.facts(order)
    assert sum(one.active for one in facts.items) == 2 and sum(one.cancelled for one in facts.items) == 1
    assert facts.state == "to_ship"
