"""What a parcel costs with each service, and why some carriers do not want it."""

import re
from dataclasses import dataclass
from math import ceil

from .geography import Place, zone
from .services import CARRIERS, SERVICES, USPS, Carrier, Service

OUNCES_PER_POUND = 16
SIGNATURES = {"": 0, "none": 0, "standard": 340, "adult": 690}
INSURANCE_LEAST, INSURANCE_SHARE = 100, 100  # one dollar, or one cent in the dollar
HOME_DELIVERY = 415  # what private carriers add for a home, in cents
FILING_LIMIT = 2500_00  # US exports above this value need an ITN
PO_BOX = re.compile(r"\bP\.?\s*O\.?\s*BOX\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Customs:
    """What rating wants to know of a declaration; `value` in cents."""

    value: int
    every_line_has_a_code: bool
    filing: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """One parcel from here to there. Ounces and inches; sizes of 0 are unknown; `insured` in cents."""

    origin: Place
    destination: Place
    ounces: float
    inches: tuple[float, float, float] = (0, 0, 0)
    signature: str = ""
    insured: int = 0
    customs: Customs | None = None
    is_return: bool = False

    @property
    def abroad(self) -> bool:
        return self.origin.country != self.destination.country


@dataclass(frozen=True, slots=True)
class Offer:
    """A price in cents, in its parts."""

    service: Service
    postage: int
    signature: int
    insurance: int
    days: int
    zone: int

    @property
    def total(self) -> int:
        return self.postage + self.signature + self.insurance


@dataclass(frozen=True, slots=True)
class Complaint:
    """A carrier that does not want the parcel says why."""

    carrier: str
    message: str


def offers(journey: Journey, carriers: list[str] | None = None) -> tuple[list[Offer], list[Complaint]]:
    """All prices, and what those carriers said that have none. `carriers` narrows the search."""
    found: list[Offer] = []
    complaints: list[Complaint] = []
    for carrier in CARRIERS.values():
        if carriers is not None and carrier.name not in carriers:
            continue
        services = [one for one in SERVICES if one.carrier == carrier.name and one.abroad == journey.abroad]
        if not services or (carrier.origins and journey.origin.country not in carrier.origins):
            continue
        wrong = _complaint(carrier, journey)
        if wrong:
            complaints.append(Complaint(carrier.name, wrong))
        else:
            found += [_offer(carrier, service, journey) for service in services]
    return found, complaints


def insurance(insured: int) -> int:
    """The premium in cents."""
    return max(INSURANCE_LEAST, -(-insured // INSURANCE_SHARE)) if insured > 0 else 0


def billable_ounces(carrier: Carrier, journey: Journey) -> float:
    """The heavier of the scale's weight and the volume's (which counts in whole pounds)."""
    length, width, height = journey.inches
    volume = length * width * height
    by_volume = ceil(volume / carrier.divisor - 1e-9) if volume > carrier.weighs_from else 0
    return max(journey.ounces, by_volume * OUNCES_PER_POUND)


def _offer(carrier: Carrier, service: Service, journey: Journey) -> Offer:
    away = zone(journey.origin, journey.destination) or 8
    ounces = billable_ounces(carrier, journey)
    pounds = max(1, ceil(ounces / OUNCES_PER_POUND - 1e-9))
    postage = service.base + service.by_zone * away + service.by_lb * pounds + service.by_oz * ounces
    if carrier.name != USPS and journey.destination.residential:
        postage += HOME_DELIVERY
    soonest, latest = service.days
    share = (away - 1) / 7 if away < 10 else (away - 11) / 3
    return Offer(
        service=service,
        postage=max(round(postage), 100),
        signature=SIGNATURES[journey.signature],
        insurance=insurance(journey.insured),
        days=round(soonest + (latest - soonest) * share),
        zone=away,
    )


def _complaint(carrier: Carrier, journey: Journey) -> str:
    """Why this carrier has no price, or nothing."""
    destination = journey.destination
    if journey.ounces > carrier.heaviest_oz:
        return f"Weight exceeds the maximum of {carrier.heaviest_oz // OUNCES_PER_POUND} lb for {carrier.name}."
    if carrier.name != USPS and PO_BOX.search(f"{destination.street1} {destination.street2}"):
        return f"{carrier.name} cannot deliver to a P.O. Box."
    if zone(journey.origin, destination) is None:
        return "Invalid origin or destination ZIP Code."
    return _customs_complaint(carrier, journey) if journey.abroad else ""


def _customs_complaint(carrier: Carrier, journey: Journey) -> str:
    customs = journey.customs
    if customs is None:
        return "Customs information is required for international shipments."
    if (
        journey.origin.country == "US"
        and customs.value > FILING_LIMIT
        and not re.search(r"AES|\bX\d{14}", customs.filing)
    ):
        return "An AES ITN is required for exports valued above 2500 USD."
    if carrier.name == USPS and not customs.every_line_has_a_code:
        return "A 6-digit HS tariff number is required for every customs item."
    if not journey.origin.phone:
        return "The sender's phone number is required for international shipments."
    return ""
