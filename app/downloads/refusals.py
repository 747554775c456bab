"""What a buyer is told when a purchase hands nothing over, and the way to where more can be done about it."""

from app.access.models import Grant
from app.core.errors import Refused


class AtPurchase(Refused):
    """Leads to the page of the purchase and to the library."""

    status = 403

    def __init__(self, grant: Grant, message: str | None = None) -> None:
        super().__init__(message)
        self.ways = (("Your purchase", f"/library/{grant.id}"), ("Your library", "/library"))


class AccessEnded(AtPurchase):
    """Says who ended it: a refund, the bank, or the seller in their own words."""

    title = "These files are closed"
    message = "Access to these files has ended. The seller can say why."

    def __init__(self, grant: Grant, message: str | None = None) -> None:
        super().__init__(grant, message or _ended(grant))


class AccessExpired(AccessEnded):
    def __init__(self, grant: Grant) -> None:
        super().__init__(grant, "The time of this download is over. Ask the seller if you need it longer.")


class LimitReached(AtPurchase):
    title = "Nothing is left of the limit"
    message = "All downloads of this file are used up. Ask the seller for more; they can give them back with one click."


class StreamOnly(AtPurchase):
    message = (
        "This one is for listening or watching here, so there is no copy of it. Open it on the page of your purchase."
    )


def _ended(grant: Grant) -> str | None:
    said = f": «{grant.stop_note}»." if grant.stop_note else "."
    words = {
        "refund": "This purchase was refunded, so its files are closed.",
        "dispute": "Your bank disputes the payment of this purchase, so its files are closed until that is decided.",
        "seller": f"The seller has closed this purchase{said} No money moved. Write to them if you think it is a mistake.",
    }
    return words.get(grant.revoked_for or "")
