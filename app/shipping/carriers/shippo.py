"""Shippo (reference: SHIPPO.md). No idempotency key, and an answer of 201 may say no: only a status counts.

What we buy carries our reference as metadata, so that a purchase whose answer was lost is found among the rate's
transactions. Webhooks are signed only after Shippo's support enabled it; without that the address carries a secret and
what a message says is read again from the API.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.core.errors import ProviderError
from app.core.port import Field, Headers
from app.core.wire import LONG, Wire, mapping, reading, rows, text
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
from app.shipping.carriers import papers
from app.shipping.carriers import shippo_facts as facts
from app.shipping.carriers import shippo_news as news
from app.shipping.carriers import shippo_requests as asks

NAME = facts.NAME
VERSION = "2018-02-08"
HOSTS = (
    ".goshippo.com",
    "shippo-delivery.s3.amazonaws.com",
    "shippo-delivery-east.s3.amazonaws.com",
    "shippo-delivery-east.s3.us-east-1.amazonaws.com",
)
EVENTS = "all"
PROBE = {
    "name": "Shippo",
    "street1": "731 Market St",
    "city": "San Francisco",
    "state": "CA",
    "zip": "94103",
    "country": "US",
}
MOST_PAGES = 5


class Shippo:
    """The Carrier port over Shippo's API. A label's id is its transaction's id."""

    profile = Profile(
        kind="shippo",
        name=NAME,
        fields=(
            Field(
                "api_key", "API token", "Shippo, under Settings, API. A test token (shippo_test_…) buys nothing real."
            ),
            Field(
                "hmac_secret",
                "Webhook secret",
                "Only if Shippo's support has enabled signed webhooks for your account.",
                required=False,
            ),
        ),
        checks_addresses=True,
        manifests=True,
        webhooks=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        key = connection.credentials.get("api_key", "")
        headers = {"Authorization": f"ShippoToken {key}", "Shippo-API-Version": VERSION}
        self._wire = Wire(NAME, connection.base, headers, facts.explain, HOSTS)

    # --- the account
    def account(self) -> AccountFacts:
        test = bool(self._wire.post("/addresses/", PROBE).get("test"))
        listed = rows(self._wire.get("/carrier_accounts/", results=100).get("results"))
        names = {text(one.get("carrier_name")) or text(one.get("carrier")) for one in listed if one.get("active", True)}
        return AccountFacts(NAME, "test" if test else "live", sorted(filter(None, names)))

    # --- addresses and prices
    def check_address(self, address: Address) -> AddressCheck:
        found = self._wire.post("/addresses/", {**asks.address(address), "validate": True})
        with reading(NAME):
            return facts.address_check(found, address)

    def estimate(self, shipment: Shipment) -> Sequence[Rate]:
        return self.quote(shipment).rates

    def quote(self, shipment: Shipment) -> Quote:
        found = self._wire.post("/shipments/", asks.shipment(shipment), timeout=LONG)
        with reading(NAME):
            return Quote(text(found["object_id"]), facts.rates(found), facts.notes(found))

    # --- buying
    def buy(self, shipment: Shipment, shipment_id: str, rate_id: str) -> Bought:
        """The price is read before anything is paid, so that nothing can go wrong between the payment and its record."""
        price = self._wire.get(f"/rates/{rate_id}")
        body = {
            "rate": rate_id,
            "label_file_type": asks.FORMATS[self._format(shipment)],
            "metadata": shipment.reference[: asks.METADATA],
            "async": False,
        }
        found = self._wire.post("/transactions/", body, timeout=LONG)
        with reading(NAME, unknown=True):
            return facts.bought(found, price)

    def _format(self, shipment: Shipment) -> str:
        return text(self._connection.settings.get("format")) or shipment.format

    def find(self, shipment_id: str, rate_id: str, reference: str) -> Bought | None:
        """Among the rate's transactions, the one with our reference. Raises ProviderError while it is being bought."""
        found = facts.living(self._transactions(rate_id), rate_id, reference[: asks.METADATA])
        if found is None:
            return None
        price = self._wire.get(f"/rates/{rate_id}")
        with reading(NAME, unknown=True):
            return facts.bought(found, price)

    def _transactions(self, rate_id: str) -> list[Mapping[str, Any]]:
        return self._all("/transactions/", rate=rate_id, results=100)

    def _all(self, path: str, **query: Any) -> list[Mapping[str, Any]]:
        """Every entry of a list, newest first, up to MOST_PAGES pages."""
        listed: list[Mapping[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            found = self._wire.get(path, **query, **({"page": page} if page > 1 else {}))
            listed += rows(found) or rows(mapping(found).get("results"))
            if not mapping(found).get("next"):
                break
        return listed

    # --- files
    def file(self, bought_id: str, format: str, address: str) -> bytes:
        """There is one file per label, in the format it was bought in; its address expires and is then asked for again."""
        try:
            data = self._wire.download(address) if address else self._renewed(bought_id)
        except ProviderError as error:
            if not address or not error.permanent:
                raise
            data = self._renewed(bought_id)
        return papers.checked(NAME, data, format)

    def _renewed(self, bought_id: str) -> bytes:
        found = self._wire.find(f"/transactions/{bought_id}")
        urls = list(facts.files(found).values()) if found else self.manifest_urls(bought_id)
        if not urls:
            raise ProviderError(NAME, "has no file of this label yet", permanent=False, retry_after=5.0)
        return self._wire.download(urls[0])

    def manifest_urls(self, manifest_id: str) -> list[str]:
        found = self._wire.get(f"/manifests/{manifest_id}")
        with reading(NAME):
            return [url for url in (facts.manifest(found).url,) if url]

    # --- giving back
    def void(self, bought_id: str) -> Voided:
        found = self._wire.post("/refunds/", {"transaction": bought_id, "async": False})
        with reading(NAME, unknown=True):
            return facts.refunded(found)

    def void_state(self, bought_id: str) -> Voided:
        found = self._wire.get(f"/transactions/{bought_id}")
        with reading(NAME):
            return facts.voided(found)

    # --- manifests
    def manifest(self, bought_ids: Sequence[str], sender: Address, on: date) -> ManifestFacts:
        """One per carrier account, which is the first label's; labels of others are refused by Shippo in words."""
        first = self._wire.get(f"/transactions/{bought_ids[0]}")
        with reading(NAME):
            rate_id = facts.rate_of(first)
        price = self._wire.get(f"/rates/{rate_id}")
        body = {
            "carrier_account": text(price.get("carrier_account")),
            "shipment_date": asks.midday(on),
            "address_from": asks.address(sender),
            "transactions": list(bought_ids),
            "async": False,
        }
        found = self._wire.post("/manifests/", body, timeout=LONG)
        with reading(NAME, unknown=True):
            return facts.manifest(found)

    def manifest_state(self, manifest_id: str) -> ManifestFacts:
        found = self._wire.get(f"/manifests/{manifest_id}")
        with reading(NAME):
            return facts.manifest(found)

    def find_manifest(self, bought_ids: Sequence[str]) -> ManifestFacts | None:
        wanted = set(bought_ids)
        with reading(NAME):
            for found in self._all("/manifests/", results=100):
                if wanted and wanted <= {text(one) for one in found.get("transactions") or []}:
                    facts_found = facts.manifest(found)
                    if facts_found.state != "failed":
                        return facts_found
        return None

    # --- tracking
    def track(self, carrier: str, number: str, bought_id: str = "") -> Tracking:
        found = self._wire.get(f"/tracks/{facts.token(carrier)}/{number}")
        with reading(NAME):
            return facts.tracking(found, bought_id)

    # --- news
    def subscribe(self, url: str, secret: str) -> str:
        """One webhook for all events: a second one would double every message. The address carries a token of the secret."""
        address = news.address(url, secret)
        known = self._webhook(url)
        if known:
            made = text(known["object_id"])
            if text(known.get("url")) != address or not known.get("active", True):
                self._wire.ask("PUT", f"/webhooks/{made}", self._wanted(address))
            return made
        found = self._wire.post("/webhooks/", self._wanted(address))
        with reading(NAME, unknown=True):
            return text(found["object_id"])

    def _wanted(self, address: str) -> dict[str, Any]:
        test = self._connection.credentials.get("api_key", "").startswith("shippo_test_")
        return {"url": address, "event": EVENTS, "active": True, "is_test": test}

    def subscribed(self, url: str) -> bool:
        return bool(self._webhook(url).get("active", False))

    def _webhook(self, url: str) -> Mapping[str, Any]:
        listed = self._all("/webhooks/")
        return next((one for one in listed if news.plain(text(one.get("url"))) == news.plain(url)), {})

    @classmethod
    def read_news(
        cls, connection: Connection, headers: Headers, raw: bytes, query: Mapping[str, str] | None = None
    ) -> Sequence[News]:
        return news.read(connection, headers, raw, query or {})
