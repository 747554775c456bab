"""What the contract of the Carrier port needs to know of each adapter, and the stage it plays on: a connection to a live sandbox."""

from dataclasses import dataclass
from typing import Any

import pytest
import requests

from app.shipping.carrier import Bought, Carrier, Connection, Quote, Shipment
from app.shipping.carriers.easypost import EasyPost
from app.shipping.carriers.own import OwnLabel
from app.shipping.carriers.shippo import Shippo
from app.shipping.carriers.shipstation import ShipStation
from tests.letters import Letters
from tests.shipping.parcels import connection

SECRET = "sécret of this account"


@dataclass(frozen=True)
class Kind:
    """One adapter, where the sandbox speaks its language, and where its labels are bought there."""

    name: str
    adapter: type[Carrier]
    base: str = ""
    key: str = ""
    bad_key: str = ""
    buying: str = ""


KINDS = [
    Kind("EasyPost", EasyPost, "/easypost/v2", "EZTK_contract", "EZAK_nobody", "/easypost/v2/shipments/*/buy"),
    Kind("Shippo", Shippo, "/shippo", "shippo_test_contract", "shippo_live_nobody", "/shippo/transactions/"),
    Kind("ShipStation", ShipStation, "/shipstation", "TEST_contract", "live_nobody", "/shipstation/v2/labels/rates/*"),
    Kind("Own label", OwnLabel),
]
REMOTE = KINDS[:3]
every = pytest.mark.parametrize("kind_of", KINDS, ids=lambda one: one.name, indirect=True)
remote = pytest.mark.parametrize("kind_of", REMOTE, ids=lambda one: one.name, indirect=True)


@dataclass
class Stage:
    """An adapter with its connection, and the sandbox's own doors."""

    kind: Kind
    sandbox: str
    letters: Letters

    def connection(self, **more: Any) -> Connection:
        base = f"{self.sandbox}{self.kind.base}" if self.kind.base else ""
        return connection(base, more.pop("key", self.kind.key), webhook_secret=SECRET, **more)

    def carrier(self, **more: Any) -> Carrier:
        return self.kind.adapter(self.connection(**more))

    def door(self, path: str, /, **body: Any) -> Any:
        answer = requests.post(f"{self.sandbox}/_sandbox/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, what: str, path: str | None = None, **more: Any) -> None:
        self.door("faults", kind=what, path=path or self.kind.buying, **more)

    def sold(self, effect: str = "label") -> list[dict[str, Any]]:
        """The sandbox's ledger: every label that somebody paid for."""
        return requests.get(f"{self.sandbox}/_sandbox/effects", params={"kind": effect}, timeout=20).json()

    def quoted(self, wanted: Shipment) -> tuple[Quote, Any]:
        """A quote and its cheapest rate by the post."""
        quote = self.carrier().quote(wanted)
        assert quote.rates, quote.notes
        return quote, next((one for one in quote.rates if one.carrier == "USPS"), quote.rates[0])

    def buy(self, wanted: Shipment) -> Bought:
        quote, rate = self.quoted(wanted)
        return self.carrier().buy(wanted, quote.shipment_id, rate.id)

    def scan(self, number: str, step: str) -> None:
        self.door(f"parcels/{number}/scans", step=step)
