"""What the United States want to know of every export: an exemption, or the number of a filing (TRAPS.md C25)."""

from collections import defaultdict

from app.core.errors import ProviderError
from app.shipping.carrier import Shipment

LIMIT_MINOR = 250_000
"""Dollars and cents of one customs code above which a filing (ITN) is needed."""


def filing(name: str, wanted: Shipment, *, canada: str, elsewhere: str) -> str:
    """The exemption or filing of a parcel, in the provider's spelling; "" for parcels that leave from another country.

    Raises ProviderError (permanent) when a filing is needed and none was given.
    """
    declared = wanted.customs
    if declared is None or declared.filing:
        return declared.filing if declared else ""
    if wanted.sender.country != "US":
        return ""
    if wanted.recipient.country == "CA":
        return canada
    worth: dict[str, int] = defaultdict(int)
    for line in declared.lines:
        worth[line.hs_code] += line.value_minor * line.quantity if line.currency == "USD" else 0
    if max(worth.values(), default=0) > LIMIT_MINOR:
        raise ProviderError(
            name,
            "needs an export filing (ITN) above 2,500 USD per customs code; enter it on the parcel",
            permanent=True,
        )
    return elsewhere
