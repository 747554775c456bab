"""Units, amounts and times on their way to providers and back; what the shared wire does with lost answers
(TRAPS.md A3, A6, B16, C23, D35)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import http
from app.core.errors import ProviderError
from app.core.wire import Wire, decimal, decoded, encoded, major, minor, moment
from app.shipping.carrier import Box
from app.shipping.carriers import easypost_requests, papers, shippo_requests, shipstation_requests
from app.shipping.carriers.units import GRAMS_PER_OUNCE, MM_PER_INCH, centimetres, inches, ounces, words
from tests.shipping.parcels import parcel
from tests.shipping.replay import Replay, replaying

GRAMS = st.integers(1, 70_000)
SIZES = st.integers(1, 3_000)


@pytest.fixture
def replay() -> Iterator[Replay]:
    with replaying() as found:
        yield found


def wire(replay: Replay) -> Wire:
    return Wire("EasyPost", replay.url, {}, lambda response: None)


@given(GRAMS)
def test_ounces_are_rounded_up_by_less_than_a_step(grams: int) -> None:
    for step in ("0.1", "0.001"):
        back = ounces(grams, step) * GRAMS_PER_OUNCE
        assert 0 <= back - grams < GRAMS_PER_OUNCE * Decimal(step)
        assert ounces(grams, step) > 0


@given(GRAMS, GRAMS)
def test_a_heavier_parcel_is_never_told_as_a_lighter_one(one: int, other: int) -> None:
    assert (one <= other) <= (ounces(one) <= ounces(other))


@given(SIZES)
def test_sizes_are_rounded_up_or_exact(millimetres: int) -> None:
    assert 0 <= inches(millimetres) * MM_PER_INCH - millimetres < MM_PER_INCH / 10
    assert centimetres(millimetres) * 10 == millimetres


@given(GRAMS, SIZES, SIZES, SIZES)
def test_every_provider_hears_of_a_box_at_least_as_heavy_and_large(
    weight: int, long: int, wide: int, high: int
) -> None:
    box = Box(weight, long, wide, high)
    easypost = easypost_requests.parcel(box)
    assert easypost["weight"] * GRAMS_PER_OUNCE >= weight and easypost["length"] * MM_PER_INCH >= box.length_mm
    shippo = shippo_requests.parcel(box)
    assert (int(shippo["weight"]), int(shippo["height"])) == (weight, box.height_mm)
    package = shipstation_requests.package(parcel(box=box))
    assert package["weight"]["value"] == weight and package["dimensions"]["width"] * 10 == box.width_mm


@given(st.integers(0, 10**9), st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
def test_amounts_come_back_as_they_went(value: int, currency: str) -> None:
    assert minor(decimal(major(value, currency)), currency) == value
    as_number = decoded(encoded({"amount": decimal(major(value, currency))}))["amount"]
    assert minor(decimal(as_number), currency) == value


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [("6.07000", "USD", 607), ("27.98", "USD", 2798), (0.1, "USD", 10), ("0.005", "USD", 0), ("0.015", "USD", 2),
     ("1200", "JPY", 1200), ("1.2345", "KWD", 1234)],
)  # fmt: skip
def test_amounts_are_rounded_half_even_once(amount: str | float, currency: str, value: int) -> None:
    assert minor(decimal(amount), currency) == value


@pytest.mark.parametrize("amount", ["", None, "NaN", "Infinity", "12,50", "abc", [], {}])
def test_what_is_no_number_is_no_amount(amount: object) -> None:
    with pytest.raises(ValueError, match="not a number"):
        decimal(amount)


def test_json_numbers_never_become_floats() -> None:
    assert decoded(b'{"amount": 0.1}')["amount"] == Decimal("0.1")
    assert encoded({"weight": Decimal("15.4")}) == b'{"weight":15.4}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2021-08-05T16:47:47.8768838Z", datetime(2021, 8, 5, 16, 47, 47, 876883, UTC)),
        ("2025-03-06T19:48:26Z", datetime(2025, 3, 6, 19, 48, 26, tzinfo=UTC)),
        ("2025-03-06T19:47:19+00:00", datetime(2025, 3, 6, 19, 47, 19, tzinfo=UTC)),
        ("2026-04-30T00:00:00", datetime(2026, 4, 30, tzinfo=UTC)),
        ("2026-04-30", datetime(2026, 4, 30, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_times_in_every_spelling(text: object, found: datetime | None) -> None:
    assert moment(text) == found


def test_services_are_written_as_people_write_them() -> None:
    assert words("GroundAdvantage") == "Ground Advantage" and words("usps_priority_mail") == "Usps Priority Mail"


def test_files_are_known_by_their_bytes() -> None:
    assert [papers.kind(one) for one in (b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\n^XA^FO1", b"<html>", b"")] == [
        "pdf", "png", "zpl", "", "",
    ]  # fmt: skip


def test_a_connection_that_never_opened_bought_nothing() -> None:
    closed = Wire("EasyPost", "http://127.0.0.1:1", {}, lambda response: None)
    with pytest.raises(ProviderError, match="could not be reached") as caught:
        closed.post("/buy", {})
    assert not caught.value.unknown and not caught.value.permanent
    http.breaker("EasyPost").success()


def test_a_connection_that_was_dropped_may_have_bought_something(replay: Replay) -> None:
    with pytest.raises(ProviderError) as caught:
        wire(replay.say(b"", 0)).post("/buy", {})
    assert caught.value.unknown
    with pytest.raises(ProviderError) as caught:
        wire(replay).get("/look")
    assert not caught.value.unknown


@pytest.mark.parametrize(
    ("status", "permanent", "unknown"),
    [(400, True, False), (402, True, False), (404, True, False), (408, False, True), (422, True, False),
     (429, False, False), (500, False, True), (503, False, True)],
)  # fmt: skip
def test_what_a_status_means(replay: Replay, status: int, permanent: bool, unknown: bool) -> None:
    with pytest.raises(ProviderError) as caught:
        wire(replay.say({}, status)).post("/buy", {})
    assert (caught.value.permanent, caught.value.unknown) == (permanent, unknown)


def test_a_busy_provider_says_how_long_to_wait(replay: Replay) -> None:
    with pytest.raises(ProviderError) as caught:
        wire(replay.say({}, 429, Retry_After="17")).get("/rates")
    assert caught.value.retry_after == 17


def test_an_answer_without_end_is_cut(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="too large"):
        http.call("EasyPost", "GET", replay.say(b"x" * 2000).url, limit=1000)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1:94/a", True),
        ("http://127.0.0.1:95/a", False),
        ("https://127.0.0.1:94/a", False),
        ("http://x@127.0.0.1:94/a", False),
        ("https://files.example/a", True),
        ("https://deep.cdn.example/a", True),
        ("https://cdn.example.evil/a", False),
        ("https://evilcdn.example/a", False),
        ("https://[::1/a", False),
        ("https://files.example:bad/a", False),
        ("//files.example/a", False),
        ("", False),
    ],
)
def test_whose_address_it_is(url: str, ours: bool) -> None:
    assert http.belongs(url, "http://127.0.0.1:94", ("files.example", ".cdn.example")) is ours
