"""EasyPost (reference: EASYPOST.md). A shipment can be bought once only, which is what keeps a label from being paid twice."""

import base64
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.errors import ProviderError
from app.core.port import Field, Forged, Headers
from app.core.wire import LONG, Wire, decimal, mapping, minor, reading, rows, text
from app.shipping.carrier import (
    AccountFacts,
    Address,
    AddressCheck,
    Bought,
    Connection,
    ManifestFacts,
    News,
    Profile,
    Quote,
    Rate,
    Shipment,
    Tracking,
    Voided,
)
from app.shipping.carriers import easypost_facts as facts
from app.shipping.carriers import easypost_requests as asks
from app.shipping.carriers import papers

NAME = facts.NAME
HOSTS = (
    ".easypost.com",
    "easypost-files.s3.us-west-2.amazonaws.com",
    "easypost-files.s3-us-west-2.amazonaws.com",
    "easypost-files.s3.amazonaws.com",
)
PROBE = {
    "street1": "417 Montgomery Street",
    "city": "San Francisco",
    "state": "CA",
    "zip": "94104",
    "country": "US",
}
"""EasyPost's own office: storing it costs nothing and the answer says whether the key is a test key."""


class EasyPost:
    """The Carrier port over EasyPost's API. A label's id is its shipment's id."""

    profile = Profile(
        kind="easypost",
        name=NAME,
        fields=(
            Field("api_key", "API key", "EasyPost dashboard, under API Keys. A test key (EZTK…) buys nothing real."),
        ),
        checks_addresses=True,
        manifests=True,
        webhooks=True,
        buys_once=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        key = f"{connection.credentials.get('api_key', '')}:".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(key).decode()}"}
        self._wire = Wire(NAME, connection.base, headers, facts.explain, HOSTS)

    # --- the account
    def account(self) -> AccountFacts:
        mode = text(self._wire.post("/addresses", {"address": PROBE}).get("mode"))
        owner = self._owner()
        return AccountFacts(
            name=text((owner or {}).get("name")) or NAME,
            mode="test" if mode == "test" else "live",
            carriers=self._carriers() if owner else (),
        )

    def _owner(self) -> Mapping[str, Any] | None:
        """The account behind the key, or None: test keys may not read it."""
        return self._wire.ask("GET", "/users", allow=(401, 403, 404))

    def _carriers(self) -> list[str]:
        found = self._wire.ask("GET", "/carrier_accounts", allow=(401, 403, 404))
        listed = rows(found) or rows(mapping(found).get("carrier_accounts"))
        return sorted({text(one.get("readable")) or text(one.get("type")) for one in listed})

    # --- addresses and prices
    def check_address(self, address: Address) -> AddressCheck:
        found = self._wire.post("/addresses", {"address": asks.address(address), "verify": True})
        with reading(NAME):
            return facts.address_check(found, address)

    def estimate(self, shipment: Shipment) -> Sequence[Rate]:
        """From the stateless rates, which store nothing."""
        stateless = f"{self._wire.base.removesuffix('/v2')}/beta/rates"
        wanted = asks.shipment(shipment, self._format(shipment))
        found = self._wire.post(stateless, {"shipment": wanted})
        with reading(NAME):
            return self._rates(found, shipment)

    def quote(self, shipment: Shipment) -> Quote:
        found = self._wire.post("/shipments", {"shipment": asks.shipment(shipment, self._format(shipment))})
        with reading(NAME):
            return Quote(text(found["id"]), self._rates(found, shipment), facts.notes(found))

    def _rates(self, found: Mapping[str, Any], shipment: Shipment) -> list[Rate]:
        fee = self._insurance_minor(shipment)
        return facts.best([facts.rate(one, fee) for one in rows(found.get("rates"))])

    def _insurance_minor(self, shipment: Shipment) -> int:
        """Cents that the insurance adds; the rates themselves are postage alone."""
        if not shipment.insured_minor:
            return 0
        return minor(facts.insurance_fee(self._owner(), decimal(asks.dollars(shipment))), "USD")

    def _format(self, shipment: Shipment) -> str:
        """The printer's format: EasyPost makes the label in it and turns only into PDF and ZPL afterwards."""
        return text(self._connection.settings.get("format")) or shipment.format

    # --- buying
    def buy(self, shipment: Shipment, shipment_id: str, rate_id: str) -> Bought:
        body: dict[str, Any] = {"rate": {"id": rate_id}}
        if shipment.insured_minor:
            body["insurance"] = asks.dollars(shipment)
        try:
            found = self._wire.post(f"/shipments/{shipment_id}/buy", body, timeout=LONG)
        except ProviderError as error:
            if error.remote_code != facts.EXISTS:
                raise
            return self._already(shipment_id, rate_id)
        with reading(NAME, unknown=True):
            if not facts.is_bought(found):
                raise ProviderError(NAME, "has not finished buying", permanent=False, unknown=True, retry_after=3.0)
            return facts.bought(found)

    def _already(self, shipment_id: str, rate_id: str) -> Bought:
        """The shipment has a label: ours when it is of this rate and was not given back (TRAPS.md A2, A12)."""
        found = self._wire.get(f"/shipments/{shipment_id}")
        with reading(NAME, unknown=True):
            if _is_ours(found, rate_id):
                return facts.bought(found)
        raise ProviderError(
            NAME,
            "has sold a label for this quote before; ask for rates again. Nothing was bought",
            permanent=True,
            remote_code=facts.EXISTS,
        )

    def find(self, shipment_id: str, rate_id: str, reference: str) -> Bought | None:
        found = self._wire.find(f"/shipments/{shipment_id}") if shipment_id else None
        with reading(NAME, unknown=True):
            return facts.bought(found) if found and _is_ours(found, rate_id) else None

    # --- files
    def file(self, bought_id: str, format: str, address: str) -> bytes:
        try:
            data = self._wire.download(address or self._address(bought_id, format))
        except ProviderError as error:
            if not address or not error.permanent or not bought_id.startswith("shp_"):
                raise
            data = self._wire.download(self._address(bought_id, format))
        return papers.checked(NAME, data, format)

    def _address(self, bought_id: str, format: str) -> str:
        """Where the label lies in this format now; PDF and ZPL are made from another one when need be."""
        found = self._wire.get(f"/shipments/{bought_id}")
        with reading(NAME):
            ready = facts.files(mapping(found["postage_label"]))
        if format in ready or format == "png":
            if format not in ready:
                made = "/".join(sorted(ready)).upper()
                raise ProviderError(NAME, f"made this label as {made} and makes no PNG of it", permanent=True)
            return ready[format]
        found = self._wire.get(f"/shipments/{bought_id}/label", file_format=format.upper())
        with reading(NAME):
            return facts.files(mapping(found["postage_label"]))[format]

    # --- giving back
    def void(self, bought_id: str) -> Voided:
        found = self._wire.post(f"/shipments/{bought_id}/refund", {})
        with reading(NAME, unknown=True):
            return facts.voided(found["refund_status"] or "submitted")

    def void_state(self, bought_id: str) -> Voided:
        found = self._wire.get(f"/shipments/{bought_id}")
        with reading(NAME):
            return facts.voided(found.get("refund_status"))

    # --- manifests
    def manifest(self, bought_ids: Sequence[str], sender: Address, on: date) -> ManifestFacts:
        wanted = {"scan_form": {"shipment": [{"id": one} for one in bought_ids]}}
        found = self._wire.post("/scan_forms", wanted, timeout=LONG)
        with reading(NAME, unknown=True):
            return facts.manifest(found)

    def manifest_state(self, manifest_id: str) -> ManifestFacts:
        found = self._wire.get(f"/scan_forms/{manifest_id}")
        with reading(NAME):
            return facts.manifest(found)

    def find_manifest(self, bought_ids: Sequence[str]) -> ManifestFacts | None:
        """Every shipment names the form it is on."""
        if not bought_ids:
            return None
        found = mapping(self._wire.get(f"/shipments/{bought_ids[0]}").get("scan_form"))
        with reading(NAME):
            return facts.manifest(found) if found else None

    # --- tracking
    def track(self, carrier: str, number: str, bought_id: str = "") -> Tracking:
        """By our shipment, never by the number alone when there is one (TRAPS.md B17)."""
        if bought_id:
            found = mapping(self._wire.get(f"/shipments/{bought_id}").get("tracker"))
            if found:
                with reading(NAME):
                    return facts.tracking(found)
        wanted = {"tracking_code": number, **({"carrier": carrier} if carrier else {})}
        found = self._wire.post("/trackers", {"tracker": wanted})
        with reading(NAME):
            return facts.tracking(found)

    # --- news
    def subscribe(self, url: str, secret: str) -> str:
        """One webhook per address. An existing one gets the secret again, which also wakes it when it was disabled."""
        found = self._webhook(url)
        if found:
            known = text(found["id"])
            self._wire.ask("PATCH", f"/webhooks/{known}", {"webhook_secret": secret})
            return known
        made = self._wire.post("/webhooks", {"webhook": {"url": url, "webhook_secret": secret}})
        with reading(NAME, unknown=True):
            return text(made["id"])

    def subscribed(self, url: str) -> bool:
        found = self._webhook(url)
        return bool(found) and not found.get("disabled_at")

    def _webhook(self, url: str) -> Mapping[str, Any]:
        listed = rows(self._wire.get("/webhooks", page_size=100).get("webhooks"))
        return next((one for one in listed if text(one.get("url")).rstrip("/") == url.rstrip("/")), {})

    @classmethod
    def read_news(
        cls, connection: Connection, headers: Headers, raw: bytes, query: Mapping[str, str] | None = None
    ) -> Sequence[News]:
        if not hmac.compare_digest(signature(connection.webhook_secret, raw), _signed(headers)):
            raise Forged("the signature does not fit")
        try:
            event = mapping(json.loads(raw))
        except ValueError as error:
            raise Forged("the body is not JSON") from error
        return [_news(event)]


