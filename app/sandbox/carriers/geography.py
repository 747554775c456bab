"""How far apart two addresses are: zones 1 to 8 inside a country, 11 to 14 between countries."""

import re
from dataclasses import dataclass, replace
from functools import cache
from math import asin, cos, radians, sin, sqrt


@dataclass(frozen=True, slots=True)
class Place:
    """An address in no provider's words. `residential` is None when nobody said."""

    name: str = ""
    company: str = ""
    street1: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = "US"
    phone: str = ""
    email: str = ""
    residential: bool | None = None

    def upper(self) -> "Place":
        """The address as a carrier prints it."""
        words = {
            name: getattr(self, name).upper() for name in ("name", "company", "street1", "street2", "city", "state")
        }
        return replace(self, **words)

    @property
    def region(self) -> str:
        """City, state and postcode in one line."""
        return " ".join(part for part in (self.city, self.state, self.zip) if part)


# First three digits of a ZIP code from which a region begins: latitude, longitude of its middle, and the state.
ANCHORS = {
    5: (40.7, -73.2, "NY"), 6: (18.4, -66.1, "PR"), 10: (42.3, -71.8, "MA"), 28: (41.7, -71.5, "RI"),
    30: (43.2, -71.5, "NH"), 39: (44.3, -69.8, "ME"), 50: (44.0, -72.7, "VT"), 60: (41.6, -72.7, "CT"),
    70: (40.6, -74.3, "NJ"), 100: (40.7, -74.0, "NY"), 150: (40.4, -80.0, "PA"), 170: (40.2, -76.5, "PA"),
    197: (39.5, -75.6, "DE"), 200: (38.9, -77.0, "DC"), 206: (39.2, -76.7, "MD"), 220: (38.0, -78.2, "VA"),
    247: (38.5, -81.5, "WV"), 270: (35.7, -79.5, "NC"), 290: (34.0, -81.0, "SC"), 300: (33.7, -84.4, "GA"),
    320: (28.6, -81.8, "FL"), 330: (25.9, -80.3, "FL"), 350: (33.0, -86.8, "AL"), 370: (36.0, -86.5, "TN"),
    386: (32.7, -89.8, "MS"), 400: (37.9, -85.2, "KY"), 430: (40.2, -82.8, "OH"), 460: (39.9, -86.2, "IN"),
    480: (42.8, -84.2, "MI"), 500: (41.9, -93.4, "IA"), 530: (43.6, -89.3, "WI"), 550: (45.2, -93.6, "MN"),
    570: (44.0, -99.0, "SD"), 580: (47.0, -99.5, "ND"), 590: (46.6, -110.0, "MT"), 600: (41.7, -88.2, "IL"),
    630: (38.5, -92.0, "MO"), 660: (38.6, -97.0, "KS"), 680: (41.1, -97.5, "NE"), 700: (30.4, -91.2, "LA"),
    716: (34.8, -92.4, "AR"), 730: (35.5, -97.0, "OK"), 750: (32.5, -97.5, "TX"), 770: (29.8, -95.6, "TX"),
    786: (30.4, -97.8, "TX"), 797: (31.8, -104.0, "TX"), 800: (39.5, -105.0, "CO"), 820: (42.3, -106.5, "WY"),
    832: (43.9, -114.5, "ID"), 840: (40.5, -111.7, "UT"), 850: (33.3, -111.9, "AZ"), 870: (35.0, -106.5, "NM"),
    889: (37.5, -116.0, "NV"), 900: (34.0, -118.2, "CA"), 936: (36.8, -119.8, "CA"), 940: (37.7, -122.3, "CA"),
    960: (40.5, -122.0, "CA"), 967: (21.3, -157.9, "HI"), 970: (44.8, -122.6, "OR"), 980: (47.5, -121.5, "WA"),
    995: (61.2, -149.9, "AK"),
}  # fmt: skip
MILES = (50, 150, 300, 600, 1000, 1400, 1800)  # the upper ends of zones 1 to 7
NEAR = {frozenset(("US", "CA")), frozenset(("US", "MX"))}
EUROPE = {
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip
PACIFIC = {"AU", "CN", "HK", "ID", "JP", "KR", "MY", "NZ", "PH", "SG", "TH", "TW", "VN"}


@cache
def anchor(prefix: int) -> tuple[float, float, str] | None:
    """Where a US ZIP prefix is; None for one that no region has."""
    starts = [start for start in ANCHORS if start <= prefix]
    return ANCHORS[max(starts)] if starts else None


def american(place: Place) -> tuple[float, float, str] | None:
    """Latitude, longitude and state of a US address by its ZIP code; None when the code is not one."""
    digits = re.fullmatch(r"(\d{3})\d{2}(-?\d{4})?", place.zip.strip())
    return anchor(int(digits[1])) if digits else None


def miles(one: tuple[float, float, str], two: tuple[float, float, str]) -> float:
    """The great-circle distance."""
    lat1, lon1, lat2, lon2 = map(radians, (one[0], one[1], two[0], two[1]))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 3959 * asin(sqrt(half))


def zone(origin: Place, destination: Place) -> int | None:
    """1 to 8 inside one country, 11 (neighbour) to 14 (far) between two; None when a US ZIP code is no ZIP code."""
    if origin.country != destination.country:
        return _abroad(origin.country, destination.country)
    if origin.country != "US":
        return _elsewhere(origin.zip, destination.zip)
    one, two = american(origin), american(destination)
    if one is None or two is None:
        return None
    if origin.zip[:3] == destination.zip[:3]:
        return 1
    return 1 + sum(miles(one, two) > end for end in MILES)


def _elsewhere(one: str, two: str) -> int:
    """Outside the US the distance is read off the postcodes' first letters: the same two are near."""
    same = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    return 5 - min(3, same)


def _abroad(one: str, two: str) -> int:
    pair = {one, two}
    if frozenset(pair) in NEAR or pair <= EUROPE:
        return 11
    if pair & {"US", "CA"} and pair & EUROPE:
        return 12
    return 13 if pair & PACIFIC else 14
