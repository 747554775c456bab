"""A demo that was cut off goes on where it stopped, and ends as the same world."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.seeds.despatch import SENT
from tests.seeds.conftest import CHECKOUTS, Town

CUTS = ((7, 0.0), (26, 0.3), (32, 0.2), (33, 0.05), (38, 0.3), (44, 0.1))
"""Kill after so many lines, and so many seconds later: among people, products, twice among orders, twice among parcels."""
WORLD = {
    "people": "select email, email_confirmed_at is not null from users order by 1",
    "members": "select w.slug, u.email, m.role from members m join workspaces w on w.id = m.workspace_id join users u on u.id = m.user_id order by 1, 2",
    "invitations": "select count(*), count(accepted_at) from invitations",
    "communities": "select slug, name, state from communities order by 1",
    "rooms": "select slug, audience, threads, archived_at is not null from forum_categories order by 1, 2, 3",
    "talks": "select title, posts, score, accepted_id is not null, pinned_at is not null from forum_threads order by 1",
    "answers": "select count(*) from product_answers",
    "shops": "select slug, state from shops order by 1",
    "delivery": "select count(*), sum(price_minor) from delivery_rates",
    "codes": "select count(*) from discounts",
    "products": "select p.slug, p.state, (select count(*) from variants v where v.product_id = p.id), (select count(*) from files f where f.product_id = p.id) from products p order by 1",
    "pictures": "select p.slug, m.position, m.state, m.alt from media m join products p on p.id = m.product_id order by 1, 2",
    "stock": "select p.title, v.position, l.on_hand, l.reserved from stock_levels l join variants v on v.id = l.variant_id join products p on p.id = v.product_id order by 1, 2",
    "movements": "select reason, count(*), sum(on_hand_delta), sum(reserved_delta) from stock_movements group by 1 order by 1",
    "orders": "select buyer_email, total_minor, state, payment_state, fulfilment_state, number from orders order by 1, 2, 3, 4, 5, 6",
    "lines": "select title, quantity, total_minor, fulfilled_quantity from order_lines order by 1, 2, 3, 4",
    "grants": "select p.title, o.buyer_email, g.downloads, g.revoked_for from grants g join orders o on o.id = g.order_id join products p on p.id = g.product_id order by 1, 2, 3, 4",
    "sent": "select carrier, count(*) from fulfilments group by 1 order by 1",
    "carriers": "select kind, name, state, mode from carrier_accounts order by 1, 2, 3",
    "packing": "select (select count(*) from packages), (select count(*) from service_rules), (select count(*) from shipping_settings)",
    "parcels": "select o.buyer_email, p.state, p.status, p.raised, p.weight_g from parcels p join orders o on o.id = p.order_id order by 1, 2, 3, 4, 5",
    "labels": "select state, carrier, service, total_minor, count(*) from labels group by 1, 2, 3, 4 order by 1, 2, 3, 4",
    "returns": "select o.buyer_email, r.state from returns r join orders o on o.id = r.order_id order by 1",
    "payments": "select email, amount_minor, state from payments order by 1, 2",
    "transfers": "select amount_minor, state from transfers order by 1",
    "refunds": "select amount_minor, state from refunds order by 1",
    "ledger": "select account, count(*), sum(amount_minor) from ledger_entries group by 1 order by 1",
    "mails": "select template, \"to\", sent_at is not null from mails where template <> 'confirm_email' order by 1, 2",
    "open work": "select name from outbox_jobs where done_at is null order by 1",
    "diary": "select action, count(*) from audit_entries where action like 'seeds.%' group by 1 order by 1",
}


@pytest.mark.chaos
def test_a_demo_that_was_killed_again_and_again_ends_as_the_same_world(towns: list[Town]) -> None:
    peace, storm = towns
    with ThreadPoolExecutor() as pool:
        calm = pool.submit(peace.fill)
        for lines, pause in CUTS:
            kill_after(storm, lines, pause)
        said = storm.fill()
        calm.result()
    assert said[-1] == "The demo marketplace is filled."
    assert {name: storm.rows(query) for name, query in WORLD.items()} == {
        name: peace.rows(query) for name, query in WORLD.items()
    }
    assert storm.effects() == peace.effects()
    paid, labels = (len(storm.rows(f"select 1 from {what}")) for what in ("payments where state = 'paid'", "labels"))
    shops = len({kind for (kind,) in storm.rows("select workspace_id from shipping_settings")})
    assert paid == 1 + CHECKOUTS + shops * (CHECKOUTS + len(SENT)) and labels == shops * len(SENT) > 0
    assert storm.fill() == ["There is a marketplace already; the demo adds nothing to it."]


def kill_after(town: Town, lines: int, pause: float) -> None:
    """End `flask seed` with SIGKILL once it has said so many lines."""
    running: Any = town.seed()
    for count, line in enumerate(running.stdout, 1):
        assert "Error" not in line, line
        if count >= lines:
            break
    time.sleep(pause)
    running.kill()
    running.wait(20)
    running.stdout.close()
    assert town.rows("select action from audit_entries where action = 'seeds.finish'") == []
