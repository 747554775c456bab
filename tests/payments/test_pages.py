"""The seller's pages about money: true figures, words for every state, nothing of anybody else."""

import csv
import io

from sqlalchemy import select

from app.core import db
from app.payments import queries, words
from app.payments.models import LedgerEntry

from .conftest import Market
from .test_accounts import page
from .test_disputes import dispute


def test_the_payouts_page_shows_where_the_money_is(market: Market) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    dispute(market, cart, inquiry=True)
    market.deliver_new()
    text = page(market).text
    assert market.world.money(market.part(cart, seller).net.minor).format() in text
    assert "In your Stripe balance" in text and "Question from the bank" in text and "No money moved" in text


def test_the_ledger_pages_by_key_and_exports_everything(market: Market) -> None:
    seller, stranger = market.seller(), market.seller(market.world.other)
    for _ in range(12):
        market.paid((seller, 2000, 100))
    market.paid((stranger, 77_700, 100))
    with db.workspace(seller.workspace_id):
        total = len(db.session().scalars(select(LedgerEntry.id)).all())
        first = queries.ledger_rows(limit=50)
        rest = queries.ledger_rows(after=first[-1].cursor, limit=50)
    assert total == 72 == len(first) + len(rest) == len({row.id for row in [*first, *rest]})
    text = page(market, "/ledger").text
    assert "after=" in text and "777.00" not in text and "Sent to your Stripe balance" in text
    answer = page(market, "/ledger.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert len(rows) == 72 and sum(round(float(row["Amount"]) * 100) for row in rows) == 0
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_ledger_filter_refuses_nothing_and_invents_nothing(market: Market) -> None:
    market.seller()
    assert "Nothing was booked yet" in page(market, "/ledger").text
    assert "Nothing booked" in page(market, "/ledger?order=99999").text
    assert page(market, "/ledger?order='; drop&after=nonsense~x").status_code == 200


def test_strangers_and_guests_see_no_page_of_money(market: Market) -> None:
    for path in ("", "/ledger", "/ledger.csv"):
        assert page(market, path, market.world.charlie).status_code == 404


def test_unknown_names_show_themselves() -> None:
    assert words.named(words.DISPUTES, "paused_for_tea") == ("Paused for tea", "neutral", "")
    assert words.named(words.BOOKINGS, "gift_card") == "Gift card"
