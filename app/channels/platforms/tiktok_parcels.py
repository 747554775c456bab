"""TikTok Shop's parcels: hand over, ship, label, follow (TIKTOK.md §7). Packages are TikTok's own; orders name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.order_facts import Document, Handover, PackageFacts, Scan, Sent, Shipped
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_requests as asks
from app.channels.platforms.tiktok_calls import Calls, download
from app.channels.platforms.tiktok_errors import NAME
from app.core.errors import ProviderError
from app.core.wire import reading, rows, text

DOCUMENTS = {"label": "SHIPPING_LABEL", "packing_slip": "PACKING_SLIP"}
UNDER_WAY = {"arranged", "in_transit", "delivered"}
KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"^XA", "application/zpl"),
)


@dataclass(frozen=True)
class Parcels:
    """What is done with the packages of a shop; `region` decides how a seller's own parcel is told."""

    calls: Calls
    region: str

    def read(self, package_id: str) -> PackageFacts | None:
        """The package as it is, or None when there is none of this id any more: split and combined ones get new ids."""
        try:
            found = self.calls.get(f"{asks.PACKAGES}/{package_id}")
        except ProviderError as error:
            if not error.permanent or isinstance(error, AccessEnded):
                raise
            return None
        with reading(NAME):
            return facts.package(found)

    def handovers(self, order_id: str, package_id: str) -> list[Handover]:
        found = self.calls.get(f"{asks.PACKAGES}/{self._id(order_id, package_id)}/handover_time_slots")
        with reading(NAME):
            return facts.handovers(found)

    def ship(self, sent: Sent) -> Shipped:
        if sent.handover is None and self.region in asks.OWN_PARCELS:
            return self._own_parcel(sent)
        package_id = self._id(sent.order_id, sent.package_id)
        body = asks.handed_over(sent.handover) if sent.handover else self._self_shipment(sent)
        try:
            self.calls.slow(f"{asks.PACKAGES}/{package_id}/ship", body)
        except ProviderError as error:
            return self._already(package_id, error)
        return Shipped("" if sent.handover else sent.tracking_number, package_id)

    def _already(self, package_id: str, error: ProviderError) -> Shipped:
        """A no to a package that is under way is as good as a yes (TRAPS.md F44)."""
        if not error.permanent or isinstance(error, AccessExpired | AccessEnded):
            raise error
        found = self.read(package_id)
        if found is None or found.state not in UNDER_WAY:
            raise error
        return Shipped(found.tracking_number, package_id, already=True)

    def _self_shipment(self, sent: Sent) -> dict[str, Any]:
        return asks.self_shipment(sent.tracking_number, self._provider(self._order(sent.order_id), sent.carrier))

    def _own_parcel(self, sent: Sent) -> Shipped:
        """A parcel of the seller's own carrier, told per line. Lines that are under way already are not told again."""
        order = self._order(sent.order_id)
        meant = [one for one in rows(order.get("line_items")) if not sent.items or text(one.get("id")) in sent.items]
        left = [one for one in meant if text(one.get("package_status")) in ("", "TO_FULFILL")]
        if meant and not left:
            return Shipped(text(meant[0].get("tracking_number")), text(meant[0].get("package_id")), already=True)
        provider = self._provider(order, sent.carrier)
        body = asks.own_parcel([text(one.get("id")) for one in left], sent.tracking_number, provider)
        made = self.calls.slow(f"/fulfillment/202610/orders/{sent.order_id}/packages", body)
        return Shipped(sent.tracking_number, text(made.get("package_id")))

    def _provider(self, order: Mapping[str, Any], carrier: str) -> str:
        option = text(order.get("delivery_option_id"))
        found = self.calls.get(f"/logistics/202309/delivery_options/{option}/shipping_providers")
        return asks.provider(rows(found.get("shipping_providers")), carrier)

    def _order(self, order_id: str) -> Mapping[str, Any]:
        found = rows(self.calls.get(asks.ORDER, ids=[order_id]).get("orders"))
        if not found:
            raise ProviderError(NAME, "does not know this order", permanent=True, remote_code="no_order")
        return found[0]

    def _id(self, order_id: str, package_id: str) -> str:
        """The package that was named, or the order's first."""
        if package_id:
            return package_id
        found = rows(self._order(order_id).get("packages"))
        if not found:
            raise ProviderError(NAME, "has not made a package for this order yet", permanent=False, retry_after=60)
        return text(found[0].get("id"))

    def tracking_number(self, order_id: str, package_id: str) -> str:
        found = self.calls.get(f"{asks.PACKAGES}/{self._id(order_id, package_id)}")
        return text(found.get("tracking_number"))

    def document(self, order_id: str, package_id: str, kind: str) -> Document | None:
        """Fetched at once: the address dies within a day (TRAPS.md F39)."""
        found = self.calls.get(
            f"{asks.PACKAGES}/{self._id(order_id, package_id)}/shipping_documents",
            document_type=DOCUMENTS[kind],
            document_size="A6",
            document_format="PDF",
        )
        url = text(found.get("doc_url"))
        return document(download(self.calls.app, url)) if url else None

    def scans(self, order_id: str) -> Sequence[Scan]:
        found = self.calls.get(f"/fulfillment/202309/orders/{order_id}/tracking")
        with reading(NAME):
            return facts.scans(found)


def document(data: bytes) -> Document:
    """What the file is by its first bytes, never by what was asked for. Raises ProviderError for what is no paper."""
    for start, kind in KINDS:
        if data.lstrip()[: len(start)] == start:
            return Document(data, kind)
    raise ProviderError(NAME, "sent a file that is not a label", permanent=False)
