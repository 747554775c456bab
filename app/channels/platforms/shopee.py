"""Shopee Open Platform v2 (reference: SHOPEE.md). A connection is one shop; its tokens are refreshed for it alone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.channels.channel_facts import (
    App,
    Authorised,
    Connection,
    Detail,
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
from app.channels.platforms import shopee_access as access
from app.channels.platforms import shopee_changes as changing
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms import shopee_listing as listing
from app.channels.platforms import shopee_orders as reading_orders
from app.channels.platforms import shopee_papers as papers
from app.channels.platforms import shopee_parcels as parcels
from app.channels.platforms import shopee_pushes as pushes
from app.channels.platforms import shopee_requests as asks
from app.channels.platforms import shopee_returns as returning
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee_line import Line, number
from app.channels.platforms.shopee_words import said
from app.core.errors import ProviderError
from app.core.port import Headers, NotOffered
from app.core.wire import mapping, reading, rows

NAME = errors.NAME
ONE_PLACE = {"error_not_in_whitelist", "error_can_not_find_warehouse", "error_region_not_valid"}
SPLIT = "package_number_not_exist"
SHIPPED = "package_already_shipped"
PAGE = 100
BATCH = 50


class Shopee:
    """The Channel port over Shopee's API. Ids of orders are `order_sn`, of parcels `package_number`."""

    profile = Profile(
        kind="shopee",
        name=NAME,
        details=(
            Detail(
                "email",
                "E-mail address for disputes",
                "Shopee wants one before it takes up a refused return, and writes there about it.",
                kind="email",
                refuses_returns=True,
            ),
        ),
        labels=True,
        answers_cancellations=True,
        part_cancels=True,
        returns=True,
        many_warehouses=True,
        webhooks_per_shop=False,
        per_second=10.0,
        burst=20,
        stock_batch=BATCH,
        orders_batch=BATCH,
        window=asks.LONGEST.days,
        keeps_missed=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._line = Line.of(connection)

    # --- access
    @classmethod
    def consent_url(cls, app: App, state: str, typed: Mapping[str, str]) -> str:
        return access.consent_url(app, state)

    @classmethod
    def authorise(cls, app: App, answer: Mapping[str, str]) -> Sequence[Authorised]:
        return access.authorise(app, answer)

    @classmethod
    def refresh(cls, app: App, tokens: Tokens) -> Tokens:
        return access.refresh(app, tokens)

    @classmethod
    def open_shops(cls, app: App) -> Sequence[str]:
        """Ids of the shops whose consent stands, for a deauthorisation that names none (SHOPEE.md §8)."""
        return access.open_shops(app)

    # --- the shop
    def shop(self) -> ShopFacts:
        return facts.shop(access.shop_info(self._line), self._connection.shop.id)

    def warehouses(self) -> Sequence[Warehouse]:
        """Stock locations. A shop without several has one place, which has no id."""
        try:
            found = self._line.get("/api/v2/shop/get_warehouse_detail")
        except ProviderError as error:
            if errors.short(error.remote_code or "") not in ONE_PLACE:
                raise
            return [Warehouse("", self._connection.shop.name or NAME, default=True)]
        return facts.warehouses(rows(found.get("response"))) or [Warehouse("", NAME, default=True)]

    # --- listings, stock, price
    def listings(self, cursor: str = "", since: datetime | None = None) -> Page[ListingFacts]:
        return listing.page(self._line, cursor, since, datetime.now(UTC))

    def listing(self, product_id: str) -> Sequence[ListingFacts]:
        return listing.one(self._line, product_id)

    def set_stock(self, changes: Sequence[StockChange]) -> Sequence[Outcome]:
        return changing.set_stock(self._line, changes, self._places)

    def _places(self) -> Sequence[str]:
        """Stock locations, the chosen or first one in front."""
        chosen = said(self._connection.settings.get("warehouse"))
        found = [one.id for one in self.warehouses() if one.id]
        return sorted(found, key=lambda one: one != chosen)

    def set_price(self, changes: Sequence[PriceChange]) -> Sequence[Outcome]:
        return changing.set_price(self._line, changes, self._connection.shop.region)

    # --- orders
    def orders(self, since: datetime, until: datetime, cursor: str = "") -> Page[OrderRef]:
        """Longer spans are cut into slices of 15 days, which is all that Shopee takes; the cursor knows the slice."""
        start, end, inner = asks.window(since, until, cursor)
        if start >= end:
            return Page([])
        found = self._line.get(
            "/api/v2/order/get_order_list",
            time_range_field="update_time",
            time_from=start,
            time_to=end,
            page_size=PAGE,
            cursor=inner,
            response_optional_fields="order_status",
            request_order_status_pending="true",
        )
        with reading(NAME):
            answer = mapping(found.get("response"))
            refs = [
                OrderRef(said(one["order_sn"]), status=said(one.get("order_status")))
                for one in rows(answer.get("order_list"))
            ]
            more = said(answer.get("next_cursor")) if answer.get("more") is True else ""
        return Page(refs, asks.onward(start, end, until, more))

    def read_orders(self, ids: Sequence[str]) -> Sequence[OrderFacts]:
        return reading_orders.read(self._line, ids)

    @classmethod
    def follows(cls, before: str, after: str) -> bool:
        return states.follows(before, after)

    # --- parcels
    def handovers(self, order_id: str, package_id: str) -> Sequence[Handover]:
        found = self._line.get("/api/v2/logistics/get_shipping_parameter", **asks.parcel(order_id, package_id))
        with reading(NAME):
            return asks.handovers(mapping(found.get("response")), self._connection.shop.name)

    def ship(self, sent: Sent) -> Shipped:
        """The package is named for split orders alone, and only Shopee knows which are: a refusal for that did nothing.

        Some of an order's lines alone are split off it first.
        """
        sent = parcels.holding(self._line, sent) if sent.items else sent
        try:
            already = self._ship(sent, package=False)
        except ProviderError as error:
            if errors.short(error.remote_code or "") != SPLIT or not sent.package_id:
                raise
            already = self._ship(sent, package=True)
        return Shipped("" if sent.handover or already else sent.tracking_number, sent.package_id, already)

    def _ship(self, sent: Sent, *, package: bool) -> bool:
        """Whether it had been told before."""
        try:
            self._line.post("/api/v2/logistics/ship_order", asks.ship(sent, package=package))
        except ProviderError as error:
            if errors.short(error.remote_code or "") != SHIPPED:
                raise
            return True
        return False

    def tracking_number(self, order_id: str, package_id: str) -> str:
        found = self._line.get("/api/v2/logistics/get_tracking_number", **asks.parcel(order_id, package_id))
        return said(mapping(found.get("response")).get("tracking_number"))

    def document(self, order_id: str, package_id: str, kind: str = "label") -> Document | None:
        if kind != "label":
            raise NotOffered("Shopee makes labels alone; packing slips are our own")
        tracking = self.tracking_number(order_id, package_id)
        return papers.label(self._line, order_id, package_id, tracking) if tracking else None

    def scans(self, order_id: str, package_id: str) -> Sequence[Scan]:
        found = self._line.get("/api/v2/logistics/get_tracking_info", **asks.parcel(order_id, package_id))
        with reading(NAME):
            listed = [facts.scan(one) for one in rows(mapping(found.get("response")).get("tracking_info"))]
        return sorted((one for one in listed if one), key=lambda one: one.at)

    # --- when it does not happen
    def cancel(self, order_id: str, reason: str, lines: Sequence[CancelLine] = ()) -> None:
        word = asks.reason(reason, self._connection.shop.region)
        body: dict[str, Any] = {"order_sn": order_id, "cancel_reason": word}
        if lines:
            body["partial_cancel_item_list"] = [asks.cancelled(one) for one in lines]
        elif word == "OUT_OF_STOCK":
            body["item_list"] = self._items_of(order_id)
        self._line.post("/api/v2/order/cancel_order", body)

    def _items_of(self, order_id: str) -> list[dict[str, Any]]:
        """Which goods are out of stock: all of them, since the whole order is cancelled."""
        found = [item for one in reading_orders.details(self._line, [order_id]) for item in facts.order(one).items]
        return [{"item_id": number(one.ref.product), "model_id": asks.model(one.ref)} for one in found]

    def answer_cancellation(self, order_id: str, cancel_id: str, accept: bool) -> None:
        body = {"order_sn": order_id, "operation": "ACCEPT" if accept else "REJECT"}
        self._line.post("/api/v2/order/handle_buyer_cancellation", body)

    def returns(self, since: datetime, until: datetime, cursor: str = "") -> Page[ReturnFacts]:
        start, end, inner = asks.window(since, until, cursor)
        if start >= end:
            return Page([])
        place = int(inner or 0)
        found = self._line.get(
            "/api/v2/returns/get_return_list",
            page_no=place,
            page_size=PAGE,
            update_time_from=start,
            update_time_to=end,
        )
        with reading(NAME):
            answer = mapping(found.get("response"))
            listed = [returning.read(one) for one in rows(answer.get("return"))]
        more = str(place + 1) if answer.get("more") is True and listed else ""
        return Page(listed, asks.onward(start, end, until, more))

    def answer_return(self, return_id: str, accept: bool, words: str = "") -> None:
        """Refusing is a dispute, which Shopee decides; it wants the shop's e-mail address (`settings["email"]`)."""
        if accept:
            returning.confirm(self._line, return_id)
        else:
            returning.dispute(self._line, return_id, said(self._connection.settings.get("email")), words)

    # --- pushes
    def subscribe(self, secret: str = "") -> None:
        """For the whole app: Shopee has one address for all its shops, and sends a test push to it at once."""
        kept = self._push_config()
        now = pushes.hooks(kept, self._connection.app.push, self._connection.shop.id)
        if now.missing or not now.healthy:
            body = pushes.mended(kept, self._connection.app.push, self._connection.shop.id)
            self._line.public().post("/api/v2/push/set_app_push_config", body)

    def hooks(self) -> Hooks:
        return pushes.hooks(self._push_config(), self._connection.app.push, self._connection.shop.id)

    def _push_config(self) -> Mapping[str, Any]:
        return mapping(self._line.public().get("/api/v2/push/get_app_push_config").get("response"))

    @classmethod
    def read_push(cls, app: App, headers: Headers, raw: bytes, secret: str = "") -> Sequence[Push]:
        return pushes.read(app, headers, raw)

    @classmethod
    def missed(cls, app: App, seen: str = "") -> Page[Push]:
        """Pushes of the last three days that never arrived. `seen`, the cursor of what is stored, is confirmed first."""
        line = Line(app)
        if seen:
            line.post("/api/v2/push/confirm_consumed_lost_push_message", {"last_message_id": number(seen)})
        found = line.get("/api/v2/push/get_lost_push_message")
        with reading(NAME):
            return pushes.missed(mapping(found.get("response")))
