"""WooCommerce, the REST API of a shop of one's own (reference: WOOCOMMERCE.md): absolute stock, no parcels, money by hand or gateway.

The address is the seller's, so every request goes the guarded way of core/outside.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.channels.channel_facts import (
    App,
    Authorised,
    Connection,
    Hooks,
    ListingFacts,
    Outcome,
    Page,
    PriceChange,
    Profile,
    Push,
    ShopFacts,
    StockChange,
    Tokens,
    Warehouse,
)
from app.channels.order_facts import (
    CancelLine,
    Document,
    Handover,
    OrderFacts,
    OrderRef,
    ReturnFacts,
    Scan,
    Sent,
    Shipped,
)
from app.channels.platforms import woocommerce_access as access
from app.channels.platforms import woocommerce_batches as batches
from app.channels.platforms import woocommerce_facts as facts
from app.channels.platforms import woocommerce_goods as goods
from app.channels.platforms import woocommerce_hooks as webhooks
from app.channels.platforms import woocommerce_requests as asks
from app.channels.platforms.woocommerce_paging import changed_orders, stamp
from app.channels.platforms.woocommerce_site import NAME, Site
from app.core.errors import ProviderError
from app.core.port import Field, Headers, NotOffered
from app.core.wire import reading, text

PRODUCTS = 50
"""Products per page of listings: each variable one is another request."""


class WooCommerce:
    """The Channel port over one shop's REST API v3."""

    profile = Profile(
        kind="woocommerce",
        name=NAME,
        fields=(
            Field(
                "address", "Address of your shop", "As buyers type it, such as https://shop.example.com.", secret=False
            ),
        ),
        tokens=False,
        part_cancels=True,
        per_second=4.0,
        burst=8,
        stock_batch=batches.MOST,
        orders_batch=50,
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._site = Site(connection.shop.url, connection.tokens, connection.pace)

    # --- access
    @classmethod
    def consent_url(cls, app: App, state: str, typed: Mapping[str, str]) -> str:
        return access.consent_url(app, state, access.read_address(typed.get("address", "")))

    @classmethod
    def authorise(cls, app: App, answer: Mapping[str, str]) -> Sequence[Authorised]:
        """`answer` is what the shop posted to app.auth, and "address", where we had sent the seller."""
        return [access.authorised(answer)]

    @classmethod
    def refresh(cls, app: App, tokens: Tokens) -> Tokens:
        """Keys have no end; they are taken back or they are good."""
        return tokens

    # --- the shop
    def shop(self) -> ShopFacts:
        return access.read_shop(self._site)

    def warehouses(self) -> Sequence[Warehouse]:
        return [Warehouse("", "Stock of the shop", default=True)]

    # --- listings, stock, price
    def listings(self, cursor: str = "", since: datetime | None = None) -> Page[ListingFacts]:
        """`since` goes by the products' own changes: a variation that changed alone comes with a push or a full reading."""
        number = int(cursor or 1)
        after = {"modified_after": stamp(since - timedelta(seconds=2)), "dates_are_gmt": True} if since else {}
        found = self._site.page("/products", per_page=PRODUCTS, page=number, orderby="id", order="asc", **after)
        with reading(NAME):
            items = [one for product in found.items for one in self._skus(product)]
        more = found.more(number * PRODUCTS, PRODUCTS)
        left = max((found.total or 0) - number * PRODUCTS, 0) if found.total is not None else None
        return Page(items, str(number + 1) if more else "", left)

    def listing(self, product_id: str) -> Sequence[ListingFacts]:
        found = self._product(product_id)
        parent = text((found or {}).get("parent_id"))
        if found and parent not in ("", "0"):
            found = self._product(parent)
        with reading(NAME):
            return list(self._skus(found)) if found else ()

    def _product(self, product_id: str) -> Mapping[str, Any] | None:
        return self._site.find(f"/products/{product_id}") if product_id.isdigit() else None

    def _skus(self, product: Mapping[str, Any]) -> Sequence[ListingFacts]:
        currency = self._connection.shop.currency
        if not goods.is_goods(product):
            return ()
        if not goods.is_variable(product):
            return (goods.single(product, currency),)
        found = self._site.every(f"/products/{product['id']}/variations", orderby="id", order="asc")
        return goods.variations(product, found, currency)

    def set_stock(self, changes: Sequence[StockChange]) -> Sequence[Outcome]:
        return batches.send(self._site, changes, batches.stock)

    def set_price(self, changes: Sequence[PriceChange]) -> Sequence[Outcome]:
        return batches.send(self._site, changes, batches.price)

    # --- orders
    def orders(self, since: datetime, until: datetime, cursor: str = "") -> Page[OrderRef]:
        return changed_orders(self._site, since, until, cursor)

    def read_orders(self, ids: Sequence[str]) -> Sequence[OrderFacts]:
        """The list leaves out what lies in the trash, so those are asked for one by one."""
        wanted = [one for one in dict.fromkeys(ids) if one.isdigit()]
        if not wanted:
            return ()
        found = {text(one.get("id")): one for one in self._site.every("/orders", include=wanted)}
        for missing in (one for one in wanted if one not in found):
            trashed = self._site.find(f"/orders/{missing}")
            if trashed:
                found[missing] = trashed
        return [self._facts(found[one]) for one in wanted if one in found]

    def _order(self, order_id: str) -> Mapping[str, Any]:
        found = self._site.find(f"/orders/{order_id}") if order_id.isdigit() else None
        if not found:
            raise ProviderError(NAME, "does not know this order", permanent=True, remote_code="no_order")
        return found

    def _facts(self, found: Mapping[str, Any]) -> OrderFacts:
        refunds = list(self._refunds(found)) if found.get("refunds") else ()
        with reading(NAME):
            return facts.order(found, refunds)

    def _refunds(self, found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        return self._site.every(f"/orders/{found['id']}/refunds")

    @classmethod
    def follows(cls, before: str, after: str) -> bool:
        return facts.follows(before, after)

    # --- parcels
    def handovers(self, order_id: str, package_id: str) -> Sequence[Handover]:
        """None: parcels go with labels of the seller's own carriers."""
        return ()

    def ship(self, sent: Sent) -> Shipped:
        """Parcel and status in one change, then a note to the buyer; each only when it is not there yet."""
        found = self._order(sent.order_id)
        order = self._facts(found)
        if order.state == "cancelled":
            words = f"has this order as {order.status}; nothing was marked as sent"
            raise ProviderError(NAME, words, permanent=True, remote_code="cancelled")
        parcels = asks.tracking(found, sent, datetime.now(UTC))
        change = asks.parcel_change(order, found, parcels, sent)
        if change:
            self._site.send("PUT", f"/orders/{sent.order_id}", change)
        self._tell(sent)
        return Shipped(sent.tracking_number, sent.package_id, already=not change)

    def _tell(self, sent: Sent) -> None:
        """A note mails the buyer, so it is never written twice."""
        if not sent.tracking_number:
            return
        notes = self._site.page(f"/orders/{sent.order_id}/notes", type="customer")
        if not any(sent.tracking_number in text(one.get("note")) for one in notes.items):
            body = {"note": asks.note(sent), "customer_note": True}
            self._site.send("POST", f"/orders/{sent.order_id}/notes", body)

    def tracking_number(self, order_id: str, package_id: str) -> str:
        found = facts.parcels(self._order(order_id))
        fits = [one.tracking_number for one in found if package_id in ("", one.id)]
        return fits[-1] if fits else ""

    def document(self, order_id: str, package_id: str, kind: str = "label") -> Document | None:
        raise NotOffered("WooCommerce makes no labels")

    def scans(self, order_id: str, package_id: str) -> Sequence[Scan]:
        raise NotOffered("WooCommerce does not follow parcels; the seller's carrier does")

    # --- when it does not happen
    def cancel(self, order_id: str, reason: str, lines: Sequence[CancelLine] = ()) -> None:
        """Money that came through a gateway goes back through it; the shop turns a full refund into «refunded» itself.

        Money that was paid by hand stays where it is, and the order is only marked. A gateway that cannot refund says so,
        and nothing is changed then. Cancelled before, it stays so.
        """
        found = self._order(order_id)
        order = self._facts(found)
        if order.state == "cancelled":
            return
        if order.state == "completed":
            words = "has this order as completed: give money back with a refund instead. Nothing was changed"
            raise ProviderError(NAME, words, permanent=True, remote_code="completed")
        if lines:
            self._refund(order_id, asks.refund(found, order, lines, reason))
        elif asks.by_gateway(found) and order.amounts.total > order.amounts.refunded:
            self._refund(order_id, asks.refund_all(found, order, reason))
        else:
            self._site.send("PUT", f"/orders/{order_id}", {"status": "cancelled"})

    def _refund(self, order_id: str, body: dict[str, Any]) -> None:
        answer = self._site.send("POST", f"/orders/{order_id}/refunds", body)
        if not answer.get("id"):
            raise ProviderError(NAME, "did not confirm the refund", permanent=False, unknown=True)

    def answer_cancellation(self, order_id: str, cancel_id: str, accept: bool) -> None:
        raise NotOffered("Buyers do not ask WooCommerce for a cancellation")

    def returns(self, since: datetime, until: datetime, cursor: str = "") -> Page[ReturnFacts]:
        raise NotOffered("WooCommerce keeps no returns; refunds stand in the order")

    def answer_return(self, return_id: str, accept: bool, words: str = "") -> None:
        raise NotOffered("WooCommerce keeps no returns")

    # --- pushes
    def subscribe(self, secret: str = "") -> None:
        webhooks.subscribe(self._site, self._push_address(), secret)

    def hooks(self) -> Hooks:
        address = self._push_address()
        return webhooks.state(webhooks.ours(self._site, address), address)

    def _push_address(self) -> str:
        """This connection's own address: settings name it, unless the registration already does."""
        return text(self._connection.settings.get("push")) or self._connection.app.push

    @classmethod
    def read_push(cls, app: App, headers: Headers, raw: bytes, secret: str = "") -> Sequence[Push]:
        return webhooks.read(headers, raw, secret)

    @classmethod
    def missed(cls, app: App, seen: str = "") -> Page[Push]:
        raise NotOffered(f"{NAME} keeps no pushes that were lost")

    @classmethod
    def open_shops(cls, app: App) -> Sequence[str]:
        raise NotOffered(f"{NAME} does not list the shops that said yes")
