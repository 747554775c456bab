"""Parcels as carriers are asked to take them."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from app.shipping.carrier import Address, Box, Connection, Customs, CustomsLine, Shipment

ACCOUNT = UUID("00000000-0000-7000-8000-000000000001")
STUDIO = Address(
    "Northlight", "Northlight LLC", "388 Townsend St", "Apt 20", "San Francisco", "CA", "94107", "US",
    "5555555555", "north@guildhall.test",
)  # fmt: skip
BEACH = Address(
    "Fay", "", "179 N Harbor Dr", "", "Redondo Beach", "CA", "90277", "US", "5555555555", "fay@guildhall.test"
)
TORONTO = Address("Fay", "", "1 Front St W", "", "Toronto", "ON", "M5J 2X6", "CA", "4165555555", "fay@guildhall.test")
LONDON = Address("Fay", "", "10 Downing St", "", "London", "", "SW1A 2AA", "GB", "2055555555", "fay@guildhall.test")
NOWHERE = Address(
    "Fay", "", "000 unknown street", "", "Not A City", "ZZ", "00001", "US", "5555555555", "fay@guildhall.test"
)
BOX = Box(437, 254, 204, 102)
MUGS = CustomsLine("Mug", 3, 1500, "USD", 120, "US", "691200", "MUG-1")


def parcel(**changes: Any) -> Shipment:
    """A mug from San Francisco to Redondo Beach."""
    wanted = Shipment(str(uuid4()), STUDIO, BEACH, BOX, note="#1042")
    return replace(wanted, **changes)


def abroad(to: Address = TORONTO, *lines: CustomsLine, **changes: Any) -> Shipment:
    return parcel(recipient=to, customs=Customs(lines or (MUGS,), "Alice North"), **changes)


def connection(base: str, key: str, **more: Any) -> Connection:
    return Connection(ACCOUNT, base, {"api_key": key, **more.pop("credentials", {})}, **more)
