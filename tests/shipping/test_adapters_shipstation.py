"""ShipStation's adapter against the vendor's own fixtures; signatures with a key of our own, as its JWKS shows them
(TRAPS.md A2-A5, B14-B16, B19, C24)."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from requests.structures import CaseInsensitiveDict

from app.core.errors import ProviderError
from app.core.port import Forged
from app.shipping.carrier import STATUSES
from app.shipping.carriers import shipstation_facts as facts
from app.shipping.carriers.shipstation import ShipStation, api
from app.shipping.carriers.shipstation_news import TOKEN, forget_keys, jwks_url, token
from tests.shipping.parcels import BEACH, LONDON, abroad, connection, parcel
from tests.shipping.replay import Replay, answer, replaying

NOW = datetime(2026, 4, 28, 12, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def replay() -> Iterator[Replay]:
    forget_keys()
    with replaying() as found:
        yield found


def speaker(replay: Replay, **more: Any) -> ShipStation:
    return ShipStation(connection(replay.url, "TEST_key", **more))


def label(**changes: Any) -> dict[str, Any]:
    return {**answer("shipstation/v2_label_from_shipment"), **changes}


def quoted(**response: Any) -> dict[str, Any]:
    """A priced shipment in the shape of the specification, with figures that a carrier would ask."""
    rate = answer("shipstation/v2spec_rates")["rate_response"]["rates"][0] | {
        "shipping_amount": {"currency": "usd", "amount": 7.42},
        "insurance_amount": {"currency": "usd", "amount": 1.07},
        "confirmation_amount": {"currency": "usd", "amount": 2.85},
        "other_amount": {"currency": "usd", "amount": 0.1},
        "tax_amount": {"currency": "usd", "amount": 0.2},
        "validation_status": "valid",
        "service_type": "USPS Priority Mail",
    }
    return {"rate_response": {"shipment_id": "se-1", "rates": [rate], "invalid_rates": [], "errors": [], **response}}


def test_the_account_lists_its_carriers(replay: Replay) -> None:
    found = speaker(replay.say(answer("shipstation/v2_carriers"))).account()
    assert found.mode == "test" and "Stamps.com" in found.carriers
    assert replay.asked[0].headers["api-key"] == "TEST_key" and replay.asked[0].path == "/v2/carriers"


def test_a_rate_is_the_sum_of_its_parts(replay: Replay) -> None:
    quote = speaker(replay.say(answer("shipstation/v2_carriers")).say(quoted())).quote(parcel(signature="standard"))
    (rate,) = quote.rates
    assert rate.total_minor == 1164
    assert dict(rate.parts) == {"postage": 742, "insurance": 107, "signature": 285, "other": 10, "tax": 20}
    assert (rate.carrier, rate.service_name, quote.shipment_id) == ("USPS", "Priority Mail", "se-1")
    sent = replay.asked[1].body
    assert sent["rate_options"]["carrier_ids"][0] == "se-656171"
    assert sent["shipment"]["packages"][0]["dimensions"] == {
        "unit": "centimeter", "length": Decimal("25.4"), "width": Decimal("20.4"), "height": Decimal("10.2"),
    }  # fmt: skip
    assert sent["shipment"]["packages"][0]["weight"] == {"value": 437, "unit": "gram"}
    assert sent["shipment"]["confirmation"] == "signature"


def test_rates_that_cannot_be_bought_are_notes(replay: Replay) -> None:
    bad = {"carrier_code": "ups", "service_code": "x", "error_messages": ["Too heavy."], "validation_status": "invalid"}
    body = quoted(
        rates=[{**quoted()["rate_response"]["rates"][0], "validation_status": "invalid"}], invalid_rates=[bad]
    )
    quote = speaker(replay.say(answer("shipstation/v2_carriers")).say(body)).quote(parcel())
    assert quote.rates == [] and quote.notes == ["UPS: Too heavy."]


def test_an_account_without_carriers_says_so(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="knows no carrier"):
        speaker(replay.say({"carriers": []})).quote(parcel())


def test_customs_values_are_of_one_unit(replay: Replay) -> None:
    speaker(replay.say(answer("shipstation/v2_carriers")).say(quoted())).quote(abroad(LONDON))
    (product,) = replay.asked[1].body["shipment"]["packages"][0]["products"]
    assert (product["quantity"], product["value"]["amount"], product["weight"]["value"]) == (3, 15, 120)


def test_a_label_of_the_vendors_fixture(replay: Replay) -> None:
    bought = speaker(replay.say(label())).buy(parcel(), "se-144835189", "se-9")
    assert (bought.id, bought.tracking_number, bought.total_minor) == ("se-75714944", "1Z63R0960311549776", 2798)
    assert set(bought.files) == {"pdf", "png", "zpl"} and bought.carrier == "UPS"
    assert replay.asked[0].path == "/v2/labels/rates/se-9"


@pytest.mark.parametrize("name", ["v2_label_processing", "v2_label_from_rate_processing"])
def test_a_label_that_is_still_made_is_unknown(replay: Replay, name: str) -> None:
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say(answer(f"shipstation/{name}"))).buy(parcel(), "s", "r")
    assert caught.value.unknown


def test_what_an_attempt_bought_is_found_and_voided_ones_are_not(replay: Replay) -> None:
    found = {"labels": [label(voided=True, label_id="se-1"), label(status="error", label_id="se-2"), label()]}
    bought = speaker(replay.say(found)).find("se-144835189", "se-9", "ours")
    assert bought is not None and bought.id == "se-75714944"
    assert "rate_id=se-9" in replay.asked[0].path and "shipment_id=se-144835189" in replay.asked[0].path
    assert speaker(replay).find("se-other", "se-9", "ours") is None


@pytest.mark.parametrize(
    ("approved", "reason", "state"),
    [(True, None, "refunded"), (False, "label_already_used", "refused"), (False, "label_already_voided", "refunded")],
)
def test_a_void_is_what_approved_says(replay: Replay, approved: bool, reason: str | None, state: str) -> None:
    found = speaker(replay.say({"approved": approved, "message": "", "reason_code": reason})).void("se-1")
    assert found.state == state and (state != "refused" or found.message == "Label Already Used")
    assert replay.asked[0].method == "PUT"


def test_the_recorded_refusal_keeps_its_words(replay: Replay) -> None:
    assert "Unable to retrieve record" in speaker(replay.say(answer("shipstation/v2spec_void"))).void("se-1").message


def test_errors_keep_the_providers_words(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="Request body cannot be empty") as caught:
        speaker(replay.say(answer("shipstation/v2_address_validate", 2), 400)).check_address(BEACH)
    assert caught.value.permanent and caught.value.remote_code == "request_body_required"
    with pytest.raises(ProviderError, match="Something bad happened") as caught:
        speaker(replay.say(answer("shipstation/v2_track_by_carrier", 1), 500)).track("USPS", "1234")
    assert not caught.value.permanent


def test_addresses_are_corrected(replay: Replay) -> None:
    check = speaker(replay.say(answer("shipstation/v2_address_validate", 0))).check_address(BEACH)
    assert check.deliverable and check.corrected is not None and check.corrected.line1 == "3910 BAILEY LN"


def test_scans_are_in_order_and_keep_the_local_clock(replay: Replay) -> None:
    found = speaker(replay.say(answer("shipstation/v2_track_by_carrier"))).track("USPS", "1234")
    assert found.status == "delivered" and [one.at for one in found.seen] == sorted(one.at for one in found.seen)
    last = found.seen[-1]
    assert last.at == datetime(2021, 7, 23, 12, 42, tzinfo=UTC) and last.local == "2021-07-23T07:42:00"
    assert last.status == "out_for_delivery" and last.place == "MCKINNEY, TX"
    assert "carrier_code=stamps_com" in replay.asked[0].path


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ({"status_code": "UN"}, "unknown"),
        ({"status_code": "NY"}, "pre_transit"),
        ({"status_code": "AC"}, "in_transit"),
        ({"status_code": "AT"}, "in_transit"),
        ({"status_code": "SP"}, "available_for_pickup"),
        ({"status_code": "EX"}, "failure"),
        ({"status_code": "IT", "status_detail_code": "OUT_FOR_DELIVERY"}, "out_for_delivery"),
        ({"status_code": "EX", "status_detail_code": "RETURN_TO_SENDER"}, "return_to_sender"),
        ({"status_code": "EX", "status_detail_code": "PARCEL_LOST"}, "failure"),
        ({"status_code": "DE", "status_detail_code": "DELIVERED"}, "delivered"),
        ({"status_code": "HELD_BY_CUSTOMS"}, "in_transit"),
    ],
)
def test_statuses_of_two_letters_and_of_words(found: dict[str, str], status: str) -> None:
    assert facts.status(found) == status and status in STATUSES


def test_manifests_are_read_in_every_shape() -> None:
    made = answer("shipstation/v2spec_manifest_create")
    assert facts.manifest(made).state == "created" and facts.manifest(made).id == "se-28529731"
    waiting = {"status": "in_progress", "manifest_request_id": "se-7"}
    assert (facts.manifest(waiting).state, facts.manifest(waiting).id) == ("creating", "se-7")
    refused = {"errors": [{"error_code": "x", "message": "No labels."}]}
    assert (facts.manifest(refused).state, facts.manifest(refused).message) == ("failed", "No labels")


def jwks(kid: str = "k1") -> dict[str, Any]:
    numbers = KEY.public_key().public_numbers()

    def coded(value: int) -> str:
        return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")

    return {"keys": [{"kty": "RSA", "use": "sig", "kid": kid, "n": coded(numbers.n), "e": coded(numbers.e)}]}


def signed(raw: bytes, at: datetime = NOW, kid: str = "k1", secret: str = "w") -> CaseInsensitiveDict[str]:
    stamp = at.isoformat().replace("+00:00", "Z")
    signature = KEY.sign(stamp.encode() + b"." + raw, padding.PKCS1v15(), SHA256())
    return CaseInsensitiveDict(
        {
            "x-shipengine-timestamp": stamp,
            "x-shipengine-rsa-sha256-signature": base64.b64encode(signature).decode(),
            "x-shipengine-rsa-sha256-key-id": kid,
            TOKEN: token(secret),
        }
    )


def message(place: int = 0) -> bytes:
    pairs = json.loads((answer_file()).read_text(encoding="utf-8"))["interactions"]
    return json.dumps(pairs[place]["request"]["body"]).encode()


def answer_file() -> Any:
    from tests.shipping.replay import RECORDED

    return RECORDED / "shipstation/v2_webhook_payloads.json"


def test_a_signed_message_is_news_about_its_label(replay: Replay) -> None:
    raw, ours = message(), connection(replay.say(jwks()).url, "k", webhook_secret="w")
    with time_machine.travel(NOW, tick=False):
        (news,) = ShipStation.read_news(ours, signed(raw), raw)
        (again,) = ShipStation.read_news(ours, signed(raw), raw)
    assert (news.kind, news.label_id, news.number) == ("tracking", "se-1234567890", "1Z0000000000000000")
    assert news.tracking is not None and news.tracking.status == "pre_transit" and again == news
    assert [one.path for one in replay.asked] == ["/jwks"], "keys are remembered"


def test_altered_messages_are_refused(replay: Replay) -> None:
    raw, ours = message(), connection(replay.say(jwks()).url, "k", webhook_secret="w")
    good = signed(raw)
    with time_machine.travel(NOW, tick=False):
        for headers, body in (
            (good, raw + b" "),
            (CaseInsensitiveDict(), raw),
            (signed(raw, kid="k2"), raw),
            (signed(raw, secret="another account"), raw),
            (CaseInsensitiveDict({**good, "x-shipengine-rsa-sha256-signature": "no base64!"}), raw),
            (CaseInsensitiveDict({**good, "x-shipengine-timestamp": "2026-04-28T12:00:01Z"}), raw),
            (CaseInsensitiveDict({**good, "x-shipengine-timestamp": ""}), raw),
        ):
            with pytest.raises(Forged):
                ShipStation.read_news(ours, headers, body)
    for seconds in (-301, 301):
        with time_machine.travel(NOW.timestamp() + seconds, tick=False), pytest.raises(Forged, match="too old"):
            ShipStation.read_news(ours, good, raw)


def test_while_the_keys_are_away_nothing_is_called_forged(replay: Replay) -> None:
    raw, ours = message(), connection(replay.say(b"down", 503).url, "k", webhook_secret="w")
    with time_machine.travel(NOW, tick=False), pytest.raises(ProviderError):
        ShipStation.read_news(ours, signed(raw), raw)


def test_a_rolled_key_is_looked_for_once(replay: Replay) -> None:
    raw, ours = message(1), connection(replay.say(jwks("k1")).url, "k", webhook_secret="w")
    with time_machine.travel(NOW, tick=False):
        for _ in range(3):
            with pytest.raises(Forged, match="unknown key"):
                ShipStation.read_news(ours, signed(raw, kid="forged"), raw)
    assert len(replay.asked) == 1


def test_where_the_api_and_its_keys_lie() -> None:
    assert api("https://api.shipstation.com") == "https://api.shipstation.com/v2"
    assert api("https://api.shipengine.com") == "https://api.shipengine.com/v1"
    assert jwks_url("https://api.shipstation.com/v2") == "https://api.shipengine.com/jwks"
    assert jwks_url("http://127.0.0.1:9400/shipstation") == "http://127.0.0.1:9400/shipstation/jwks"
    assert jwks_url("https://evilshipstation.com") == "https://evilshipstation.com/jwks"
