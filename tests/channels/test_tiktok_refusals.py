"""What TikTok's refusals mean, by code and by words, and what becomes of answers that are lost (TIKTOK.md §4, TRAPS.md D28-D31)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.channel_facts import Ref, StockChange, Tokens
from app.channels.order_facts import CancelLine, Handover, Sent
from app.channels.platforms.tiktok import TikTok
from app.core.errors import ProviderError
from tests.channels.tiktok import ELIGIBLE, LONG_AGO, ORDER, connection, path, recorded, registration, saying, told

ENVELOPES = recorded("error_envelopes")
PERMANENT, PASSING = "permanent", "passing"
MEANINGS = [PERMANENT, AccessExpired, AccessExpired, PERMANENT, PERMANENT, PERMANENT, PASSING, PASSING, PERMANENT,
            PERMANENT, PASSING, PASSING, PERMANENT, PERMANENT, PERMANENT]  # fmt: skip
"""Of the recorded envelopes, in their order."""


def refused(answer: Any, does: Callable[[TikTok], Any] = lambda one: one.warehouses()) -> ProviderError:
    with saying(answer) as (_, tiktok), pytest.raises(ProviderError) as raised:
        does(tiktok)
    return raised.value


def ship(tiktok: TikTok) -> Any:
    return tiktok.ship(Sent("1", "2", Handover("DROP_OFF", "drop_off", "")))


@pytest.mark.parametrize(("envelope", "meaning"), list(zip(ENVELOPES, MEANINGS, strict=True)))
@pytest.mark.parametrize("as_success", [False, True], ids=["with its status", "with 200"])
def test_the_body_decides_not_the_status(envelope: dict[str, Any], meaning: Any, as_success: bool) -> None:
    status = 200 if as_success else envelope["http_status_used_by_sandbox"]
    error = refused((envelope["body"], status))
    if isinstance(meaning, type):
        assert isinstance(error, meaning)
    else:
        assert not isinstance(error, AccessExpired | AccessEnded)
        assert error.permanent is (meaning == PERMANENT)
    assert error.remote_code == str(envelope["body"]["code"])
    assert not error.unknown


def test_a_bad_parameter_is_no_reason_to_refresh() -> None:
    """One code stands for both, so its words decide: else a bug of ours would refresh for ever (TRAPS.md D30)."""
    error = refused((told(None, 36009004, "param body.address is missing"), 400))
    assert error.permanent and not isinstance(error, AccessExpired | AccessEnded)
    old = refused((told(None, 36009004, "Invalid credentials. The `access_token` header is invalid."), 400))
    assert isinstance(old, AccessExpired)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (36004005, "can not find related auth record"),
        (36004001, "rt has expired"),
        (36009004, "Invalid identifier. The `shop_id` query parameter is invalid."),
    ],
)
def test_access_that_was_taken_back_has_ended(code: int, words: str) -> None:
    assert isinstance(refused((told(None, code, words), 401)), AccessEnded)


def test_a_shop_that_is_not_among_the_authorised_has_ended() -> None:
    other = recorded("authorized_shops_response")
    other["data"]["shops"][0]["id"] = "another"
    assert isinstance(refused(other, lambda one: one.shop()), AccessEnded)


@pytest.mark.parametrize(("headers", "seconds"), [({}, 2.0), ({"Retry_After": "17"}, 17.0)])
@pytest.mark.parametrize("status", [200, 429])
def test_a_limit_says_how_long_to_wait(headers: dict[str, str], seconds: float, status: int) -> None:
    with saying() as (replay, tiktok), pytest.raises(ProviderError) as raised:
        replay.say(told(None, 36009002, "Too many requests."), status, **headers)
        tiktok.warehouses()
    assert not raised.value.permanent and raised.value.retry_after == seconds and raised.value.remote_code == "36009002"
    bare = refused((b"<html>slow down", 429))
    assert not bare.permanent and bare.retry_after == 2.0


def test_503_is_a_server_in_trouble_and_never_a_limit() -> None:
    error = refused((b"<html>", 503), ship)
    assert not error.permanent and error.unknown and error.remote_code != "36009002"


@pytest.mark.parametrize("code", [36009003, 36009007, 10002014, 10037004])
def test_a_write_that_may_have_happened_is_unknown(code: int) -> None:
    assert refused(told(None, code, "Internal error."), ship).unknown
    assert refused((told(None, code, "Internal error."), 500), ship).unknown


@pytest.mark.parametrize("answer", [(b"", 0), b"not json", b"[]", told() | {"code": None}, (b"<html>", 502)])
def test_lost_answers_are_unknown_for_writes_and_not_for_searches(answer: Any) -> None:
    write = refused(answer, ship)
    search = refused(answer, lambda one: one.orders(LONG_AGO, LONG_AGO + timedelta(days=1)))
    assert write.unknown and not write.permanent
    assert not search.unknown and not search.permanent


def test_no_failure_shows_our_secret() -> None:
    with saying((b"", 0)) as (replay, _), pytest.raises(ProviderError) as raised:
        TikTok.authorise(registration(replay.url), {"code": "TTP_secret_code"})
    chain = [raised.value, raised.value.__cause__]
    assert not any("e59af819cc" in repr(one) or "TTP_secret_code" in repr(one) for one in chain)


# --- tokens
TOKENS = Tokens("7010736057180325637", "old", "refresh-1", scopes=["seller.order.info"])


def test_a_refresh_brings_both_tokens() -> None:
    with saying(recorded("token_get_response")) as (replay, _):
        found = TikTok.refresh(registration(replay.url), TOKENS)
        (asked,) = replay.asked
    assert path(asked) == "/api/v2/token/refresh" and "grant_type=refresh_token" in asked.path
    assert found.access.startswith("ROW_Fw8r") and found.refresh.startswith("NTUxZTNh") and found.owner == TOKENS.owner
    assert found.scopes == ["seller.order.info"]


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        ((told(None, 36004004, "Invalid auth code."), 400), True),
        (told(None, 36004005, "can not find related auth record"), True),
        (told(None, 36009004, "Invalid credentials. Invalid `app_key` query parameter."), False),
        (told(None, 36009004, "Invalid credentials. Invalid `app_secret` query parameter."), False),
        ((told(None, 36009033, "Access denied. Your IP address is not in the IP allow list."), 403), False),
        ((b"<html>forbidden", 403), False),
        ((b"<html>", 502), False),
        (told(None, 36009003, "Internal error."), False),
    ],
)
def test_a_refused_refresh_means_that_the_seller_is_needed(answer: Any, ended: bool) -> None:
    with saying(answer) as (replay, _), pytest.raises(ProviderError) as raised:
        TikTok.refresh(registration(replay.url), TOKENS)
    assert isinstance(raised.value, AccessEnded) is ended


@pytest.mark.parametrize("answer", [{}, {"code": ""}, {"state": "s", "error": "denied"}])
def test_without_a_code_nothing_is_connected(answer: dict[str, str]) -> None:
    with saying(told()) as (replay, _), pytest.raises(ProviderError) as raised:
        TikTok.authorise(registration(replay.url), answer)
    assert raised.value.permanent and replay.asked == []


def test_creators_are_not_sellers() -> None:
    creator = recorded("token_get_response")
    creator["data"]["user_type"] = 1
    with saying(creator) as (replay, _), pytest.raises(ProviderError, match="not a seller") as raised:
        TikTok.authorise(registration(replay.url), {"code": "TTP"})
    assert raised.value.permanent and len(replay.asked) == 1


def test_a_consent_without_shops_connects_nothing() -> None:
    answers = (recorded("token_get_response"), told({"shops": []}))
    with saying(*answers) as (replay, _), pytest.raises(ProviderError, match="no shop") as raised:
        TikTok.authorise(registration(replay.url), {"code": "TTP"})
    assert raised.value.permanent


# --- done before
FROZEN = (told(None, 10007014, "package in freeze status"), 400)


def test_what_is_shipped_already_counts_as_shipped() -> None:
    with saying(FROZEN, recorded("package_detail_response")) as (_, tiktok):
        found = ship(tiktok)
    assert found.already and found.tracking_number == "6617675021119438849"


def test_what_cannot_be_shipped_and_is_not_shipped_is_an_error() -> None:
    waiting = recorded("package_detail_response")
    waiting["data"]["package_status"] = "TO_FULFILL"
    with saying(FROZEN, waiting) as (_, tiktok), pytest.raises(ProviderError, match="freeze") as raised:
        ship(tiktok)
    assert raised.value.permanent


def test_a_parcel_of_ones_own_is_not_told_twice() -> None:
    units = [{**ORDER["line_items"][0], "package_status": "PROCESSING"}]
    with saying(told({"orders": [{**ORDER, "line_items": units}]})) as (replay, tiktok):
        found = tiktok.ship(Sent(ORDER["id"], "", carrier="USPS", tracking_number="JX12345"))
    assert found.already and found.tracking_number == "JX12345" and len(replay.asked) == 1


def test_an_unknown_carrier_is_said_before_anything_is_sent() -> None:
    answers = [told({"orders": [ORDER]}), recorded("shipping_providers_response")]
    with saying(*answers) as (replay, tiktok), pytest.raises(ProviderError, match=r"«Owl post».*USPS") as raised:
        tiktok.ship(Sent(ORDER["id"], "", carrier="Owl post", tracking_number="1"))
    assert raised.value.permanent and {one.method for one in replay.asked} == {"GET"}


def test_a_cancelled_order_is_not_cancelled_again() -> None:
    no = (told(None, 25001002, "The order cannot be cancelled"), 400)
    done = told({"orders": [{**ORDER, "status": "CANCELLED"}]})
    with saying(ELIGIBLE, no, done) as (_, tiktok):
        tiktok.cancel("5", "out_of_stock")
    with saying(ELIGIBLE, no, told({"orders": [ORDER]})) as (_, tiktok), pytest.raises(ProviderError, match="cannot"):
        tiktok.cancel("5", "out_of_stock")


def test_an_order_that_may_not_be_cancelled_says_why() -> None:
    entry = {"request_type": "CANCEL", "eligible": False, "ineligible_reason": "The parcel has left."}
    closed = told({"sku_eligibility": [{"line_item_eligibility": [entry]}]})
    with saying(closed, told({"orders": [ORDER]})) as (replay, tiktok):
        with pytest.raises(ProviderError, match="The parcel has left"):
            tiktok.cancel("5", "out_of_stock")
        assert {one.method for one in replay.asked} == {"GET"}


def test_single_units_are_cancelled_in_the_us_and_the_uk_only() -> None:
    with saying(ELIGIBLE) as (replay, _), pytest.raises(ProviderError, match="US and the UK only") as raised:
        TikTok(connection(replay.url, region="ID")).cancel("5", "out_of_stock", [CancelLine(Ref("1", "2"), 1, ["9"])])
    assert raised.value.permanent and replay.asked == []


def test_a_wish_that_was_answered_before_stays_answered() -> None:
    no = (told(None, 25001002, "The request has been handled"), 400)
    done = told({"cancellations": [{"cancel_id": "9", "cancel_status": "CANCELLATION_REQUEST_SUCCESS"}]})
    with saying(no, done) as (_, tiktok):
        tiktok.answer_cancellation("5", "9", True)
    reasons = told({"reasons": [{"name": "r"}]})
    with saying(reasons, no, done) as (_, tiktok), pytest.raises(ProviderError, match="has been handled"):
        tiktok.answer_cancellation("5", "9", False)


# --- labels
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "https://tiktokshop.com.evil.test/x",
        "https://user@open-fs-sg.tiktokshop.com/x",
        "http://open-fs-sg.tiktokshop.com/x",
        "file:///etc/passwd",
        "https://open-fs-sg.tiktokshop.com:8443/x",
    ],
)
def test_labels_come_from_tiktoks_own_machines_only(url: str) -> None:
    with (
        saying(told({"doc_url": url})) as (replay, tiktok),
        pytest.raises(ProviderError, match="not its own") as raised,
    ):
        tiktok.document("1", "2")
    assert raised.value.permanent and len(replay.asked) == 1


def test_a_file_that_is_no_label_is_not_kept() -> None:
    with saying() as (replay, tiktok), pytest.raises(ProviderError, match="not a label"):
        replay.say(told({"doc_url": f"{replay.url}/1"})).say(b"<html>expired")
        tiktok.document("1", "2")


def test_stock_of_nobody_is_not_asked_about() -> None:
    with saying(told()) as (replay, tiktok):
        assert tiktok.set_stock([]) == [] and tiktok.read_orders([]) == []
        assert replay.asked == []
        tiktok.set_stock([StockChange(Ref("1", "2"), {"": 1})])
        assert replay.asked[0].body == {"skus": [{"id": "2", "inventory": [{"quantity": 1}]}]}
