"""ShipStation API v2, formerly ShipEngine (reference: SHIPSTATION.md). Only accounts that came from ShipEngine have test
keys (TEST_…); every other key buys real labels.

There is no idempotency key: after a lost answer the labels of the rate are read, and only then may another be bought.
"""

import re
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
from app.shipping.carriers import shipstation_facts as facts
from app.shipping.carriers import shipstation_news as messages
from app.shipping.carriers import shipstation_requests as asks

NAME = facts.NAME
HOSTS = messages.REAL
EVENTS = ("track_event_v2", "track")
"""The event's name in newer accounts, whose messages name the label, and in the specification."""


class ShipStation:
    """The Carrier port over ShipStation's API v2. A label's id is its `label_id`."""

    profile = Profile(
        kind="shipstation",
        name=NAME,
        fields=(
            Field(
                "api_key",
                "API key",
                "ShipStation, under Settings, Account, API Settings (version 2). Without a TEST_ key every label is real.",
            ),
        ),
        checks_addresses=True,
        manifests=True,
        webhooks=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        headers = {"API-Key": connection.credentials.get("api_key", "")}
        self._wire = Wire(NAME, api(connection.base), headers, facts.explain, HOSTS)

    # --- the account
    def account(self) -> AccountFacts:
        """ShipStation says nowhere whether a key is a test key; its first letters do."""
        listed = self._carriers()
        names = {text(one.get("friendly_name")) or text(one.get("carrier_code")) for one in listed}
        test = self._connection.credentials.get("api_key", "").startswith("TEST_")
        return AccountFacts(NAME, "test" if test else "live", sorted(filter(None, names)))

    def _carriers(self) -> list[Mapping[str, Any]]:
        return rows(self._wire.get("/carriers").get("carriers"))

    def _carrier_ids(self) -> list[str]:
        """Those to ask for prices. Raises ProviderError (permanent) when the account has none."""
        found = [text(one["carrier_id"]) for one in self._carriers() if one.get("carrier_id")]
        if not found:
            raise ProviderError(NAME, "knows no carrier of this account; connect one there first", permanent=True)
        return found

    # --- addresses and prices
    def check_address(self, address: Address) -> AddressCheck:
        found = self._wire.post("/addresses/validate", [asks.address(address)])
        with reading(NAME):
            return facts.address_check(found[0], address)

    def estimate(self, shipment: Shipment) -> Sequence[Rate]:
        found = self._wire.post("/rates/estimate", asks.estimate(shipment, self._carrier_ids()))
        with reading(NAME):
            return facts.rates(rows(found))

    def quote(self, shipment: Shipment) -> Quote:
        options: dict[str, Any] = {"carrier_ids": self._carrier_ids()}
        if shipment.is_return:
            options["is_return"] = True
        body = {"shipment": asks.shipment(shipment), "rate_options": options}
        found = self._wire.post("/rates", body, timeout=LONG)
        with reading(NAME):
            response = mapping(found["rate_response"])
            known = text(response.get("shipment_id")) or text(found.get("shipment_id"))
            return Quote(known, facts.rates(rows(response.get("rates"))), facts.notes(response))

    # --- buying
    def buy(self, shipment: Shipment, shipment_id: str, rate_id: str) -> Bought:
        body = {
            "label_format": text(self._connection.settings.get("format")) or shipment.format,
            "label_layout": "4x6",
            "label_download_type": "url",
        }
        found = self._wire.post(f"/labels/rates/{rate_id}", body, timeout=LONG)
        with reading(NAME, unknown=True):
            return facts.bought(found)

    def find(self, shipment_id: str, rate_id: str, reference: str) -> Bought | None:
        """Among the labels of the rate and its shipment, the one that is neither voided nor failed."""
        found = self._wire.get("/labels", rate_id=rate_id, shipment_id=shipment_id, page_size=50)
        with reading(NAME, unknown=True):
            for one in rows(found.get("labels")):
                alive = text(one.get("status")) in ("completed", "processing") and not one.get("voided")
                if alive and text(one.get("shipment_id")) == shipment_id:
                    return facts.bought(one)
        return None

    # --- files
    def file(self, bought_id: str, format: str, address: str) -> bytes:
        try:
            data = self._wire.download(address or self._address(bought_id, format))
        except ProviderError as error:
            if not address or not error.permanent:
                raise
            data = self._wire.download(self._address(bought_id, format))
        return papers.checked(NAME, data, format)

    def _address(self, bought_id: str, format: str) -> str:
        found = self._wire.get(f"/labels/{bought_id}")
        with reading(NAME):
            ready = facts.files(found)
        if format not in ready:
            made = ", ".join(sorted(ready)).upper() or "nothing yet"
            raise ProviderError(NAME, f"has this label as {made}, not as {format.upper()}", permanent=bool(ready))
        return ready[format]

    # --- giving back
    def void(self, bought_id: str) -> Voided:
        found = self._wire.ask("PUT", f"/labels/{bought_id}/void")
        with reading(NAME, unknown=True):
            return facts.voided(found)

    def void_state(self, bought_id: str) -> Voided:
        found = self._wire.get(f"/labels/{bought_id}")
        with reading(NAME):
            return Voided("refunded" if found.get("voided") else "")

    # --- manifests
    def manifest(self, bought_ids: Sequence[str], sender: Address, on: date) -> ManifestFacts:
        """Of the first label's carrier and warehouse; labels of others are named in the answer's errors."""
        first = self._wire.get(f"/labels/{bought_ids[0]}")
        body = {
            "carrier_id": text(first.get("carrier_id")),
            "ship_date": f"{on.isoformat()}T12:00:00Z",
            "label_ids": list(bought_ids),
        }
        if first.get("warehouse_id"):
            body["warehouse_id"] = text(first["warehouse_id"])
        found = self._wire.post("/manifests", body, timeout=LONG)
        with reading(NAME, unknown=True):
            return facts.manifest(found)

    def manifest_state(self, manifest_id: str) -> ManifestFacts:
        """A manifest that is still being made is known by its request."""
        found = self._wire.find(f"/manifests/{manifest_id}")
        if found is None:
            found = self._wire.get(f"/manifests/requests/{manifest_id}")
        with reading(NAME):
            return facts.manifest(found)

    def find_manifest(self, bought_ids: Sequence[str]) -> ManifestFacts | None:
        wanted = set(bought_ids)
        found = self._wire.get("/manifests", page_size=50)
        with reading(NAME):
            for one in rows(found.get("manifests")):
                if wanted and wanted <= {text(label) for label in one.get("label_ids") or []}:
                    return facts.manifest(one)
        return None

    # --- tracking
    def track(self, carrier: str, number: str, bought_id: str = "") -> Tracking:
        if bought_id:
            found = self._wire.get(f"/labels/{bought_id}/track")
        else:
            found = self._wire.get("/tracking", carrier_code=facts.code(carrier), tracking_number=number)
        with reading(NAME):
            return facts.tracking({"tracking_number": number, **found}, bought_id)

    # --- news
    def subscribe(self, url: str, secret: str) -> str:
        """One webhook per address and event; an existing one is told our token again."""
        known = self._webhook(url)
        if known:
            made = text(known["webhook_id"])
            self._wire.ask("PUT", f"/environment/webhooks/{made}", {"url": url, "headers": messages.header(secret)})
            return made
        return self._new_webhook(url, secret)

    def _new_webhook(self, url: str, secret: str) -> str:
        """Under the event's name that this account knows."""
        for last, event in ((False, EVENTS[0]), (True, EVENTS[1])):
            body = {"event": event, "url": url, "headers": messages.header(secret)}
            try:
                made = self._wire.post("/environment/webhooks", body)
            except ProviderError as error:
                if last or error.remote_code not in ("invalid_field_value", "field_value_invalid"):
                    raise
                continue
            with reading(NAME, unknown=True):
                return text(made["webhook_id"])
        raise AssertionError("the last name either made a webhook or raised")

    def subscribed(self, url: str) -> bool:
        return bool(self._webhook(url))

    def _webhook(self, url: str) -> Mapping[str, Any]:
        found = self._wire.get("/environment/webhooks")
        listed = rows(found) or rows(mapping(found).get("webhooks"))
        same = (one for one in listed if text(one.get("url")) == url and text(one.get("event")) in EVENTS)
        return next(same, {})

    @classmethod
    def read_news(
        cls, connection: Connection, headers: Headers, raw: bytes, query: Mapping[str, str] | None = None
    ) -> Sequence[News]:
        return messages.read(connection, headers, raw)


def api(base: str) -> str:
    """The address of version 2; ShipEngine's own host speaks the same as version 1."""
    if re.search(r"/v[12]$", base):
        return base
    return f"{base}/v1" if base.endswith("api.shipengine.com") else f"{base}/v2"
