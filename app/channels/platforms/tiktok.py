"""TikTok Shop (reference: TIKTOK.md). One grant may cover several shops; a shop's cipher goes along with every call for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app.channels.channel import AccessEnded
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
    PackageFacts,
    ReturnFacts,
    Scan,
    Sent,
    Shipped,
)
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_orders as orders
from app.channels.platforms import tiktok_pushes as pushes
from app.channels.platforms import tiktok_requests as asks
from app.channels.platforms import tiktok_stock as stocks
from app.channels.platforms.tiktok_after import After
from app.channels.platforms.tiktok_calls import Calls, exchange
from app.channels.platforms.tiktok_errors import NAME, NOT_YOURS, TOO_WIDE, is_ours
from app.channels.platforms.tiktok_parcels import Parcels
from app.core.errors import ProviderError
from app.core.port import Field, Headers, NotOffered
from app.core.wire import mapping, reading, rows, text

SELLER = "0"
US_CONSENT = {"https://services.tiktokshop.com": "https://services.us.tiktokshop.com"}
"""Shops in the US say yes on a host of their own."""


class TikTok:
    """The Channel port over TikTok Shop's Open API."""

    profile = Profile(
        kind="tiktok",
        name=NAME,
        fields=(
            Field(
                "region",
                "Country of the shop",
                "Two letters, such as US or GB. Shops in the US give their consent on a page of their own.",
                secret=False,
                required=False,
            ),
        ),
        labels=True,
        answers_cancellations=True,
        part_cancels=True,
        returns=True,
        many_warehouses=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._shop = connection.shop
        self._settings = connection.settings
        self._app = connection.app
        self._calls = Calls(connection.app, connection.tokens.access, connection.shop.secret, connection.pace)
        self._parcels = Parcels(self._calls, connection.shop.region)
        self._after = After(self._calls, connection.shop.region)

    # --- access
    @classmethod
    def consent_url(cls, app: App, state: str, typed: Mapping[str, str]) -> str:
        """The address to come back to is registered with TikTok; there is no parameter for it."""
        host = (
            US_CONSENT.get(app.consent, app.consent) if typed.get("region", "").strip().upper() == "US" else app.consent
        )
        return f"{host}/open/authorize?{urlencode({'service_id': app.service_id, 'state': state})}"

    @classmethod
    def authorise(cls, app: App, answer: Mapping[str, str]) -> Sequence[Authorised]:
        code = answer.get("code", "")
        if not code:
            raise ProviderError(NAME, "was not given access. Nothing was connected", permanent=True)
        found = exchange(app, "/api/v2/token/get", auth_code=code, grant_type="authorized_code")
        if text(found.get("user_type")) not in ("", SELLER):
            raise ProviderError(NAME, "signed in somebody who is not a seller. Nothing was connected", permanent=True)
        with reading(NAME):
            tokens = facts.tokens(found)
        shops = _shops(Calls(app, tokens.access))
        if not shops:
            raise ProviderError(NAME, "opened no shop to us. Nothing was connected", permanent=True)
        return [Authorised(shop, tokens) for shop in shops]

    @classmethod
    def refresh(cls, app: App, tokens: Tokens) -> Tokens:
        try:
            found = exchange(app, "/api/v2/token/refresh", refresh_token=tokens.refresh, grant_type="refresh_token")
        except ProviderError as error:
            if not error.permanent or is_ours(error):
                raise
            raise AccessEnded(NAME, str(error).removeprefix(f"{NAME}: "), error.remote_code) from error
        with reading(NAME, unknown=True):
            fresh = facts.tokens(found, tokens.owner)
            return fresh if fresh.scopes else replace(fresh, scopes=tokens.scopes)

    # --- the shop
    def shop(self) -> ShopFacts:
        """Raises AccessEnded when the seller's consent does not cover this shop any more."""
        found = next((one for one in _shops(replace(self._calls, cipher="")) if one.id == self._shop.id), None)
        if found is None:
            raise AccessEnded(NAME, "does not give us access to this shop any more")
        return found

    def warehouses(self) -> Sequence[Warehouse]:
        found = self._calls.get(asks.WAREHOUSES)
        with reading(NAME):
            return [facts.warehouse(one) for one in rows(found.get("warehouses"))]

    # --- listings, stock, price
    def listings(self, cursor: str = "", since: datetime | None = None) -> Page[ListingFacts]:
        piece = asks.Slice.read(cursor) if cursor else asks.Slice(int(since.timestamp()) if since else 0)
        with reading(NAME):
            piece, found = self._searched(piece)
            products = [one for one in rows(found.get("products")) if text(one.get("status")) != "DELETED"]
            counted = self._counted([text(one["id"]) for one in products])
            listed = [listing for product in products for listing in facts.listings(product, counted)]
            return Page(listed, piece.following(text(found.get("next_page_token"))))

    def _searched(self, piece: asks.Slice) -> tuple[asks.Slice, Mapping[str, Any]]:
        """The next page there is: a slice that is too wide is halved until it fits, an empty one is passed by."""
        while True:
            found = self._page(piece)
            if found is None:
                piece = piece.halved()
                continue
            after = None if rows(found.get("products")) or found.get("next_page_token") else piece.next()
            if after is None:
                return piece, found
            piece = after

    def _page(self, piece: asks.Slice) -> Mapping[str, Any] | None:
        """None where more was found than a search shows."""
        try:
            found = self._calls.find(asks.PRODUCTS, piece.body, page_size=asks.PAGE, page_token=piece.token)
        except ProviderError as error:
            if error.remote_code == TOO_WIDE:
                return None
            raise
        wide = facts.whole(found.get("total_count")) > asks.CAP and not piece.token
        return None if wide else found

    def _counted(self, product_ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """What may be sold and what open orders hold; the search itself does not tell them apart."""
        return facts.stocks(self._calls.find(asks.INVENTORY, {"product_ids": product_ids})) if product_ids else {}

    def listing(self, product_id: str) -> Sequence[ListingFacts]:
        try:
            found = self._calls.get(f"{asks.PRODUCT}/{product_id}")
        except ProviderError as error:
            if error.remote_code in stocks.GONE:
                return []
            raise
        with reading(NAME):
            gone = text(found.get("status")) == "DELETED"
            return [] if gone else facts.listings({"id": product_id, **found}, self._counted([product_id]))

    def set_stock(self, changes: Sequence[StockChange]) -> Sequence[Outcome]:
        chosen = text(self._settings.get("warehouse"))
        return stocks.each_product(changes, lambda product, group: stocks.stock(self._calls, product, group, chosen))

    def set_price(self, changes: Sequence[PriceChange]) -> Sequence[Outcome]:
        return stocks.each_product(changes, lambda product, group: stocks.prices(self._calls, product, group))

    # --- orders
    def orders(self, since: datetime, until: datetime, cursor: str = "") -> Page[OrderRef]:
        found = self._calls.find(
            asks.ORDERS,
            asks.span(since, until),
            page_size=asks.PAGE,
            page_token=cursor,
            sort_field="update_time",
            sort_order="ASC",
        )
        with reading(NAME):
            listed = [orders.ref(one) for one in rows(found.get("orders"))]
            left = None if cursor else max(facts.whole(found.get("total_count")) - len(listed), 0)
            return Page(listed, text(found.get("next_page_token")), left)

    def read_orders(self, ids: Sequence[str]) -> Sequence[OrderFacts]:
        found = self._details(list(ids)[: self.profile.orders_batch])
        with reading(NAME):
            asked = [text(one["id"]) for one in found if orders.wants_answer(one) or _over(one)]
            ended = self._after.newest(asked)
            read = [orders.order(one, ended.get(text(one["id"]))) for one in found]
        shared: dict[str, PackageFacts] = {}
        return [self._combined(one, shared) for one in read]

    def _details(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """One foreign id spoils a whole answer, so then each is asked for alone."""
        if not ids:
            return []
        try:
            return rows(self._calls.get(asks.ORDER, ids=list(ids)).get("orders"))
        except ProviderError as error:
            if error.remote_code != NOT_YOURS:
                raise
        return [one for each in ids for one in self._details([each])] if len(ids) > 1 else []

    def _combined(self, order: OrderFacts, shared: dict[str, PackageFacts]) -> OrderFacts:
        """With the other orders that share its parcel; `shared` keeps what was read for the order before."""
        if text(order.raw.get("split_or_combine_tag")) != "COMBINED":
            return order
        for one in order.packages:
            if one.id not in shared:
                shared[one.id] = self._parcels.read(one.id) or one
        named = [replace(one, orders=shared[one.id].orders or one.orders) for one in order.packages]
        return replace(order, packages=named)

    @classmethod
    def follows(cls, before: str, after: str) -> bool:
        return orders.follows(before, after)

    # --- parcels
    def handovers(self, order_id: str, package_id: str) -> Sequence[Handover]:
        return self._parcels.handovers(order_id, package_id)

    def ship(self, sent: Sent) -> Shipped:
        return self._parcels.ship(sent)

    def tracking_number(self, order_id: str, package_id: str) -> str:
        return self._parcels.tracking_number(order_id, package_id)

    def document(self, order_id: str, package_id: str, kind: str = "label") -> Document | None:
        return self._parcels.document(order_id, package_id, kind)

    def scans(self, order_id: str, package_id: str) -> Sequence[Scan]:
        return self._parcels.scans(order_id)

    # --- when it does not happen
    def cancel(self, order_id: str, reason: str, lines: Sequence[CancelLine] = ()) -> None:
        self._after.cancel(order_id, reason, lines)

    def answer_cancellation(self, order_id: str, cancel_id: str, accept: bool) -> None:
        self._after.answer_cancellation(order_id, cancel_id, accept)

    def returns(self, since: datetime, until: datetime, cursor: str = "") -> Page[ReturnFacts]:
        return self._after.returns(since, until, cursor)

    def answer_return(self, return_id: str, accept: bool, words: str = "") -> None:
        self._after.answer_return(return_id, accept, words)

    # --- pushes
    def subscribe(self, secret: str = "") -> None:
        """Pushes are signed with our app's secret, so `secret` is not used."""
        present = self.hooks().present
        for kind in pushes.WANTED:
            if kind not in present:
                self._calls.put(asks.WEBHOOKS, {"address": self._app.push, "event_type": kind})

    def hooks(self) -> Hooks:
        """Those that lead to our address; one that leads elsewhere counts as missing."""
        found = rows(self._calls.get(asks.WEBHOOKS).get("webhooks"))
        here = self._app.push.rstrip("/")
        ours = [text(one.get("event_type")) for one in found if text(one.get("address")).rstrip("/") == here]
        return Hooks(pushes.WANTED, ours)

    @classmethod
    def read_push(cls, app: App, headers: Headers, raw: bytes, secret: str = "") -> Sequence[Push]:
        return pushes.read(app, headers, raw)

    @classmethod
    def missed(cls, app: App, seen: str = "") -> Page[Push]:
        raise NotOffered(f"{NAME} keeps no pushes that were lost")

    @classmethod
    def open_shops(cls, app: App) -> Sequence[str]:
        raise NotOffered(f"{NAME} does not list the shops that said yes")


def _over(found: Mapping[str, Any]) -> bool:
    return orders.word(found.get("status")) == "CANCELLED"


def _shops(calls: Calls) -> list[ShopFacts]:
    found = calls.get(asks.SHOPS)
    with reading(NAME):
        return [facts.shop(mapping(one)) for one in rows(found.get("shops"))]