def _is_ours(found: Mapping[str, Any], rate_id: str) -> bool:
    """Bought at this rate and not given back since."""
    same = text(mapping(found.get("selected_rate")).get("id")) == rate_id
    return facts.is_bought(found) and same and not found.get("refund_status")


def signature(secret: str, raw: bytes) -> str:
    """`hmac-sha256-hex=…` over the raw body; the secret counts in its NFKD form."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return f"hmac-sha256-hex={hmac.new(key, raw, hashlib.sha256).hexdigest()}"


def _signed(headers: Headers) -> str:
    found = headers.get("X-Hmac-Signature") or ""
    return found if found.isascii() else ""


def _news(event: Mapping[str, Any]) -> News:
    """A tracker's event carries it whole; other events are told by the object they are about."""
    about, result = text(event.get("description")), mapping(event.get("result"))
    remote_id = text(event.get("id"))
    label_id = text(result.get("shipment_id"))
    if about.startswith("tracker.") and result.get("tracking_code"):
        with reading(NAME):
            found = facts.tracking(result)
        return News(remote_id, "tracking", found.carrier, found.number, label_id, found)
    if about.startswith("refund."):
        number = text(result.get("tracking_code"))
        return News(remote_id, "void", text(result.get("carrier")), number, label_id)
    if about.startswith("scan_form."):
        return News(remote_id, "manifest", fetch=text(result.get("id")))
    return News(remote_id, "other")
