"""Access to Shopee: consents of several shops, single-use refresh, and refusals told apart by name and words (SHOPEE.md §2, §4,
TRAPS.md D27, D30, F45)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.channel_facts import Tokens
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms.shopee import Shopee
from app.core.errors import ProviderError
from tests.channels.shopee import SINCE, proven, query, recorded, registration, saying, told


def test_a_main_accounts_consent_opens_several_shops_each_with_tokens() -> None:
    answers = [
        recorded("token_get_response"),
        *[told(shop_name=f"S{n}", region="TW", expire_time=1773503999) for n in range(2)],
        told(error="shop_banned", message="Banned."),
    ]
    with saying(*answers) as (replay, _):
        found = Shopee.authorise(registration(replay.url), {"code": "c0de", "main_account_id": "19000"})
    assert (
        [one.shop.id for one in found] == [one.tokens.owner for one in found] == ["368765100", "368765098", "368765097"]
    )
    assert [one.shop.name for one in found] == ["S0", "S1", "Shopee shop 368765097"] and found[0].shop.currency == "TWD"
    assert (
        found[0].tokens.until == datetime.fromtimestamp(1767001812, UTC)
        and found[0].tokens.ends
        and not found[2].tokens.ends
    )
    assert found[0].tokens.access == "6b5a46716e474d6f6e59777659459849" and found[0].tokens.refresh_until
    asked = replay.asked[0]
    assert asked.body == {"code": "c0de", "partner_id": 2001887, "main_account_id": 19000} and proven(asked)
    assert [query(one)["shop_id"] for one in replay.asked[1:]] == ["368765100", "368765098", "368765097"]


def test_a_shop_account_is_one_shop_even_when_no_list_comes() -> None:
    answer = {**recorded("token_refresh_response"), "shop_id_list": None}
    with saying(answer, recorded("shop_info_response")) as (replay, _):
        (found,) = Shopee.authorise(registration(replay.url), {"code": "c", "shop_id": "322300222"})
    assert (found.shop.id, found.shop.name, found.shop.currency) == ("322300222", "mysipuat", "MYR")
    assert found.tokens.ends == datetime.fromtimestamp(1773503999, UTC)


@pytest.mark.parametrize("answer", [{}, {"code": "c"}, {"shop_id": "1"}])
def test_coming_back_without_a_code_asks_nobody(answer: dict[str, str]) -> None:
    with saying(told()) as (replay, _), pytest.raises(ProviderError) as caught:
        Shopee.authorise(registration(replay.url), answer)
    assert caught.value.permanent and replay.asked == []


def test_a_refresh_is_for_one_shop_and_keeps_the_end_of_the_consent() -> None:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    old = Tokens("322300222", "old", "516c", ends=ends)
    with saying(recorded("token_refresh_response")) as (replay, _), time_machine.travel(SINCE, tick=False):
        new = Shopee.refresh(registration(replay.url), old)
    assert replay.asked[0].body == {"refresh_token": "516c", "partner_id": 2001887, "shop_id": 322300222}
    assert (new.owner, new.ends, new.until) == ("322300222", ends, SINCE + timedelta(hours=4))
    assert new.refresh == "516c6b577753554375764a63704d7245" and new.refresh_until == SINCE + timedelta(days=30)


def test_a_spent_refresh_token_ends_the_access() -> None:
    again = told(error="error_shop_refresh_token", message="refresh_token is used")
    for answer in (recorded("token_refresh_error"), again, told(error="refresh_token_expired", message="over")):
        with saying(answer) as (replay, _), pytest.raises(AccessEnded):
            Shopee.refresh(registration(replay.url), Tokens("1", "a", "b"))


def test_the_open_shops_are_walked_to_their_end() -> None:
    first = {**recorded("shops_by_partner_response"), "more": True}
    with saying(first, {**first, "authed_shop_list": [{"shop_id": 124}], "more": False}) as (replay, _):
        assert Shopee.open_shops(registration(replay.url)) == ["123", "124"]
    assert [query(one)["page_no"] for one in replay.asked] == ["1", "2"]


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        ("invalid_acceess_token", "Invalid access_token, please have a check.", AccessExpired),
        ("error_auth", "Invalid access_token.", AccessExpired),
        ("common.error_auth", " Invalid access_token.", AccessExpired),
        ("error_auth", "Invalid partner_id or shopid.", AccessEnded),
        ("shop_no_linked", "Partner and shop has no linked.", AccessEnded),
        ("partner_shop_no_link", "Invalid partner_id or shop_id, please have a check.", AccessEnded),
        ("shop_access_expired", "", AccessEnded),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_a_token_that_is_over_is_told_from_a_consent_that_ended(
    error: str, message: str, kind: type[Exception], status: int
) -> None:
    with saying((told(error=error, message=message), status)) as (_, shop), pytest.raises(kind):
        shop.shop()


@pytest.mark.parametrize(
    ("error", "message", "permanent"),
    [
        ("error_sign", "Wrong sign.", True),
        ("error_param", "Invalid partner_id.", True),
        ("error_param", "Timestamp is expired.", False),
        ("error_auth", "No permission to current api.", True),
        ("error_auth", "System error, please try again later.", False),
        ("error_auth", "Total stock must be more than reserved stock.", True),
        ("error_server", "Something wrong. Please try later.", False),
        ("error_server", "The current item belong to the full FBS shop, so normal stock must be equal to 0", True),
        ("order.error_limit", "Can not cancel this order", True),
        ("error_limit", "Core server error.", True),
        ("error_rate_limit", "Too many requests. You have reached the rate limit.", False),
        ("error_kyc_auth", "No permission.", True),
        ("a_new_error", "", True),
    ],
)
def test_refusals_are_told_apart_by_name_and_words(error: str, message: str, permanent: bool) -> None:
    with saying(told(error=error, message=message)) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.shop()
    assert caught.value.permanent is permanent and caught.value.remote_code == error
    assert not isinstance(caught.value, AccessExpired | AccessEnded)
    assert bool(caught.value.retry_after) is not permanent


def test_the_daily_quota_waits_for_midnight_in_singapore() -> None:
    message = "The total API call number made by your APP has reached the daily API call limit"
    with (
        saying(told(error="error_limit", message=message)) as (_, shop),
        time_machine.travel("2026-11-21T13:30:00Z", tick=False),
        pytest.raises(ProviderError) as caught,
    ):
        shop.shop()
    assert caught.value.retry_after == 2.5 * 3600 and not caught.value.permanent
    assert errors.until_midnight(datetime(2026, 11, 21, 16, tzinfo=UTC)) == 24 * 3600


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (("<html>", 200), True),
        (("", 200), True),
        (("<html>", 502), True),
        ((told(error="error_server", message="Something wrong. Please try later."), 500), True),
        (told(error="error_inner", message="System error, please try again later."), True),
        (("<html>", 429), False),
        (("[]", 404), False),
    ],
)
def test_an_answer_that_cannot_be_read_may_have_had_its_effect(answer: Any, unknown: bool) -> None:
    with saying(answer) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.answer_cancellation("1", "1", True)
    assert caught.value.unknown is unknown
    with saying(answer) as (_, shop), pytest.raises(ProviderError) as caught:
        shop.shop()
    assert not caught.value.unknown or "502" in str(answer) or "500" in str(answer)


def test_a_dash_for_an_error_is_none() -> None:
    with saying({**recorded("shop_info_response"), "error": "-", "message": "-"}) as (_, shop):
        assert shop.shop().name == "mysipuat"


def test_a_shop_without_warehouses_is_one_place() -> None:
    with saying(
        told(error="warehouse.error_not_in_whitelist", message="Your shop is not in multi-warehouse whitelist.")
    ) as (_, shop):
        assert [(one.id, one.default) for one in shop.warehouses()] == [("", True)]
    with saying(told(error="error_param", message="bad")) as (_, shop), pytest.raises(ProviderError):
        shop.warehouses()
