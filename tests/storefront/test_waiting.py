"""«Notify me»: asked, confirmed by mail, told once, forgotten."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.actor import Actor
from app.core.mail import Mail
from app.core.outbox import later
from app.inventory import actions as inventory
from app.inventory.stock import default_location
from app.storefront import actions
from app.storefront.models import StockAlert
from tests.storefront.conftest import Shopper


@pytest.fixture
def gone(world: Any) -> tuple[Any, Any]:
    """A shop and its sold-out product."""
    shop = world.shop(world.north, "Kiln")
    return shop, world.product(shop, "Cup", stock=0)


def ask(shopper: Shopper, shop: Any, product: Any, variant: Any, email: str = "kim@example.com") -> Any:
    return shopper.post(f"/s/{shop.slug}/{product.slug}/alerts", variant=str(variant.id), email=email)


def mails(template: str) -> list[Mail]:
    with db.system("test world") as session:
        return list(session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id)))


def waiting(world: Any) -> list[StockAlert]:
    with db.workspace(world.north.id) as session:
        return list(session.scalars(select(StockAlert).execution_options(populate_existing=True)))


def token_of(mail: Mail) -> str:
    return str(mail.context["token"])


def arrive(world: Any, product: Any, units: int = 2) -> None:
    with db.workspace(world.north.id, world.alice.id):
        variant = world.variant(product)
        inventory.receive(Actor("person", "Alice", world.alice.id), variant, default_location(), units, "Found")


def look(run_jobs: Callable[..., list[str]]) -> None:
    """What the scheduler asks for every two minutes. Mails stay queued."""
    with db.system("scheduler"):
        later("storefront.look_for_stock")
    run_jobs(only="storefront.")


def test_one_mail_when_it_is_back_and_then_nothing(
    shopper: Shopper, world: Any, gone: tuple[Any, Any], run_jobs: Callable[..., list[str]]
) -> None:
    shop, product = gone
    assert "Notify me" in shopper.get(f"/s/{shop.slug}/{product.slug}").text
    answer = ask(shopper, shop, product, world.variant(product))
    assert answer.status_code == 303
    (asked,) = mails("stock_alert_confirm")
    assert asked.to == "kim@example.com" and asked.context["title"] == "Cup"
    assert 'action="/alerts/' in shopper.get(f"/alerts/{token_of(asked)}").text
    assert waiting(world)[0].confirmed_at is None, "following the link alone proves nothing"
    assert "You will hear from us" in shopper.post(f"/alerts/{token_of(asked)}/confirmation").text
    look(run_jobs)
    assert mails("stock_alert_back") == []
    arrive(world, product)
    look(run_jobs)
    look(run_jobs)
    (told,) = mails("stock_alert_back")
    assert told.to == "kim@example.com" and told.context["url"].startswith(f"/s/{shop.slug}/{product.slug}?variant=")
    assert waiting(world) == []


def test_nobody_is_told_who_did_not_say_yes(
    shopper: Shopper, world: Any, gone: tuple[Any, Any], run_jobs: Callable[..., list[str]]
) -> None:
    shop, product = gone
    ask(shopper, shop, product, world.variant(product), "stranger@example.com")
    arrive(world, product)
    look(run_jobs)
    assert mails("stock_alert_back") == [] and len(waiting(world)) == 1
    with db.at(db.now() + timedelta(days=8)):
        look(run_jobs)
    assert waiting(world) == []


def test_asking_twice_sends_one_link_a_day_and_says_the_same(
    shopper: Shopper, world: Any, gone: tuple[Any, Any]
) -> None:
    shop, product = gone
    answers = [
        ask(shopper, shop, product, world.variant(product), email) for email in ("kim@example.com", "KIM@example.com")
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(mails("stock_alert_confirm")) == 1 and len(waiting(world)) == 1


def test_a_proven_address_needs_no_link(
    world: Any, client: Any, gone: tuple[Any, Any], run_jobs: Callable[..., list[str]]
) -> None:
    shop, product = gone
    fay = Shopper(world.sign_in(client, world.fay))
    ask(fay, shop, product, world.variant(product), world.fay.email)
    assert mails("stock_alert_confirm") == [] and waiting(world)[0].confirmed_at
    ask(fay, shop, product, world.variant(product), "other@example.com")
    assert len(mails("stock_alert_confirm")) == 1, "only one's own address is proven"


def test_who_changed_their_mind_is_forgotten(
    shopper: Shopper, world: Any, gone: tuple[Any, Any], run_jobs: Callable[..., list[str]]
) -> None:
    shop, product = gone
    ask(shopper, shop, product, world.variant(product))
    token = token_of(mails("stock_alert_confirm")[0])
    for _ in range(2):
        assert "not waiting any more" in shopper.post(f"/alerts/{token}/removal").text
    assert waiting(world) == []
    assert shopper.post(f"/alerts/{token}/confirmation").status_code == 410
    assert shopper.post(f"/alerts/{token[:-3]}abc/removal").status_code == 410
    arrive(world, product)
    look(run_jobs)
    assert mails("stock_alert_back") == []


@pytest.mark.parametrize("email", ["", "kim", "kim@", "a b@example.com", "x" * 250 + "@example.com"])
def test_what_is_no_address_is_said_and_kept_typed(
    shopper: Shopper, world: Any, gone: tuple[Any, Any], email: str
) -> None:
    shop, product = gone
    answer = ask(shopper, shop, product, world.variant(product), email)
    assert answer.status_code == 422 and "e-mail address" in answer.text
    assert waiting(world) == [] and mails("stock_alert_confirm") == []


def test_what_can_be_bought_needs_no_waiting(shopper: Shopper, world: Any) -> None:
    shop = world.shop(world.north)
    product = world.product(shop, stock=3)
    answer = ask(shopper, shop, product, world.variant(product))
    assert answer.status_code == 409 and "It is back already" in answer.text and waiting(world) == []


def test_one_variant_is_back_and_only_its_waiters_are_told(
    shopper: Shopper, world: Any, gone: tuple[Any, Any], run_jobs: Callable[..., list[str]]
) -> None:
    shop, product = gone
    other = world.product(shop, "Bowl", stock=0)
    for one in (product, other):
        with db.public():
            actions.wait_for(world.north.id, world.variant(one).id, f"{one.slug}@example.com", proven=True)
    arrive(world, other)
    look(run_jobs)
    assert [mail.to for mail in mails("stock_alert_back")] == [f"{other.slug}@example.com"]
    assert [row.email for row in waiting(world)] == [f"{product.slug}@example.com"]


def test_a_sold_out_choice_can_be_looked_at_without_scripts(shopper: Shopper, gone: tuple[Any, Any]) -> None:
    shop, product = gone
    page = shopper.get(f"/s/{shop.slug}/{product.slug}").text
    assert re.search(r'<form method="post" action="/s/[^"]+/alerts"', page) and " disabled" not in page
